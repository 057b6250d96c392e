/** Contract: the lines that may sign in here, held in memory. */
import type { DigestAlgorithm } from '../sip/digest/verify.ts'
import type { HeldLine } from './held-lines.ts'

export interface RegistrarLine {
  readonly lineId: number
  readonly accountId: number
  readonly circleId: number
  /** As stored; phones may write it in another case. */
  readonly username: string
  /** SHA-256 only. */
  readonly strong: boolean
  readonly maxContacts: number
  /** false: disabled, cancelled, or authenticated by address. */
  readonly open: boolean
  /** Where HeldLines notes what the line holds, so that nothing is looked up twice; null at first. */
  held: HeldLine | null
  /** H(username:realm:password), lower-case hex; `username` exactly as the phone wrote it. Derived on first use, then held. */
  ha1(algorithm: DigestAlgorithm, username: string, realm: string): string
  /** Whether `ha1` would answer from memory. */
  isDerived(algorithm: DigestAlgorithm, username: string, realm: string): boolean
}

export interface LineBook {
  /** By user name without regard to case; undefined if there is none. */
  find(username: string): RegistrarLine | undefined
  /** A line that nobody has: its HA1 costs what a line's first use costs, every time. */
  readonly nobody: RegistrarLine
  /** Whether an unknown name is challenged like a strong line: in the share that strong lines have, always the same for one name. */
  nobodyIsStrong(username: string): boolean
}
