/** The characters and lines of a request as they lie in memory, four or eight at a time. Hot path: known-renewals.bench.ts. */

const fourLf = 0x0a0a0a0a
export const CR = 13
export const LF = 10
export const SP = 32

/** What may stand in a part that changes: token characters, so that none of it is read as anything else. */
export const isToken = new Uint8Array(256)
for (const c of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") isToken[c.charCodeAt(0)] = 1
/** Between the quotes of a client nonce: base64 and its like as well. */
export const isInQuotes = new Uint8Array(isToken)
for (const c of '/=:@') isInQuotes[c.charCodeAt(0)] = 1

/** Four characters as one number, as they lie in memory. */
export function four(text: string): number {
  return Buffer.from(text, 'latin1').readInt32LE(0)
}

/** The CR of the line that goes on at `at`; -1 unless CR and LF end it. Looks at eight characters at a time. */
export function endOfLine(view: DataView, bytes: Uint8Array, at: number, end: number): number {
  let lf = at
  for (; lf + 8 <= end; lf += 8) {
    const low = view.getInt32(lf, true) ^ fourLf
    const high = view.getInt32(lf + 4, true) ^ fourLf
    // A byte that is 0 here borrows from its highest bit.
    if (((((low - 0x01010101) & ~low) | ((high - 0x01010101) & ~high)) & 0x80808080) !== 0) break
  }
  while (lf < end && bytes[lf] !== LF) lf++
  return lf < end && lf > at && (bytes[lf - 1] as number) === CR ? lf - 1 : -1
}

/** A line that answers carry on: one blank behind its name of `nameSize` characters with the colon, none at its end. */
export function wholeLine(view: DataView, bytes: Uint8Array, at: number, end: number, nameSize: number): number {
  const lineEnd = endOfLine(view, bytes, at, end)
  return isPlainValue(bytes, at + nameSize, lineEnd) ? lineEnd : -1
}

/** A value begins at `start`, behind one blank, and ends without one. */
export function isPlainValue(bytes: Uint8Array, start: number, lineEnd: number): boolean {
  return lineEnd > start && bytes[start - 1] === SP && isVisible(bytes[start] as number) && isVisible(bytes[lineEnd - 1] as number)
}

function isVisible(code: number): boolean {
  return code > SP
}
