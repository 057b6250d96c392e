import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockData } from './data-lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lock-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the lock of a data directory', () => {
  it('is held by one, and free again when released', () => {
    const lock = lockData(folder)
    expect(() => lockData(folder)).toThrow(/^Another server is running on the data directory/)
    lock.release()
    lockData(folder).release()
  })

  it('dies with the process that holds it, even when that is killed', async () => {
    const script = `import { lockData } from ${JSON.stringify(path.join(import.meta.dirname, 'data-lock.ts'))}
      lockData(${JSON.stringify(folder)}); process.stdout.write('held'); process.stdin.resume()`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    expect(() => lockData(folder)).toThrow(expect.objectContaining({ code: 'data-in-use' }))
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('close', resolve))
    lockData(folder).release()
  })
})
