/** `npm run bench`: runs each bench in turn, prints a line a figure and what was asked of it, and keeps all as JSON. Words given choose benches by name. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ensureInstalled } from './install.mjs'
import { root, run } from './run-node.mjs'

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const flags = process.argv.slice(2).filter((word) => word.startsWith('--'))
/** Room for the name of a figure. */
const width = 66
const minutesEach = flags.includes('--long') ? 45 : 15

try {
  await ensureInstalled('everything')
  process.exitCode = await runAll()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

async function runAll() {
  const benches = readdirSync(path.join(root, 'bench'))
    .filter((name) => name.endsWith('.bench.ts') && (words.length === 0 || words.some((word) => name.includes(word))))
    .sort()
  if (benches.length === 0) {
    console.error(words.length === 0 ? 'There is no bench yet.' : `No bench has ${words.join(' or ')} in its name.`)
    return 1
  }
  const figures = []
  const red = []
  for (const file of benches) {
    const bench = file.replace('.bench.ts', '')
    console.log(`— ${bench}`)
    const code = await runOne(file, (figure) => figures.push({ bench, ...figure }))
    if (code === 130 || code === 143) return code
    if (code !== 0) red.push(`${bench} ended with ${code}${code === 124 ? ` (stopped after ${minutesEach} minutes)` : ''}`)
  }
  tellGoals(figures.filter(({ goal }) => goal !== undefined))
  const kept = keep(figures)
  console.log(`${figures.length} figures of ${benches.length} benches, kept in ${kept}`)
  for (const line of red) console.error(line)
  return red.length === 0 ? 0 : 1
}

/** A line of JSON with name, value and unit is a figure; any other line is shown as it came. */
async function runOne(file, found) {
  let rest = ''
  const line = (text) => {
    const figure = asFigure(text)
    if (!figure) return console.log(`  ${text}`)
    found(figure)
    const spread = figure.spread?.[0] === figure.spread?.[1] ? '' : `  (${figure.spread.join(' to ')})`
    console.log(`  ${figure.name.padEnd(width)} ${String(figure.value).padStart(10)} ${figure.unit}${spread}`)
  }
  const onStdout = (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const one of lines) line(one)
  }
  const code = await run([path.join('bench', file), ...flags], { onStdout, killAfterMs: minutesEach * 60_000, group: true })
  if (rest !== '') line(rest)
  return code
}

/** The table of what is asked: the figure, what it must reach at least, what is wanted, and whether it is there. */
function tellGoals(figures) {
  if (figures.length === 0) return
  console.log(`— what is asked\n  ${'figure'.padEnd(width)} ${'measured'.padStart(13)} ${'at least'.padStart(10)} ${'aim'.padStart(8)}`)
  for (const { name, value, unit, goal } of figures) {
    const reaches = (limit) => (goal.better === 'less' ? value <= limit : value >= limit)
    const limit = (number) => (number === undefined ? '' : `${goal.better === 'less' ? '≤' : '≥'} ${number}`)
    const said =
      goal.atLeast === undefined ? 'reported' : reaches(goal.aim) ? 'aim reached' : reaches(goal.atLeast) ? 'reached' : 'NOT REACHED'
    const row = [`${value} ${unit}`.padStart(13), limit(goal.atLeast).padStart(10), limit(goal.aim).padStart(8), said]
    console.log(`  ${name.padEnd(width)} ${row.join(' ')}`)
  }
}

function asFigure(text) {
  if (!text.startsWith('{')) return undefined
  try {
    const value = JSON.parse(text)
    return typeof value.name === 'string' && typeof value.value === 'number' ? { unit: '', ...value } : undefined
  } catch {
    return undefined
  }
}

function keep(figures) {
  const at = new Date()
  const file = path.join('bench', 'results', `${at.toISOString().slice(0, 19).replaceAll(':', '')}.json`)
  const machine = { cpu: os.cpus()[0]?.model ?? '', cores: os.cpus().length, platform: `${os.platform()} ${os.arch()}` }
  mkdirSync(path.join(root, 'bench', 'results'), { recursive: true })
  writeFileSync(path.join(root, file), `${JSON.stringify({ at: at.toISOString(), machine, flags, figures }, null, 2)}\n`)
  return file
}
