/** A disk of a few megabytes, mounted for one test: for what happens when it is full or cannot be written to. */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export class SmallDisk {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Undefined where this user may not mount. */
  static open(megabytes: number): SmallDisk | undefined {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'regista-disk-'))
    if (mount(['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])) return new SmallDisk(folder)
    rmdirSync(folder)
    return undefined
  }

  /** Takes all the room there is. */
  fill(): void {
    const file = openSync(path.join(this.folder, 'filler'), 'w')
    const block = Buffer.alloc(4096)
    try {
      for (;;) writeSync(file, block)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      closeSync(file)
    }
  }

  empty(): void {
    rmSync(path.join(this.folder, 'filler'))
  }

  readOnly(): void {
    if (!mount(['-o', 'remount,ro', this.folder])) throw new Error(`${this.folder} cannot be made read-only`)
  }

  close(): void {
    spawnSync('umount', ['-l', this.folder])
    rmdirSync(this.folder)
  }
}

function mount(words: readonly string[]): boolean {
  return spawnSync('mount', words).status === 0
}
