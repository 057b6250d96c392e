/** Where the headers of one message lie in its text, and the reading of them on demand. Hot path: parse.bench.ts. */
import { type HeaderId, sameName } from './header-name.ts'
import type { HeaderReader, SipRequest, SipResponse } from './message.ts'

const CR = 13
const LF = 10
const SP = 32
const HT = 9
const COLON = 58
/** Numbers kept for a row: HeaderId, fold mark and start of the name in one; start and end of the trimmed value. */
const rowWidth = 3
/** Set beside the HeaderId if the value runs over several lines. */
const folded = 256
const nameShift = 9
/** Headers that a number of 32 bits can mark. */
const bits = 32

class Rows implements HeaderReader {
  text: string
  /** Room for 16 rows from the start, since growing costs more than the rest of the scan; `used` numbers of it count. */
  readonly #rows: number[] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0,
  ]
  #used = 0
  /** A bit for each of the headers 0 … 31 that has a row: most questions are about headers that are not there. */
  #present = 0
  bodyStart = 0
  bodyEnd = 0

  constructor(text: string) {
    this.text = text
  }

  /** Notes the next row. */
  addRow(header: HeaderId, isFolded: boolean, nameStart: number, valueStart: number, valueEnd: number): void {
    const rows = this.#rows
    const at = this.#used
    rows[at] = header | (isFolded ? folded : 0) | (nameStart << nameShift)
    rows[at + 1] = valueStart
    rows[at + 2] = valueEnd
    this.#used = at + rowWidth
    if (header < bits) this.#present |= 1 << header
  }

  get rowCount(): number {
    return this.#used / rowWidth
  }

  has(header: HeaderId): boolean {
    return header < bits ? (this.#present & (1 << header)) !== 0 : this.count(header) > 0
  }

  count(header: HeaderId): number {
    const rows = this.#rows
    let count = 0
    for (let at = 0; at < this.#used; at += rowWidth) if (((rows[at] as number) & 255) === header) count++
    return count
  }

  first(header: HeaderId): string | undefined {
    if (header < bits && (this.#present & (1 << header)) === 0) return undefined
    const rows = this.#rows
    for (let at = 0; at < this.#used; at += rowWidth) if (((rows[at] as number) & 255) === header) return this.#value(at)
    return undefined
  }

  all(header: HeaderId): string[] {
    const rows = this.#rows
    const values: string[] = []
    for (let at = 0; at < this.#used; at += rowWidth) if (((rows[at] as number) & 255) === header) values.push(this.#value(at))
    return values
  }

  other(name: string): string | undefined {
    const text = this.text
    for (let at = 0; at < this.#used; at += rowWidth) {
      const start = (this.#rows[at] as number) >> nameShift
      if (!sameName(text, start, name)) continue
      const after = text.charCodeAt(start + name.length)
      if (after === COLON || after === SP || after === HT) return this.#value(at)
    }
    return undefined
  }

  get body(): string {
    return this.text.substring(this.bodyStart, this.bodyEnd)
  }

  #value(at: number): string {
    const value = this.text.substring(this.#rows[at + 1] as number, this.#rows[at + 2] as number)
    return (this.#rows[at] as number) & folded ? unfolded(value) : value
  }
}

export class ParsedRequest extends Rows implements SipRequest {
  readonly kind = 'request'
  method: string
  uri: string
  cseq = 0

  constructor(text: string, method: string, uri: string) {
    super(text)
    this.method = method
    this.uri = uri
  }
}

export class ParsedResponse extends Rows implements SipResponse {
  readonly kind = 'response'
  status: number
  reason: string
  cseq = 0
  cseqMethod = ''

  constructor(text: string, status: number, reason: string) {
    super(text)
    this.status = status
    this.reason = reason
  }
}

/** RFC 3261 §7.3.1: a line end and the white space around it count as one space. */
function unfolded(value: string): string {
  let out = ''
  let from = 0
  for (let i = value.indexOf('\n'); i >= 0; i = value.indexOf('\n', from)) {
    let end = i
    while (end > from && isSpace(value.charCodeAt(end - 1))) end--
    out += `${value.substring(from, end)} `
    from = i + 1
    while (from < value.length && isSpace(value.charCodeAt(from))) from++
  }
  return out + value.substring(from)
}

function isSpace(code: number): boolean {
  return code === SP || code === HT || code === CR || code === LF
}
