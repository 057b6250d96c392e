/** Tests that need other people's programs: where one is absent the suite is skipped and its name says why. */
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { describe } from 'vitest'

/** Where a program lies, undefined if it is not on the path (or among Debian's usual folders). */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin']
  return folders.map((folder) => path.join(folder, name)).find(mayRun)
}

/** Like `describe`, for tests that need these programs (`sipp`, `sipsak`, `baresip`, `chromium`, `kamailio`). */
export function describeWith(programs: readonly string[], title: string, tests: () => void): void {
  const absent = programs.filter((name) => programPath(name) === undefined)
  if (absent.length === 0) describe(title, tests)
  else describe.skip(`${title}: cannot run, ${absent.join(' and ')} not installed`, tests)
}

function mayRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
