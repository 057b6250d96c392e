/** Places in the stream of changes, `epoch-seq`: which of two is later. */

/** Whether `a` is later than `b`. Places of different epochs cannot be compared: the one asked about is taken for the newer, so `false`. */
export function isLater(a: string, b: string): boolean {
  const [epochA, seqA] = parts(a)
  const [epochB, seqB] = parts(b)
  return epochA === epochB && seqA > seqB
}

function parts(place: string): [string, number] {
  const dash = place.lastIndexOf('-')
  const seq = Number(place.slice(dash + 1))
  return [place.slice(0, Math.max(0, dash)), Number.isFinite(seq) ? seq : -1]
}
