/**
 * A SIP message: the text as it came (latin1, one character a byte) and where its headers lie in it. Values are read on
 * demand. RFC 3261 §7.
 */
import type { HeaderId } from './header-name.ts'

export interface HeaderReader {
  /** The whole message, one character a byte. */
  readonly text: string
  /** Whether any row carries this header; the cheap question before all others. */
  has(header: HeaderId): boolean
  /** How many rows carry this header. */
  count(header: HeaderId): number
  /** Value of the first row, trimmed, folds made one space; undefined if absent. */
  first(header: HeaderId): string | undefined
  /** Values of all rows, in order. */
  all(header: HeaderId): string[]
  /** First row of a header that HeaderId does not name; `name` in lower case. */
  other(name: string): string | undefined
  readonly body: string
}

export interface SipRequest extends HeaderReader {
  readonly kind: 'request'
  readonly method: string
  /** Request-URI, byte for byte. */
  readonly uri: string
  /** Number of the CSeq header (RFC 3261 §8.1.1.5); 0 in what a ParseError carries if it could not be read. */
  readonly cseq: number
}

export interface SipResponse extends HeaderReader {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  /** Number and method of the CSeq header. */
  readonly cseq: number
  readonly cseqMethod: string
}

export type SipMessage = SipRequest | SipResponse
