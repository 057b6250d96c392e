/** Compiles register-load.c, which makes the load: a generator in JavaScript would be slower than what it measures. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'

/** Path of the program, made in `folder`; or a sentence that says what is missing. */
export function compileLoad(folder: string): { program: string } | { missing: string } {
  const program = path.join(folder, 'register-load')
  const source = path.join(import.meta.dirname, 'register-load.c')
  const made = spawnSync('gcc', ['-O2', '-o', program, source, '-lcrypto'], { encoding: 'utf8' })
  if (made.status === 0) return { program }
  const why = made.error === undefined ? (made.stderr.split('\n')[0] ?? '') : 'gcc is not installed'
  return { missing: `The load program cannot be compiled (apt-get install gcc libc6-dev libssl-dev): ${why}` }
}
