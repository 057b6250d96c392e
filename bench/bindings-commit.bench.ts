/**
 * What it costs to make renewals durable: batches of 32, as one turn of the event loop hands them over, of lines in no order, on SQLite
 * files of 20,000 and 500,000 bindings, while the checkpointer does its part on the same thread between the batches.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Binding } from '../server/registrar/binding.ts'
import type { StoredRequest } from '../server/registrar/binding-store.ts'
import { openBindings } from '../server/storage/sqlite/bindings.ts'
import { openCheckpointer } from '../server/storage/sqlite/checkpoint-bindings.ts'
import { figure, quick } from './measure.ts'

const batchSize = 32
const batches = quick ? 1000 : 5000
/** The checkpointer runs once a second; so many batches are a busy second's. */
const batchesBetweenCheckpoints = 500
/** Prime to every size here: the lines come in no order that their rows have. */
const stride = 7919

const folder = mkdtempSync(path.join(tmpdir(), 'regista-bench-'))
try {
  for (const rows of [20_000, 500_000]) measureCommits(rows)
  await measureSynced(20_000)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function measureCommits(rows: number): void {
  const file = path.join(folder, `bindings-${rows}.db`)
  const store = openBindings(file)
  const checkpointer = openCheckpointer(file)
  const bindings = Array.from({ length: rows }, (_, index) => newBinding(index))
  for (let from = 0; from < rows; from += 5000) {
    commit(bindings.slice(from, from + 5000).map((binding) => ({ at: 0, changes: [{ kind: 'added', binding }] })))
  }
  checkpointer.run()
  const took: number[] = []
  const costs: number[] = []
  let checkpoints = 0
  let next = 0
  for (let batch = 0; batch < batches; batch++) {
    const requests: StoredRequest[] = []
    for (let i = 0; i < batchSize; i++) {
      next = (next + stride) % rows
      const before = bindings[next] as Binding
      const binding = { ...before, cseq: before.cseq + 1, seenAt: before.seenAt + 500_000, nonceCount: before.nonceCount + 1 }
      bindings[next] = binding
      requests.push({ at: binding.seenAt, changes: [{ kind: 'renewed', before, binding }] })
    }
    const begun = performance.now()
    costs.push(cpuOf(() => commit(requests)))
    took.push(performance.now() - begun)
    if (batch % batchesBetweenCheckpoints === batchesBetweenCheckpoints - 1) checkpoints += cpuOf(() => checkpointer.run())
  }
  const name = `${rows / 1000},000 rows`
  const done = batches * batchSize
  figure(`${name}: renew one, batches of ${batchSize}`, costs.reduce((sum, cost) => sum + cost, 0) / done, 'µs CPU')
  figure(`${name}: checkpoint, its share of one`, checkpoints / done, 'µs CPU')
  const sorted = took.sort((a, b) => a - b)
  figure(`${name}: a batch, p50`, sorted[Math.floor(batches * 0.5)] ?? Number.NaN, 'ms')
  figure(`${name}: a batch, p99`, sorted[Math.floor(batches * 0.99)] ?? Number.NaN, 'ms')
  checkpointer.close()
  store.close()

  function commit(requests: readonly StoredRequest[]): void {
    store.commit(requests, (stored) => {
      if (stored.includes(false)) throw new Error('A batch could not be stored.')
    })
  }
}

/**
 * The same where what is told must survive a power cut: turns of the event loop follow each other, and each batch is told when the log is
 * synced. `a sync` is the disk's part of it.
 */
async function measureSynced(rows: number): Promise<void> {
  const file = path.join(folder, 'bindings-power.db')
  const store = openBindings(file, { powerSafe: true })
  const bindings = Array.from({ length: rows }, (_, index) => newBinding(index))
  for (let from = 0; from < rows; from += 5000) {
    await told(bindings.slice(from, from + 5000).map((binding) => ({ at: 0, changes: [{ kind: 'added', binding }] })))
  }
  const syncs = syncTimes(file)
  const took: number[] = []
  const before = process.cpuUsage()
  const begun = performance.now()
  const waiting: Promise<void>[] = []
  let next = 0
  for (let batch = 0; batch < batches / 5; batch++) {
    const requests: StoredRequest[] = []
    for (let i = 0; i < batchSize; i++) {
      next = (next + stride) % rows
      const old = bindings[next] as Binding
      const binding = { ...old, cseq: old.cseq + 1, seenAt: old.seenAt + 500_000, nonceCount: old.nonceCount + 1 }
      bindings[next] = binding
      requests.push({ at: binding.seenAt, changes: [{ kind: 'renewed', before: old, binding }] })
    }
    const asked = performance.now()
    waiting.push(told(requests).then(() => void took.push(performance.now() - asked)))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(waiting)
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(before)
  const name = `${rows / 1000},000 rows, power cut survived`
  figure(`${name}: renew one, all threads, a batch a ms`, (user + system) / (took.length * batchSize), 'µs CPU')
  figure(`${name}: stored`, (took.length * batchSize) / seconds, '/s')
  const sorted = took.sort((a, b) => a - b)
  figure(`${name}: a batch until it is told, p50`, sorted[Math.floor(sorted.length * 0.5)] ?? Number.NaN, 'ms')
  figure(`${name}: a batch until it is told, p99`, sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN, 'ms')
  figure(`${name}: a sync of the disk, p50`, syncs[Math.floor(syncs.length / 2)] ?? Number.NaN, 'ms')
  store.close()

  function told(requests: readonly StoredRequest[]): Promise<void> {
    return new Promise((resolve, reject) =>
      store.commit(requests, (stored) => (stored.includes(false) ? reject(new Error('A batch could not be stored.')) : resolve())),
    )
  }
}

/** What the disk takes for 4 KiB behind what is there, sorted. */
function syncTimes(beside: string): number[] {
  const file = openSync(`${beside}.sync`, 'w')
  const block = Buffer.alloc(4096)
  const took = Array.from({ length: 50 }, () => {
    const begun = performance.now()
    writeSync(file, block)
    fdatasyncSync(file)
    return performance.now() - begun
  })
  closeSync(file)
  return took.sort((a, b) => a - b)
}

function cpuOf(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return user + system
}

function newBinding(index: number): Binding {
  return {
    id: index + 1,
    lineId: index + 1,
    uri: `sip:u${index}@192.168.${index & 255}.${(index >> 8) & 255}:5060;line=${index * 7919}`,
    echo: '',
    instance: '',
    regId: 0,
    q: 1000,
    callId: `${index}_4f1a2b@192.168.0.1`,
    cseq: 1,
    expiresAt: 1_800_000_600_000,
    granted: 600,
    transport: 'udp',
    ip: '203.0.113.7',
    port: 5060,
    connection: 0,
    path: '',
    userAgent: 'Bench Phone 1.0',
    boundAt: 1_800_000_000_000,
    seenAt: 1_800_000_000_000,
    nonceId: index.toString(16).padStart(32, '0'),
    nonceCount: 1,
  }
}
