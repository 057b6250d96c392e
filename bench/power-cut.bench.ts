/**
 * What it costs that a binding outlives a power cut as well (the log on the disk before the 200), against the default, which outlives the
 * end of the program: the two take turns, first as fast as they go, then at half the slower one's rate.
 */
import path from 'node:path'
import { settings } from '../server/config/config.ts'
import { Comparison, costOf, eachTurn, rateOf, ratios } from './load/comparison.ts'
import { fillDirectory } from './load/fill-directory.ts'
import { startRegista } from './load/servers.ts'
import { type Goal, long, medianFigure, quantile, quick } from './measure.ts'

const users = 20_000
const seconds = long ? 5 : quick ? 0.5 : 2
const turns = long ? 9 : quick ? 1 : 5
const reported: Goal = { better: 'less' }
const setting = 'DURABILITY'

if (settings.some(({ name }) => name === (setting as string))) await Comparison.run(compare)
else console.log('Skipped: there is no such setting yet.')

async function compare(comparison: Comparison): Promise<void> {
  const start = async (name: string, settings: Record<string, string>) => {
    const data = path.join(comparison.folder, name)
    await fillDirectory(data, users)
    return comparison.add(await startRegista(data, users, { name, settings }))
  }
  const plain = await start('Regista, outlives its end', {})
  const power = await start('Regista, outlives a power cut', { [`REGISTA_${setting}`]: 'power' })
  const systems = [plain, power]
  await comparison.takeTurns(systems, { modes: ['refresh'], turns: turns + 1, seconds })
  for (const system of systems) system.phases.shift()
  const rate = Math.min(...systems.map((system) => quantile(eachTurn(system, 'refresh', rateOf), 0.5)))
  for (const system of systems) {
    medianFigure(`${system.name}: refresh`, eachTurn(system, 'refresh', rateOf), '1/s')
    medianFigure(`${system.name}: refresh, CPU of one`, eachTurn(system, 'refresh', costOf), 'µs CPU')
  }
  const costs = systems.map((system) => eachTurn(system, 'refresh', costOf))
  medianFigure('CPU of one refresh: outlives a power cut to outlives its end', ratios(costs[1] ?? [], costs[0] ?? []), '×', reported)
  const rates = new Map(systems.map((system) => [system, rate / 2]))
  for (const system of systems) system.phases.length = 0
  await comparison.takeTurns(systems, { modes: ['refresh'], turns, seconds, rates })
  for (const system of systems) {
    const at = `${system.name}: refresh at ${Math.round(rate / 2)}/s`
    for (const [name, of] of [['p50', 'p50'] as const, ['p99', 'p99'] as const, ['p99.9', 'p999'] as const]) {
      const values = eachTurn(system, 'refresh', (phase) => phase[of])
      medianFigure(`${at}, ${name}`, values, 'ms', system === power && of === 'p99' ? reported : undefined)
    }
  }
}
