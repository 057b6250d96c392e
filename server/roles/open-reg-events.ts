/** Event package reg put together from sip/endpoint, registrar and what the web role is told. */
import type { Config } from '../config/config.ts'
import { RegEvents } from '../reg-event/reg-events.ts'
import type { Refusal } from '../registrar/prove.ts'
import type { Registrar } from '../registrar/registrar.ts'
import type { ReplyNeeds } from '../registrar/reply.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import type { Ask } from '../sip/endpoint/requester.ts'
import type { TimerWheel } from '../sip/endpoint/timer-wheel.ts'
import type { Flow } from '../sip/transport/flow.ts'
import { hostFor } from './phone-questions.ts'
import type { SipPorts } from './role-messages.ts'
import { listenHosts } from './sip-listeners.ts'

export interface RegEventWiring {
  config: Pick<Config, 'sipHosts' | 'domain'>
  registrar: Pick<Registrar, 'held' | 'prove'>
  domains: ReadonlySet<string>
  answers: Pick<ReplyNeeds, 'nonces' | 'realm'>
  wheel: TimerWheel
  clock: Clock
  random: Random
  ask: Ask
  /** Once they are known. */
  ports(): SipPorts | undefined
  refused(refusal: Refusal, flow: Flow, now: number): void
  proven(flow: Flow): void
}

export function openRegEvents(needs: RegEventWiring): RegEvents {
  const { config, clock, random } = needs
  const hosts = listenHosts(config.sipHosts)
  return new RegEvents({
    ...needs,
    now: () => clock.now(),
    random: (count) => random.bytes(count),
    contact: (flow) => ownContact(hostFor(hosts[flow.local] ?? '', config.domain), flow, needs.ports()),
  })
}

/** Where a phone on this flow reaches us with what belongs to a dialog. A browser sends everything on the WebSocket that it has. */
function ownContact(host: string, { transport }: Flow, ports: SipPorts | undefined): string {
  switch (transport) {
    case 'udp':
      return `<sip:${host}:${ports?.sip ?? 0}>`
    case 'tcp':
      return `<sip:${host}:${ports?.sip ?? 0};transport=tcp>`
    case 'tls':
      return `<sip:${host}:${ports?.sips ?? 0};transport=tls>`
    case 'ws':
    case 'wss':
      return `<sip:${host};transport=ws>`
  }
}
