/** Reads what `node --cpu-prof` wrote: the self time of each function within a stretch of time, grouped by folder. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  /** µs of the system's monotonic clock, the one of process.hrtime. */
  startTime: number
  samples: number[]
  timeDeltas: number[]
}

export interface SelfTime {
  /** Folder below the project's root; `node`, `(garbage collector)` or `(program)` for what is not ours. */
  folder: string
  /** `name file:line`. */
  place: string
  us: number
}

const root = path.join(import.meta.dirname, '..', '..')

/** The profile in `folder` of the thread that ran `file` (its end, say `roles/sip-thread.ts`); throws if there is none. */
export function readProfile(folder: string, file: string): CpuProfile {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.cpuprofile')) continue
    const profile = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as CpuProfile
    if (profile.nodes.some(({ callFrame }) => callFrame.url.endsWith(file))) return profile
  }
  throw new Error(`No thread that ran ${file} left a profile in ${folder}.`)
}

/** Self time of each function between two moments (µs, process.hrtime), the greatest first; without the time that the thread waited. */
export function selfTimes(profile: CpuProfile, from: number, to: number): SelfTime[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]))
  const found = new Map<string, SelfTime>()
  let at = profile.startTime
  for (const [index, delta] of profile.timeDeltas.entries()) {
    at += delta
    const frame = nodes.get(profile.samples[index] ?? -1)
    if (at < from || at > to || frame === undefined || frame.functionName === '(idle)') continue
    // A sample stands for the time until the next one.
    const us = profile.timeDeltas[index + 1] ?? 0
    const { folder, place } = placeOf(frame)
    const time = found.get(place)
    if (time === undefined) found.set(place, { folder, place, us })
    else time.us += us
  }
  return [...found.values()].sort((a, b) => b.us - a.us)
}

function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): { folder: string; place: string } {
  if (functionName.startsWith('(')) return { folder: functionName, place: functionName }
  const name = functionName === '' ? '(anonymous)' : functionName
  if (!url.startsWith('file:')) return { folder: 'node', place: url === '' ? `${name} (native)` : `${name} ${url}:${lineNumber + 1}` }
  const file = path.relative(root, fileURLToPath(url))
  const folder = file.startsWith('node_modules') ? file.split('/').slice(0, 2).join('/') : path.dirname(file)
  return { folder, place: `${name} ${file}:${lineNumber + 1}` }
}
