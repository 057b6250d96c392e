/** A phone that renews with one nonce, counting on: its datagrams. */
import { registerText } from './register-request.ts'

export interface RenewingPhone {
  user: string
  nonce: string
  nc: number
  cseq: number
  contact: string
  callId: string
  expires: number
  userAgent: string
}

/** `more`: what it has another way. */
export function aPhone(user: string, nonce: string, more: Partial<RenewingPhone> = {}): RenewingPhone {
  return {
    user,
    nonce,
    nc: 0,
    cseq: 0,
    contact: `<sip:${user}@192.0.2.10:5060>`,
    callId: `${user}@phone`,
    expires: 600,
    userAgent: 'Test Phone 1.0',
    ...more,
  }
}

/** Its next REGISTER. */
export function asks(phone: RenewingPhone, password = `pw${phone.user}`): Buffer {
  phone.nc++
  phone.cseq++
  return written(phone, password)
}

/** The REGISTER that it would send as it is. */
export function written({ user, nonce, nc, cseq, contact, callId, expires, userAgent }: RenewingPhone, password: string): Buffer {
  const rows = [`Contact: ${contact}`, `Expires: ${expires}`]
  return Buffer.from(registerText({ user, cseq, callId, userAgent, rows, digest: { password, nonce, nc } }), 'latin1')
}
