import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { memoryBindings } from '../../server/storage/memory/bindings.ts'
import { openBindings } from '../../server/storage/sqlite/bindings.ts'
import { bindingStoreContract } from './binding-store.contract.ts'

bindingStoreContract('memory', () => {
  // Memory that outlives its opening stands for a process that goes on.
  const store = memoryBindings()
  return { open: () => store, remove() {} }
})

bindingStoreContract('SQLite', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'regista-bindings-'))
  return { open: () => openBindings(path.join(folder, 'bindings.db')), remove: () => rmSync(folder, { recursive: true }) }
})

bindingStoreContract('SQLite that survives a power cut', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'regista-bindings-'))
  return {
    open: () => openBindings(path.join(folder, 'bindings.db'), { powerSafe: true }),
    remove: () => rmSync(folder, { recursive: true }),
  }
})
