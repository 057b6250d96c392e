/** The project's own phone (sample/phone.ts) against a program under test; it goes away with the test. */
import { onTestFinished } from 'vitest'
import { Phone, type PhoneSettings } from '../../sample/phone.ts'
import { domain, type PhoneLogin } from './customer.ts'
import type { Program } from './open-program.ts'
import { openTcpWire, openUdpWire } from './sip-wire.ts'
import { WirePhone } from './wire-phone.ts'

/** Only inside a test. */
export async function openTestPhone(program: Program, login: PhoneLogin, more: Partial<PhoneSettings> = {}): Promise<Phone> {
  const phone = new Phone({
    host: '127.0.0.1',
    port: program.sipPort,
    domain,
    username: login.username,
    password: login.password,
    userAgent: 'test-phone',
    expires: 600,
    ...more,
  })
  await phone.open()
  onTestFinished(() => phone.close())
  return phone
}

/** A phone whose rows the test writes itself. Only inside a test. */
export async function openWirePhone(
  program: Program,
  login: PhoneLogin,
  { transport = 'UDP', localHost = '127.0.0.1' }: { transport?: 'UDP' | 'TCP'; localHost?: string } = {},
): Promise<WirePhone> {
  const wire = await (transport === 'UDP' ? openUdpWire : openTcpWire)(program.sipPort, localHost)
  onTestFinished(() => wire.close())
  return new WirePhone(wire, login)
}
