/** Whether two sets of times come from one distribution, in a way that a few late answers of a busy machine cannot sway. */

/** How often, of one value of each set, the one of `b` is the greater (ties count half): 0.5 when nothing tells them apart (Mann-Whitney). */
export function chanceGreater(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, ofB: 0 })), ...b.map((value) => ({ value, ofB: 1 }))].sort(
    (one, other) => one.value - other.value,
  )
  let rankSum = 0
  for (let from = 0; from < all.length; ) {
    let to = from
    while (to < all.length && all[to]?.value === all[from]?.value) to++
    // Equal values share the mean of their ranks.
    for (let at = from; at < to; at++) rankSum += (all[at]?.ofB ?? 0) * ((from + to + 1) / 2)
    from = to
  }
  return (rankSum - (b.length * (b.length + 1)) / 2) / (a.length * b.length)
}

/** Standard deviation of `chanceGreater` between sets of these sizes when nothing tells them apart. */
export function chanceDeviation(sizeA: number, sizeB: number): number {
  return Math.sqrt((sizeA + sizeB + 1) / (12 * sizeA * sizeB))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
