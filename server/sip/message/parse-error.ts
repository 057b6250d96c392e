/** What is wrong with a message, and the answer that it earns. */
import type { SipRequest } from './message.ts'

export type ParseReason =
  | 'not-sip'
  | 'bad-start-line'
  | 'bad-version'
  | 'uri-too-long'
  | 'bad-header'
  | 'missing-header'
  | 'duplicate-header'
  | 'bad-cseq'
  | 'cseq-method'
  | 'bad-content-length'
  | 'missing-content-length'
  | 'body-too-short'
  | 'no-end-of-headers'
  | 'message-too-large'
  | 'too-many-headers'
  | 'header-too-long'

export interface ParseError {
  readonly kind: 'parse-error'
  readonly reason: ParseReason
  /** Status of the answer, null for silence: to responses, to ACK, and to what is no SIP request. */
  readonly answer: 400 | 413 | 414 | 505 | null
  /** What could be read of the request, for the answer's Via, From, To, Call-ID and CSeq; set whenever `answer` is. */
  readonly request: SipRequest | undefined
  /** On a stream: where the next message begins is unknown, so the connection must be closed. */
  readonly close: boolean
}

/** Something that is no message and keeps a path open (RFC 5626 §3.5, RFC 5389 §6). */
export interface Keepalive {
  readonly kind: 'keepalive'
  readonly what: 'empty' | 'crlf' | 'ping' | 'zeros' | 'jak' | 'stun'
}

export const parseAnswers: Readonly<Record<ParseReason, 400 | 413 | 414 | 505 | null>> = {
  'not-sip': null,
  'bad-start-line': 400,
  'bad-version': 505,
  'uri-too-long': 414,
  'bad-header': 400,
  'missing-header': 400,
  'duplicate-header': 400,
  'bad-cseq': 400,
  'cseq-method': 400,
  'bad-content-length': 400,
  'missing-content-length': 400,
  'body-too-short': 400,
  'no-end-of-headers': 400,
  'message-too-large': 413,
  'too-many-headers': 413,
  'header-too-long': 413,
}
