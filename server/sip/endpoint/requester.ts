/**
 * Requests of ours (OPTIONS, NOTIFY) to phones, on the flow that they came in on: builds the request, drives its client transaction, and
 * gives the answer to who asked. RFC 3261 §8.1, §17.1.2, RFC 3581. An answer counts only if it comes on the flow that was asked, with our
 * branch, which nobody can guess: who sees nothing of our requests can forge nothing.
 */
import { HeaderId } from '../message/header-name.ts'
import type { SipResponse } from '../message/message.ts'
import { readVia } from '../message/via.ts'
import {
  type ClientEvent,
  dueAt,
  type NonInviteClient,
  startNonInviteClient,
  stepNonInviteClient,
} from '../transaction/non-invite-client.ts'
import type { Flow, TransportName } from '../transport/flow.ts'

/** What is asked. Whole header values, without CR and LF. */
export interface Question {
  /** Upper case; not INVITE, ACK or CANCEL. */
  method: string
  /** Request-URI. */
  uri: string
  /** Value of From; a tag is added where it has none. */
  from: string
  to: string
  callId: string
  cseq: number
  /** Whole header rows more, each ending in CRLF. */
  headers: string
  /** One character a byte. */
  body?: string
  contentType?: string
}

/**
 * The final status with the ms from the first sending to it; `timeout`: nobody answered for 32 s; `not-sent`: too many questions wait, the
 * flow cannot be sent to, or the question has what no request may carry.
 */
export type AskAnswer = { status: number; ms: number } | 'timeout' | 'not-sent'

/** Calls `done` once: later, or before it returns when nothing was sent. */
export type Ask = (question: Question, flow: Flow, done: (answer: AskAnswer) => void) => void

export interface RequesterNeeds {
  /** Where timers go: hands `key` back to `owner` at or after `when` (epoch ms). */
  wheel: { at(when: number, owner: { fired(key: number, now: number): void }, key: number): void }
  /** Epoch ms. */
  now(): number
  /** ms of a clock that goes on evenly: for everything but the wheel. */
  monotonic(): number
  /** `count` bytes that nobody can guess. */
  random(count: number): Buffer
  /** Our own `host:port` as a phone on this flow sees it: sent-by of Via. */
  sentBy(flow: Flow): string
  /** One character a byte. */
  send(text: string, flow: Flow): void
  /** Questions at once; 20,000 unless given. */
  most?: number
}

/** Counted since the start, and what is under way now. */
export interface RequesterNumbers {
  asked: number
  resent: number
  answered: number
  timedOut: number
  notSent: number
  /** Answers that belong to no question: too late, or not from where it was asked. */
  stray: number
}

interface Open {
  readonly branch: string
  readonly method: string
  readonly flow: Flow
  /** Empty once answered. */
  text: string
  readonly sentAt: number
  client: NonInviteClient
  readonly done: (answer: AskAnswer) => void
}

const mostAtOnce = 20_000
const magicCookie = 'z9hG4bK'
/** Between the number of the question and what nobody can guess. */
const separator = '.'

export class Requester {
  readonly numbers: RequesterNumbers = { asked: 0, resent: 0, answered: 0, timedOut: 0, notSent: 0, stray: 0 }
  readonly #needs: RequesterNeeds
  readonly #most: number
  /** By its number, which is the timer's key and stands in the branch. */
  readonly #open = new Map<number, Open>()
  #last = 0

  constructor(needs: RequesterNeeds) {
    this.#needs = needs
    this.#most = needs.most ?? mostAtOnce
  }

  /** Questions that are held: those that wait, and those answered within the last 5 s over UDP. */
  get size(): number {
    return this.#open.size
  }

  readonly ask: Ask = (question, flow, done) => {
    if (this.#open.size >= this.#most || !isWritable(question) || flow.remotePort === 0) {
      this.numbers.notSent++
      done('not-sent')
      return
    }
    const { monotonic, random, send } = this.#needs
    const number = ++this.#last
    const branch = `${magicCookie}${number.toString(36)}${separator}${random(12).toString('hex')}`
    const text = this.#write(question, flow, branch)
    const sentAt = monotonic()
    const client = startNonInviteClient(flow.transport !== 'udp', sentAt)
    this.#open.set(number, { branch, method: question.method, flow, text, sentAt, client, done })
    this.numbers.asked++
    this.#arm(number, client)
    send(text, flow)
  }

  /** A response that came in on `flow`; what belongs to no question is dropped. */
  readonly answered = (response: SipResponse, flow: Flow): void => {
    const number = questionOf(response)
    const open = this.#open.get(number.key)
    if (open === undefined || open.branch !== number.branch || open.method !== response.cseqMethod || !isSameFlow(open.flow, flow)) {
      this.numbers.stray++
      return
    }
    const status = response.status
    this.#step(number.key, open, { kind: 'response', status }, status)
  }

  /** From the wheel: `key` is a question's number. */
  fired(key: number): void {
    const open = this.#open.get(key)
    if (open === undefined) return
    this.#step(key, open, { kind: 'time' }, 0)
    this.#arm(key, open.client)
  }

  #step(key: number, open: Open, event: ClientEvent, status: number): void {
    const { next, output } = stepNonInviteClient(open.client, event, this.#needs.monotonic())
    open.client = next
    // A question has one timer, which is set again when it fires: over UDP that is never later than timer K.
    if (next.state === 'terminated') this.#open.delete(key)
    switch (output) {
      case null:
      case 'provisional':
        return
      case 'send':
        this.numbers.resent++
        this.#needs.send(open.text, open.flow)
        return
      case 'final':
        open.text = ''
        this.numbers.answered++
        open.done({ status, ms: this.#needs.monotonic() - open.sentAt })
        return
      case 'timeout':
        this.numbers.timedOut++
        open.done('timeout')
        return
      case 'transport-error':
        this.numbers.notSent++
        open.done('not-sent')
        return
    }
  }

  #arm(key: number, client: NonInviteClient): void {
    const when = dueAt(client)
    const { wheel, now, monotonic } = this.#needs
    if (when !== Number.POSITIVE_INFINITY) wheel.at(now() + when - monotonic(), this, key)
  }

  #write(question: Question, flow: Flow, branch: string): string {
    const { method, uri, from, to, callId, cseq, headers, body = '', contentType = '' } = question
    const tag = from.lastIndexOf(';tag=') > from.lastIndexOf('>') ? '' : `;tag=${this.#needs.random(8).toString('hex')}`
    return (
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/${viaNames[flow.transport]} ${this.#needs.sentBy(flow)};branch=${branch};rport\r\n` +
      `Max-Forwards: 70\r\nFrom: ${from}${tag}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n${headers}` +
      `${contentType === '' ? '' : `Content-Type: ${contentType}\r\n`}Content-Length: ${body.length}\r\n\r\n${body}`
    )
  }
}

const viaNames: Readonly<Record<TransportName, string>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS', ws: 'WS', wss: 'WSS' }

/** The number that a response's topmost Via names, 0 if it is none of ours or there is a second Via (§8.1.3.3). */
function questionOf(response: SipResponse): { key: number; branch: string } {
  const row = response.first(HeaderId.Via)
  const via = row === undefined || response.count(HeaderId.Via) !== 1 ? undefined : readVia(row)
  if (row === undefined || via === undefined || via.end < row.length) return noQuestion
  const { branch } = via
  const end = branch.indexOf(separator)
  if (!branch.startsWith(magicCookie) || end <= magicCookie.length) return noQuestion
  const key = Number.parseInt(branch.slice(magicCookie.length, end), 36)
  return Number.isSafeInteger(key) ? { key, branch } : noQuestion
}
const noQuestion = { key: 0, branch: '' }

function isSameFlow(asked: Flow, came: Flow): boolean {
  return (
    asked.connection === came.connection &&
    asked.transport === came.transport &&
    asked.remotePort === came.remotePort &&
    asked.remoteIp === came.remoteIp
  )
}

/** What a phone wrote (its contact, its Call-ID) comes back in these: nothing in them may end a row or split the request line. */
function isWritable({ uri, from, to, callId }: Question): boolean {
  return uri !== '' && isPlain(uri, 0x21) && isPlain(from, 0x20) && isPlain(to, 0x20) && isPlain(callId, 0x21)
}

function isPlain(text: string, least: number): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if ((code < least && (code !== 9 || least > 0x20)) || code === 0x7f || code > 0xff) return false
  }
  return true
}
