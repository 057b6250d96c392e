/** What we ask phones: requests of ours on their flows, and the pinger that uses them. Put together here from sip/endpoint and registrar. */
import type { Config } from '../config/config.ts'
import { type Pinged, Pinger, type Probe } from '../registrar/reach/pinger.ts'
import type { Registrar } from '../registrar/registrar.ts'
import type { Clock } from '../runtime/clock.ts'
import { pooled, type Random } from '../runtime/random.ts'
import type { Timers } from '../runtime/timers.ts'
import { Requester } from '../sip/endpoint/requester.ts'
import type { TimerWheel } from '../sip/endpoint/timer-wheel.ts'
import { bracketed, type Flow } from '../sip/transport/flow.ts'
import { listenHosts } from './sip-listeners.ts'

export interface PhoneQuestionNeeds {
  config: Pick<Config, 'sipHosts' | 'domain' | 'pingSeconds'>
  registrar: Pick<Registrar, 'held' | 'reachability'>
  wheel: TimerWheel
  clock: Clock
  timers: Timers
  random: Random
  send(text: string, flow: Flow): void
  /** Port of UDP and TCP, once it is known. */
  port(): number
  overloaded(): boolean
  probed(probe: Probe): void
}

export interface PhoneQuestions {
  requester: Requester
  /** Begins to ping, unless the settings say never. The sockets are open. */
  start(): void
  /** What was counted since the start, and what is under way. */
  readonly numbers: QuestionNumbers
}

export interface QuestionNumbers {
  requests: Record<string, number>
  pings: Record<string, number>
  /** Requests held now. */
  open: number
  /** Bindings whose phones do not answer. */
  unreachable: number
}

export function openPhoneQuestions(needs: PhoneQuestionNeeds): PhoneQuestions {
  const { config, registrar, wheel, clock, timers, probed } = needs
  const random = pooled(needs.random)
  const hosts = listenHosts(config.sipHosts)
  const requester = new Requester({
    wheel,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    random: (count) => random.bytes(count),
    sentBy: (flow) => `${hostFor(hosts[flow.local] ?? '', config.domain)}:${needs.port()}`,
    send: needs.send,
  })
  const from = `<sip:${config.domain}>`
  const pinger = new Pinger({
    held: registrar.held,
    reachability: registrar.reachability,
    wheel,
    everyMs: config.pingSeconds * 1000,
    overloaded: needs.overloaded,
    now: () => clock.now(),
    told: probed,
    endOfTurn: (work) => timers.endOfTurn(work),
    ask(binding, done) {
      const flow = flowOf(binding, hosts)
      if (flow === undefined) {
        done('not-sent')
        return
      }
      const question = {
        method: 'OPTIONS',
        uri: requestUri(binding.uri),
        from,
        to: `<${binding.uri}>`,
        callId: random.bytes(12).toString('hex'),
        cseq: 1,
        headers: binding.path === '' ? accept : `Route: ${binding.path}\r\n${accept}`,
      }
      requester.ask(question, flow, done)
    },
  })
  return {
    requester,
    start() {
      if (config.pingSeconds > 0) pinger.start()
    },
    get numbers() {
      return {
        requests: { ...requester.numbers },
        pings: { ...pinger.numbers },
        open: requester.size,
        unreachable: registrar.reachability.unreachable.size,
      }
    },
  }
}

const accept = 'Accept: application/sdp\r\n'

/** sent-by of Via: the address that is listened on; where that is any, our name, and the phone adds where it came from (RFC 3581). */
export function hostFor(host: string, domain: string): string {
  return host === '' || host === '0.0.0.0' || host === '::' ? domain : bracketed(host)
}

/** A contact may carry headers, which no Request-URI has (RFC 3261 §19.1.1, table 1). */
function requestUri(contact: string): string {
  const headers = contact.indexOf('?', contact.indexOf('@') + 1)
  return headers < 0 ? contact : contact.slice(0, headers)
}

/** The way to a binding; undefined where it is not known by which of our sockets its NAT lets packets in. */
function flowOf({ transport, ip, port, connection }: Pinged, hosts: readonly string[]): Flow | undefined {
  if (transport !== 'udp') return { transport, remoteIp: ip, remotePort: port, connection, local: 0 }
  const colon = ip.includes(':')
  const local = hosts.findIndex((host) => host.includes(':') === colon)
  const isOnlyOne = hosts.findLastIndex((host) => host.includes(':') === colon) === local
  return local < 0 || !isOnlyOne ? undefined : { transport, remoteIp: ip, remotePort: port, connection, local }
}
