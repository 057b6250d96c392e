/** The project's own phone (sample/phone.ts) against a program under test; it goes away with the test. */
import { onTestFinished } from 'vitest'
import { Phone, type PhoneSettings } from '../../sample/phone.ts'
import { domain, type PhoneLogin } from './customer.ts'
import type { Program } from './open-program.ts'
import { openTcpWire, openTlsWire, openUdpWire, openWebSocketWire, type SipWire } from './sip-wire.ts'
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
  { transport = 'UDP', localHost = '127.0.0.1' }: { transport?: SipWire['transport']; localHost?: string } = {},
): Promise<WirePhone> {
  const wire = await openWire(program, transport, localHost)
  onTestFinished(() => wire.close())
  return new WirePhone(wire, login)
}

/** WebSockets go to the port of their own. */
function openWire({ sipPort, sipsPort, wsPort }: Program, transport: SipWire['transport'], localHost: string): Promise<SipWire> {
  switch (transport) {
    case 'UDP':
      return openUdpWire(sipPort, localHost)
    case 'TCP':
      return openTcpWire(sipPort, localHost)
    case 'TLS':
      return openTlsWire(sipsPort, localHost)
    case 'WS':
    case 'WSS':
      return openWebSocketWire(`${transport.toLowerCase()}://127.0.0.1:${wsPort}/`)
  }
}
