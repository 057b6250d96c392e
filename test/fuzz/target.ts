/** A way into the server that takes any bytes. */
export interface Target {
  readonly name: string
  /** How often it is chosen, beside the others. */
  readonly weight: number
  /** What real senders send there. */
  readonly seeds: readonly Buffer[]
  /** Takes one input. Throws when something did not hold that must always hold. */
  run(input: Buffer): void
  /** Forgets all inputs before; checks what can only be checked then. */
  reset(): void
  /** A second one that shares nothing with this one. */
  another(): Target
}

/** Throws `what` unless `holds`. */
export function must(holds: boolean, what: string | (() => string)): void {
  if (!holds) throw new Error(typeof what === 'string' ? what : what())
}
