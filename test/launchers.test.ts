/** The launchers in bin/: what they run gets its signals and its exit code through, and ends in time. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..')

/** Runs `script` through the launcher's `run`, in a process of its own; `onLine` sees what it prints. */
function launch(script: string, how: string, onLine: (signal: (name: NodeJS.Signals) => void) => void = () => {}) {
  return new Promise<{ code: number | null; out: string }>((resolve, reject) => {
    const launcher = `import { run } from './bin/run-node.mjs'; process.exitCode = await run(['-e', ${JSON.stringify(script)}], ${how})`
    const child = spawn(process.execPath, ['--input-type=module', '-e', launcher], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (text: Buffer) => {
      if (out === '') onLine((name) => child.kill(name))
      out += text.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out }))
  })
}

const waits = 'setInterval(() => {}, 1000);'

test('the exit code of what was run is the launcher’s', async () => {
  expect((await launch('process.exit(7)', '{}')).code).toBe(7)
})

test('what is run runs on Node 24 or later', async () => {
  expect(Number.parseInt((await launch('console.log(process.versions.node)', '{}')).out, 10)).toBeGreaterThanOrEqual(24)
})

test('a signal reaches what was run, which ends in its own way', async () => {
  const script = `process.on('SIGTERM', () => process.exit(3)); ${waits} console.log('ready')`
  expect((await launch(script, '{}', (signal) => signal('SIGTERM'))).code).toBe(3)
})

test('a program that a signal ended is told by 128 and the signal', async () => {
  expect((await launch(`${waits} console.log('ready')`, '{}', (signal) => signal('SIGINT'))).code).toBe(130)
})

test('what takes too long is stopped with all that it started', async () => {
  // The grandchild holds our pipe: as long as it lives, `launch` does not end. Left alone it would live 8 s.
  const script = `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 8000)'], { stdio: 'inherit' }); ${waits}`
  expect((await launch(script, '{ killAfterMs: 500, group: true }')).code).toBe(124)
}, 5000)
