/** JsSIP, the phone that runs in most browsers, in this process; it is gone with the test. */
import JsSIP from 'jssip'
import { onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { domain, type PhoneLogin } from './customer.ts'

/** JsSIP's socket takes the global WebSocket; this one takes any certificate. */
class AnyCertificate extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols, { rejectUnauthorized: false })
  }
}

/** Resolves when it has signed in; rejects with what came instead. Only inside a test. */
export async function signInWithJsSip(url: string, { username, password }: PhoneLogin): Promise<InstanceType<typeof JsSIP.UA>> {
  Object.assign(globalThis, { WebSocket: AnyCertificate })
  const ua = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(url)],
    uri: `sip:${username}@${domain}`,
    password,
    register_expires: 300,
    user_agent: 'JsSIP in a test',
  })
  onTestFinished(() => ua.stop())
  await new Promise<void>((resolve, reject) => {
    ua.on('registered', () => resolve())
    ua.on('registrationFailed', ({ cause, response }) => reject(new Error(`JsSIP: ${cause} ${response?.status_code ?? ''}`)))
    ua.start()
  })
  return ua
}
