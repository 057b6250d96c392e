import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../../server/runtime/clock.ts'
import { systemRandom } from '../../server/runtime/random.ts'
import { MemorySessions } from '../../server/storage/memory/sessions.ts'
import { hashToken } from '../../server/storage/sql/access-writes.ts'
import { openDirectory } from '../../server/storage/sql/open-directory.ts'
import { directoryContract } from './directory.contract.ts'
import { type ImportUnderTest, lineImportContract } from './line-import.contract.ts'
import { sessionStoreContract } from './session-store.contract.ts'

function newFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'regista-directory-'))
  return { folder, remove: () => rmSync(folder, { recursive: true }) }
}

function openIn(folder: string, clock = systemClock) {
  return openDirectory({ data: folder, keyFile: path.join(folder, 'keys'), domain: 'sip.localhost', clock, random: systemRandom })
}

directoryContract('SQLite', async (clock) => {
  const { folder, remove } = newFolder()
  const opened = await openIn(folder, clock)
  return { ...opened, hashToken, remove: () => opened.close().then(remove) }
})

lineImportContract('SQLite', async () => {
  const { folder, remove } = newFolder()
  const open = async (): Promise<ImportUnderTest> => {
    const opened = await openIn(folder)
    return {
      ...opened,
      breakOff: async () => {
        const script = path.join(import.meta.dirname, '../support/broken-off-import.ts')
        const child = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' })
        if (child.signal !== 'SIGKILL') throw new Error(child.stderr)
        await opened.close()
        return open()
      },
      remove: () => opened.close().then(remove),
    }
  }
  return open()
})

sessionStoreContract('memory', async () => ({ store: new MemorySessions(), remove: async () => {} }))

sessionStoreContract('SQLite', async () => {
  const { folder, remove } = newFolder()
  const opened = await openIn(folder)
  return { store: opened.sessions, remove: () => opened.close().then(remove) }
})
