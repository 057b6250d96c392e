/** The profile of one thread by Debian's `perf`: what the kernel, V8, SQLite and OpenSSL take has names too. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export interface NativeTime {
  folder: string
  place: string
  /** Of the thread's samples. */
  share: number
}

/** What Node must be started with, so that perf can name compiled JavaScript; V8 would keep a log beside, which nobody reads. */
export const nativeFlags = ['--perf-basic-prof-only-functions', '--logfile=/dev/null', '--no-logfile-per-isolate']

const timesASecond = 1997
const root = path.join(import.meta.dirname, '..', '..')

/** Records thread `tid` of process `pid` while `work` runs; the greatest first. Throws one sentence if perf cannot be run. */
export async function nativeTimes(pid: number, tid: number, file: string, work: () => Promise<void>): Promise<NativeTime[]> {
  const perf = spawn('perf', ['record', '-q', '-F', String(timesASecond), '-t', String(tid), '-o', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(perf, 'exit').catch((error: Error) => {
    throw new Error(`perf cannot be run (apt-get install linux-perf): ${error.message}`)
  })
  await Promise.race([work(), ended])
  perf.kill('SIGINT')
  await ended
  const words = ['report', '-i', file, '--stdio', '-q', '-F', 'overhead,dso,symbol', '-t', ';']
  const report = spawnSync('perf', words, { encoding: 'utf8', maxBuffer: 1 << 26 })
  // V8 leaves its list of compiled functions where perf looks for it.
  rmSync(`/tmp/perf-${pid}.map`, { force: true })
  return summed(report.stdout.split('\n').flatMap(readRow))
}

/** A function that V8 compiled several times is one. */
function summed(rows: readonly NativeTime[]): NativeTime[] {
  const found = new Map<string, NativeTime>()
  for (const row of rows) {
    const time = found.get(row.place)
    if (time === undefined) found.set(row.place, { ...row })
    else time.share += row.share
  }
  return [...found.values()].sort((a, b) => b.share - a.share)
}

function readRow(row: string): NativeTime[] {
  const [overhead = '', dso = '', ...symbol] = row.split(';').map((field) => field.trim())
  const share = Number.parseFloat(overhead) / 100
  if (!(share > 0)) return []
  const name = symbol.join(';').replace(/^\[.\] /, '')
  const compiled = /^JS:\W?'?(.*) (\S+?):(\d+):\d+$/.exec(name)
  if (compiled === null) return [{ folder: folderOfSymbol(dso, name), place: `${name} [${dso}]`, share }]
  const [, called = '', url = '', line = ''] = compiled
  if (!url.startsWith('file:')) return [{ folder: 'node, JavaScript', place: `${called} ${url}:${line}`, share }]
  const file = path.relative(root, fileURLToPath(url))
  const folder = file.startsWith('node_modules') ? file.split('/').slice(0, 2).join('/') : path.dirname(file)
  return [{ folder, place: `${called} ${file}:${line}`, share }]
}

function folderOfSymbol(dso: string, name: string): string {
  if (dso.startsWith('[kernel')) return 'kernel'
  if (dso.startsWith('[JIT]')) return 'V8, compiled without a name'
  if (dso.endsWith('.node')) return 'SQLite'
  if (dso !== 'node') return dso
  if (name.startsWith('Builtins_')) return 'V8, builtins that JavaScript calls'
  if (/Scaveng|Heap|Mark|Sweep|GC|Evacuat/.test(name)) return 'V8, garbage collector'
  if (/ossl_|EVP_|MD5|SHA|OPENSSL|CRYPTO_/i.test(name)) return 'OpenSSL'
  if (name.startsWith('v8::')) return 'V8, runtime'
  if (name.startsWith('uv_')) return 'libuv'
  return 'node, C++'
}
