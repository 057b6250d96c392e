/** One line as the recorder holds it. */
import type { LineState, Sign } from '#api/line.ts'
import type { LineEntry } from '../directory/directory.ts'
import type { LineFacts } from './line-facts.ts'

export interface LineRecord {
  readonly id: number
  /** null while facts speak of a line that the directory has not told of yet. */
  entry: LineEntry | null
  readonly facts: LineFacts
  /** What was published last; null while the line is not counted. `code` is '' without a cause. */
  shown: { sign: Sign; state: LineState; since: number | null; code: string } | null
  /** The next look that is planned. */
  dueAt: number
  /** Keys of the addresses where its live contacts are, as counted in the address book; nearly every line has one, which stands alone, or ''. */
  places: string | readonly string[]
}
