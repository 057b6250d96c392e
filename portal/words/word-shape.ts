/** What every language must have; the tree of all other sentences is compared by words.test.ts. */
import type { CauseCode, LineState, LineTypeName } from '#api/line.ts'

export interface CauseWords {
  title: string
  /** One sentence each; a sentence whose `{{facts}}` are not all known is left unsaid. */
  known: readonly string[]
  do: string
}

type Tree = { readonly [key: string]: string | readonly string[] | CauseWords | Tree }

export type Words = Tree & {
  cause: Record<CauseCode, CauseWords>
  type: Record<LineTypeName, string>
  state: Record<LineState, string>
}
