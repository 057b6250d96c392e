/** The data directory: made if missing, for its owner only. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DirectoryRefusal } from '../directory/refusal.ts'

/** Throws a DirectoryRefusal `data-unusable` if it cannot be made or written to. */
export function prepareDataDirectory(path: string): void {
  try {
    makeFolder(path)
    const trial = join(path, `.writable-${process.pid}`)
    writeFileSync(trial, '')
    rmSync(trial)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new DirectoryRefusal(
      'data-unusable',
      `The data directory ${path} cannot be written to (${code}); check its rights, or set REGISTA_DATA to another one.`,
    )
  }
}

/** Folder by folder: Node's own recursive way never returns where the system denies a folder with ENOENT, as below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}
