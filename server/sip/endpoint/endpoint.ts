/**
 * The driver of the SIP stack: what the sockets hand over goes through the pure parts, and the answer goes back the way it came.
 * RFC 3261 §8.2, §17.2.2, §18.2. Hot path: whole-server.bench.ts.
 */

import type { Admission, Verdict } from '../admission/admission.ts'
import { buildResponse } from '../message/build-response.ts'
import { HeaderId } from '../message/header-name.ts'
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts'
import { Extension } from '../message/option-tags.ts'
import { parseDatagram } from '../message/parse.ts'
import type { Keepalive, ParseError } from '../message/parse-error.ts'
import { answerStun } from '../message/stun.ts'
import { readVia, type ViaValue } from '../message/via.ts'
import type { ProvenRing } from '../transaction/proven-ring.ts'
import { type RequestHash, type RequestHasher, toTagOf } from '../transaction/request-hash.ts'
import type { Flow } from '../transport/flow.ts'
import { isScanner } from './scanner.ts'

/** What a handler says back: whole header rows, each ending in CRLF. `remember`: worth a transaction (the request was proven). */
export interface Answer {
  status: number
  reason: string
  headers: string
  remember: boolean
  /** Seconds between keepalives, told to who asks in Via (RFC 6223). */
  keep?: number
  /** Our tag of a dialog that this answer begins (§12.1.1); without it, one of the transaction. */
  toTag?: string
}

/** Handles one method; calls `answer` once, in this turn or a later one, or never (silence). */
export type Handler = (request: SipRequest, flow: Flow, now: number, answer: (answer: Answer) => void) => void

export interface EndpointNeeds {
  /** By method, upper case. */
  handlers: ReadonlyMap<string, Handler>
  ring: ProvenRing
  now(): number
  hasher: RequestHasher
  /** Says what is let in when more comes than can be answered; without it, everything. */
  admission?: Pick<Admission, 'datagram' | 'streamed' | 'answered' | 'retryAfter'>
  /** Where answers to requests of ours go. */
  answered?(response: SipResponse, flow: Flow): void
  /** A message as text (a character a byte) or as bytes, which the callee does not keep. */
  send(message: string | Buffer, flow: Flow): void
  /** Event packages of this server, for the answer to others (RFC 6665 §8.3.2). */
  allowEvents?: string
  /** Requests of scanners get no answer at all. */
  dropScanners?: boolean
}

/** What came in and what went out, counted since the start. */
export interface EndpointNumbers {
  requests: number
  responses: number
  keepalives: number
  /** Of the keepalives, STUN requests that were answered. */
  stun: number
  unreadable: number
  repeated: number
  /** Requests of scanners that were dropped. */
  scanners: number
}

export class Endpoint {
  readonly numbers: EndpointNumbers = { requests: 0, responses: 0, keepalives: 0, stun: 0, unreadable: 0, repeated: 0, scanners: 0 }
  readonly #needs: EndpointNeeds

  constructor(needs: EndpointNeeds) {
    this.#needs = needs
  }

  /** One datagram: `length` bytes of `bytes` from `start` on, of which nothing is kept. Never throws. */
  readonly datagram = (bytes: Buffer, flow: Flow, start = 0, length = bytes.length): void => {
    const verdict = this.#needs.admission?.datagram(bytes, flow, start, length) ?? 'pass'
    if (verdict === 'keep-silent') return
    const message = parseDatagram(bytes, length, start)
    if (message.kind === 'keepalive' && message.what === 'stun') this.#stun(bytes, flow, start, length)
    this.#take(message, flow, verdict)
  }

  /** One datagram that admission let wait. */
  waited(bytes: Buffer, flow: Flow, start: number, length: number): void {
    this.#take(parseDatagram(bytes, length, start), flow, 'pass')
  }

  /** One message of a stream, or what was no message. Never throws. */
  received(message: SipMessage | ParseError | Keepalive, flow: Flow): void {
    const verdict = message.kind === 'request' ? this.#needs.admission?.streamed(message.text, flow) : undefined
    this.#take(message, flow, verdict ?? 'pass')
  }

  #take(message: SipMessage | ParseError | Keepalive, flow: Flow, verdict: Verdict): void {
    switch (message.kind) {
      case 'request':
        this.numbers.requests++
        this.#request(message, flow, verdict)
        return
      case 'response':
        this.numbers.responses++
        this.#needs.answered?.(message, flow)
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
          this.#needs.hasher.of(message.request, undefined, flow),
          undefined,
        )
        return
    }
  }

  #stun(bytes: Buffer, flow: Flow, start: number, length: number): void {
    const answer = answerStun(bytes, start, length, flow.remoteIp, flow.remotePort)
    if (answer === undefined) return
    this.numbers.stun++
    this.#needs.send(answer, flow)
  }

  #request(request: SipRequest, flow: Flow, verdict: Verdict): void {
    if (this.#needs.dropScanners === true && isScanner(request.first(HeaderId.UserAgent) ?? '')) {
      this.numbers.scanners++
      return
    }
    const now = this.#needs.now()
    const via = readVia(request.first(HeaderId.Via) ?? '')
    // A request without a readable Via has no transaction, and over a stream none is needed: nothing gets lost there.
    const hash = this.#needs.hasher.of(request, via, flow)
    const repeatable = via !== undefined && flow.transport === 'udp'
    const repeated = repeatable ? this.#needs.ring.find(hash, now) : undefined
    if (repeated !== undefined) {
      this.numbers.repeated++
      this.#needs.send(Buffer.from(repeated), flow)
      return
    }
    if (verdict === 'refuse') {
      this.#refuse(request, flow, now, hash, via)
      return
    }
    const handler = this.#needs.handlers.get(request.method)
    if (handler !== undefined) {
      handler(request, flow, now, (answer) => this.#send(request, flow, answer, now, hash, via))
      return
    }
    const refusal = refusalOf(request.method, this.#allow(), this.#needs.allowEvents ?? '')
    if (refusal !== undefined) this.#send(request, flow, refusal, now, hash, via)
  }

  /** `via`: the topmost, where it was read. */
  #send(request: SipRequest, flow: Flow, answer: Answer, now: number, hash: RequestHash, via: ViaValue | undefined): void {
    const text = buildResponse(request, answer.status, answer.reason, flow, answer.toTag ?? toTagOf(hash), answer.headers, via, answer.keep)
    if (answer.remember && via !== undefined && flow.transport === 'udp') this.#needs.ring.remember(hash, text, now)
    this.#needs.admission?.answered(answer.status, answer.remember)
    this.#needs.send(text, flow)
  }

  /** More comes than can be answered (§21.5.4). */
  #refuse(request: SipRequest, flow: Flow, now: number, hash: RequestHash, via: ViaValue | undefined): void {
    if (request.method === 'ACK') return
    const headers = `Retry-After: ${this.#needs.admission?.retryAfter() ?? 0}\r\n`
    this.#send(request, flow, { status: 503, reason: 'Service Unavailable', headers, remember: false }, now, hash, via)
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

/**
 * The answer to a method that nobody handles; none to ACK, which is never answered (§17.1.1.3), and never a challenge to ACK or CANCEL
 * (§22.1). 405 to INVITE: it says that this address takes no calls, for which no phone leaves the server, as after a 5xx, or takes the
 * number for wrong, as after a 404.
 */
function refusalOf(method: string, allow: string, allowEvents: string): Answer | undefined {
  switch (method) {
    case 'ACK':
      return undefined
    case 'CANCEL':
    case 'BYE':
    case 'INFO':
    case 'NOTIFY':
    case 'PRACK':
    case 'UPDATE':
      return { status: 481, reason: 'Call/Transaction Does Not Exist', headers: '', remember: false }
    case 'SUBSCRIBE':
    case 'PUBLISH':
      // RFC 6665 §8.3.2, RFC 3903 §6: it names the packages that there are.
      return { status: 489, reason: 'Bad Event', headers: `Allow-Events: ${allowEvents}\r\n`, remember: false }
    default:
      return { status: 405, reason: 'Method Not Allowed', headers: allow, remember: false }
  }
}

const supported = Object.keys(Extension).join(', ')

/** OPTIONS is answered to anybody: it tells that the server lives and what it takes (§11). */
export function optionsHandler(allow: string, allowEvents = ''): Handler {
  const events = allowEvents === '' ? '' : `Allow-Events: ${allowEvents}\r\n`
  const headers = `Allow: ${allow}\r\nAccept: application/sdp\r\nAccept-Encoding: identity\r\nAccept-Language: en\r\nSupported: ${supported}\r\n${events}`
  return (_request, _flow, _now, answer) => answer({ status: 200, reason: 'OK', headers, remember: false })
}
