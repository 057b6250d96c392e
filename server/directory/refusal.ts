/** Something asked of the installation that cannot be done, with one sentence that a person can act on. */
export type RefusalCode =
  | 'not-found'
  | 'not-allowed'
  | 'already-there'
  | 'wrong-value'
  | 'import-running'
  | 'import-refused'
  | 'data-unusable'
  | 'data-in-use'
  | 'key-file-unusable'

export class DirectoryRefusal extends Error {
  override readonly name = 'DirectoryRefusal'
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string) {
    super(message)
    this.code = code
  }
}
