/** What every bench shares: how a piece of work is measured, and how a figure is told to bin/bench.mjs. */

/** `npm run bench -- --quick`: a fifth of the time, for a look and for the gate. */
export const quick = process.argv.includes('--quick')
/** `npm run bench -- --long`, or REGISTA_BENCH=long: several times as long, for figures that are to be quoted. */
export const long = process.argv.includes('--long') || process.env.REGISTA_BENCH === 'long'

/** Tells one figure: a line of JSON on stdout, which bin/bench.mjs collects. Everything else a bench prints is shown as it is. */
export function figure(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(4)), unit }))
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
  const median = spent.sort((a, b) => a - b)[Math.floor(spent.length / 2)] ?? Number.NaN
  figure(name, median, 'µs CPU')
  return median
}
