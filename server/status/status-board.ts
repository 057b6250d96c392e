/** Contract between status and the portal's door: what every line's sign is now, and what changes. Implemented by recorder.ts. */
import type { Cause, Counts, Failure, LineState, Sign } from '#api/line.ts'
import type { LineEntry } from '../directory/directory.ts'
import type { ContactFact, Fact } from './facts.ts'

/** Times here are epoch ms; http/present.ts turns them into text. `cause` is already in the API's shape. */
export interface LineStatus {
  sign: Sign
  state: LineState
  since: number | null
  knownAt: number | null
  cause: Cause | null
  /** What was last known, while the sign is `no-data`, or `ask` after an answer that is too old to stand. */
  lastKnown?: { sign: Sign; state: LineState; at: number }
}

/** A live contact as a page shows it; `seenAt` is when the phone was heard last, be it by an answer to a question of ours. */
export interface ShownContact extends ContactFact {
  /** Newest round trip in ms; null before the first. */
  rttMs: number | null
}

export type BoardEvent =
  | { kind: 'line'; seq: number; lineId: number; circleId: number }
  | { kind: 'gone'; seq: number; lineId: number; number: string; circleId: number }
  | { kind: 'counts'; seq: number; circleId: number }
  | { kind: 'outage'; seq: number; from: number; to: number | null }

export interface StatusBoard {
  /** Changes with every start of the program: an id of another epoch earns `reset`. */
  readonly epoch: string
  /** Number of the newest event. */
  readonly seq: number
  /** Oldest event that can still be replayed. */
  readonly oldestSeq: number
  status(lineId: number): LineStatus
  contacts(lineId: number): ShownContact[]
  /** Asked by a person: the answer from memory for a line on `main` whose sign is `ask`; it then stands for 10 minutes. */
  answerFromMemory(lineId: number): LineStatus
  /** Grouped failed attempts of the last 24 h, newest first, as the API shows them. */
  failures(lineId: number): Failure[]
  counts(circleId: number): Counts
  /** Events after `seq`, or 'reset' if they are no longer kept. */
  eventsAfter(seq: number, circleId?: number): BoardEvent[] | 'reset'
  /** Calls back for each event as it happens. A line's first change at once, further ones within 100 ms as one. */
  follow(listener: (event: BoardEvent) => void): () => void

  // fed by main.ts
  /** A line was made or changed. */
  putLine(entry: LineEntry): void
  removeLine(lineId: number): void
  apply(facts: readonly Fact[]): void
  /** Takes a plain renewal where it changes nothing but a time; false: it must be applied as a fact. */
  renewed(lineId: number, contactId: number, seenAt: number, granted: number): boolean
  /** The SIP role stopped telling (thread ended, machine lost): every live sign becomes no-data. */
  sipLost(at: number): void
  /** The machine's clock was set ahead by `by` ms (negative: back), and so is the clock given: what is remembered moves along. */
  clockSet(by: number): void
  /** Lets time pass: late, over, forgotten. Called about once a second. */
  tick(now: number): void
}
