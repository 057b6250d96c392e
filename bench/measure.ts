/** What every bench shares: how a piece of work is measured, and how a figure is told to bin/bench.mjs. */

/** `npm run bench -- --quick`: a fifth of the time, for a look and for the gate. */
export const quick = process.argv.includes('--quick')
/** `npm run bench -- --long`, or REGISTA_BENCH=long: several times as long, for figures that are to be quoted. */
export const long = process.argv.includes('--long') || process.env.REGISTA_BENCH === 'long'

/** What is asked of a figure that stands in the table at the end. */
export interface Goal {
  better: 'less' | 'more'
  /** What must be reached, and what is wanted; neither where the figure is only reported. */
  atLeast?: number
  aim?: number
}

export interface FigureMore {
  /** Quartiles of the turns that `value` is the median of. */
  spread?: readonly [number, number]
  goal?: Goal
}

/** Tells one figure: a line of JSON on stdout, which bin/bench.mjs collects. Everything else a bench prints is shown as it is. */
export function figure(name: string, value: number, unit: string, more: FigureMore = {}): void {
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(4)), unit, ...more }))
}

/** Tells the median of several turns, with their quartiles. */
export function medianFigure(name: string, values: readonly number[], unit: string, goal?: Goal): void {
  const spread = [quantile(values, 0.25), quantile(values, 0.75)].map((value) => Number(value.toPrecision(4))) as [number, number]
  figure(name, quantile(values, 0.5), unit, goal === undefined ? { spread } : { spread, goal })
}

/** The value that `share` of `values` do not pass; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/**
 * Measures the CPU time of `work` in µs a call (median of rounds, after a warm-up) and tells it as a figure.
 * `work` gets the number of the call, so that it can take another input each time; `callsARound` fits the work's size. `prepare`
 * makes the input of a round and is not measured.
 */
export function measure(name: string, work: (call: number) => void, callsARound = 20_000, prepare: () => void = () => {}): number {
  const rounds = quick ? 5 : 25
  const spent: number[] = []
  let call = 0
  for (let round = -3; round < rounds; round++) {
    prepare()
    const before = process.cpuUsage()
    for (const end = call + callsARound; call < end; call++) work(call)
    const { user, system } = process.cpuUsage(before)
    if (round >= 0) spent.push((user + system) / callsARound)
  }
  const median = quantile(spent, 0.5)
  figure(name, median, 'µs CPU')
  return median
}
