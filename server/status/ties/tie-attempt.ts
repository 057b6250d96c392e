/**
 * Whose a failed attempt is: a line's, a circle's (an unknown name from a customer's own address), or nobody's. Pure: what it
 * needs to know is asked of `TieWorld`. Nothing here may show one customer what another one's phone sent.
 */
import type { Customer } from './address-book.ts'
import type { PhoneMarks } from './phone-index.ts'
import { bestSlip } from './slip.ts'

/** What an inference rests on. */
export type Tie = 'instance' | 'call-id' | 'address' | 'slip'

/** `lineId`: the line that the attempt names exactly, 0 if none; `username`: the name that it tried. */
export interface NamedAttempt extends PhoneMarks {
  lineId: number
  username: string
}

export interface KnownLine {
  lineId: number
  accountId: number
  circleId: number
  username: string
  registered: boolean
  /** Whether phones sign in to it here, so that a wrong name may have been meant for it. */
  signsIn: boolean
}

export interface TieWorld {
  /** The one account whose accepted bindings came from this address in the last 30 days. */
  customerAt(ip: string): Customer | null
  /** Lines whose last binding had the instance or MAC of this phone, its Call-ID, or its address and port. */
  sameDevice(phone: PhoneMarks): readonly KnownLine[]
  sameCallId(phone: PhoneMarks): readonly KnownLine[]
  sameSource(phone: PhoneMarks): readonly KnownLine[]
  linesOf(accountId: number): Iterable<KnownLine>
}

export type Tied = { kind: 'line'; lineId: number; tie: Tie | null } | { kind: 'circle'; circleId: number } | { kind: 'nobody' }

export function tieAttempt(attempt: NamedAttempt, world: TieWorld): Tied {
  if (attempt.lineId !== 0) return { kind: 'line', lineId: attempt.lineId, tie: null }
  const device = ofOneAccount(world.sameDevice(attempt))
  const customer = device[0] ?? world.customerAt(attempt.ip)
  if (customer === null) return { kind: 'nobody' }
  const own = (lines: readonly KnownLine[]) => lines.filter((line) => line.accountId === customer.accountId)

  const steps: [Tie, readonly KnownLine[]][] = [
    ['instance', device],
    ['call-id', own(world.sameCallId(attempt))],
    ['address', own(world.sameSource(attempt))],
  ]
  let tied: { line: KnownLine; tie: Tie } | null = null
  for (const [tie, lines] of steps) {
    const line = single(lines)
    if (line === null) continue
    tied = { line, tie }
    break
  }
  // A phone with several lines makes all its attempts alike: while the line it was tied to is registered, a likely slip of another is the better guess.
  if (tied !== null && (!tied.line.registered || tied.tie === 'call-id')) return { kind: 'line', lineId: tied.line.lineId, tie: tied.tie }
  const slip = bestSlip(attempt.username, slipCandidates(world.linesOf(customer.accountId)))
  if (slip !== null) return { kind: 'line', lineId: slip, tie: 'slip' }
  if (tied !== null) return { kind: 'line', lineId: tied.line.lineId, tie: tied.tie }
  return { kind: 'circle', circleId: customer.circleId }
}

/** A mark that phones of two customers bear ties nothing. */
function ofOneAccount(lines: readonly KnownLine[]): readonly KnownLine[] {
  return lines.every((line) => line.accountId === lines[0]?.accountId) ? lines : []
}

/** The only line, or the only one of them that is not registered now. */
function single(lines: readonly KnownLine[]): KnownLine | null {
  if (lines.length === 1) return lines[0] ?? null
  const open = lines.filter((line) => !line.registered)
  return open.length === 1 ? (open[0] ?? null) : null
}

function* slipCandidates(lines: Iterable<KnownLine>): Generator<KnownLine> {
  for (const line of lines) if (line.signsIn && !line.registered) yield line
}
