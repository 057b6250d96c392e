/**
 * The driver of the SIP stack: what the sockets hand over goes through the pure parts, and the answer goes back the way it came.
 * RFC 3261 §8.2, §17.2.2, §18.2. Hot path: whole-server.bench.ts.
 */
import { buildResponse } from '../message/build-response.ts'
import { HeaderId } from '../message/header-name.ts'
import type { SipMessage, SipRequest } from '../message/message.ts'
import { parseDatagram } from '../message/parse.ts'
import type { Keepalive, ParseError } from '../message/parse-error.ts'
import { readVia, type ViaValue } from '../message/via.ts'
import { transactionKey } from '../transaction/key.ts'
import type { ProvenRing } from '../transaction/proven-ring.ts'
import type { Flow } from '../transport/flow.ts'

/** What a handler says back: whole header rows, each ending in CRLF. `remember`: worth a transaction (the request was proven). */
export interface Answer {
  status: number
  reason: string
  headers: string
  remember: boolean
}

/** Handles one method; calls `answer` once, in this turn or a later one, or never (silence). */
export type Handler = (request: SipRequest, flow: Flow, now: number, answer: (answer: Answer) => void) => void

export interface EndpointNeeds {
  /** By method, upper case. */
  handlers: ReadonlyMap<string, Handler>
  ring: ProvenRing
  now(): number
  /** Tag of To in an answer: the same for the same request, so that no state is needed (§8.2.7). */
  toTag(request: SipRequest): string
  send(bytes: Buffer, flow: Flow): void
}

/** What came in and what went out, counted since the start. */
export interface EndpointNumbers {
  requests: number
  responses: number
  keepalives: number
  unreadable: number
  repeated: number
}

export class Endpoint {
  readonly numbers: EndpointNumbers = { requests: 0, responses: 0, keepalives: 0, unreadable: 0, repeated: 0 }
  readonly #needs: EndpointNeeds

  constructor(needs: EndpointNeeds) {
    this.#needs = needs
  }

  /** One datagram. Never throws. */
  readonly datagram = (bytes: Buffer, flow: Flow): void => {
    this.received(parseDatagram(bytes, bytes.length), flow)
  }

  /** One message, or what was no message. Never throws. */
  received(message: SipMessage | ParseError | Keepalive, flow: Flow): void {
    switch (message.kind) {
      case 'request':
        this.numbers.requests++
        this.#request(message, flow)
        return
      case 'response':
        // Nothing was asked, so nobody waits for it.
        this.numbers.responses++
        return
      case 'keepalive':
        this.numbers.keepalives++
        // RFC 5626 §3.5.1: on a stream a double CRLF is answered by one.
        if (message.what === 'ping' && flow.transport !== 'udp') this.#needs.send(pong, flow)
        return
      case 'parse-error':
        this.numbers.unreadable++
        if (message.answer === null || message.request === undefined) return
        this.#send(
          message.request,
          flow,
          { status: message.answer, reason: parseReasons[message.answer], headers: '', remember: false },
          0,
          '',
          undefined,
        )
        return
    }
  }

  #request(request: SipRequest, flow: Flow): void {
    const now = this.#needs.now()
    const via = readVia(request.first(HeaderId.Via) ?? '')
    // A request without a readable Via has no transaction, and over a stream none is needed: nothing gets lost there.
    const key =
      via === undefined || flow.transport !== 'udp'
        ? ''
        : transactionKey(request, via, `${flow.remoteIp}:${flow.remotePort}/${flow.connection}`)
    const repeated = key === '' ? undefined : this.#needs.ring.find(key, now)
    if (repeated !== undefined) {
      this.numbers.repeated++
      this.#needs.send(Buffer.from(repeated), flow)
      return
    }
    const handler = this.#needs.handlers.get(request.method)
    if (handler !== undefined) {
      handler(request, flow, now, (answer) => this.#send(request, flow, answer, now, key, via))
      return
    }
    const refusal = refusalOf(request.method, this.#allow())
    if (refusal !== undefined) this.#send(request, flow, refusal, now, key, via)
  }

  /** `key` of its transaction, '' if it has none; `via` the topmost, where it was read. */
  #send(request: SipRequest, flow: Flow, answer: Answer, now: number, key: string, via: ViaValue | undefined): void {
    const text = buildResponse(request, answer.status, answer.reason, flow, this.#needs.toTag(request), answer.headers, via)
    const bytes = Buffer.from(text, 'latin1')
    if (answer.remember && key !== '') this.#needs.ring.remember(key, bytes, now)
    this.#needs.send(bytes, flow)
  }

  #allow(): string {
    return `Allow: ${[...this.#needs.handlers.keys()].join(', ')}\r\n`
  }
}

const pong = Buffer.from('\r\n')
const parseReasons: Readonly<Record<400 | 413 | 414 | 505, string>> = {
  400: 'Bad Request',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  505: 'Version Not Supported',
}

/** The answer to a method that nobody handles; none to ACK, which is never answered (§17.1.1.3). */
function refusalOf(method: string, allow: string): Answer | undefined {
  switch (method) {
    case 'ACK':
      return undefined
    case 'CANCEL':
      return { status: 481, reason: 'Call/Transaction Does Not Exist', headers: '', remember: false }
    case 'SUBSCRIBE':
    case 'PUBLISH':
      return { status: 489, reason: 'Bad Event', headers: '', remember: false }
    default:
      return { status: 405, reason: 'Method Not Allowed', headers: allow, remember: false }
  }
}

/** OPTIONS is answered to anybody: it tells that the server lives and what it takes (§11). */
export function optionsHandler(allow: string): Handler {
  const headers = `Allow: ${allow}\r\nAccept: application/sdp\r\n`
  return (_request, _flow, _now, answer) => answer({ status: 200, reason: 'OK', headers, remember: false })
}
