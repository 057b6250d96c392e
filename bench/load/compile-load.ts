/** Compiles the C programs that make the load: a generator in JavaScript would be slower than what it measures. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'

/** Path of register-load, made in `folder`; or a sentence that says what is missing. */
export function compileLoad(folder: string): { program: string } | { missing: string } {
  return compile(folder, 'register-load')
}

/** The same for answer-all, the floor. */
export function compileFloor(folder: string): { program: string } | { missing: string } {
  return compile(folder, 'answer-all')
}

/** The same for flood-load, packets from a million addresses. */
export function compileFlood(folder: string): { program: string } | { missing: string } {
  return compile(folder, 'flood-load')
}

/** The same for avalanche-load, phones that all come back at once. */
export function compileAvalanche(folder: string): { program: string } | { missing: string } {
  return compile(folder, 'avalanche-load')
}

/** The same for tls-load, phones on TLS and secure WebSocket. */
export function compileTlsLoad(folder: string): { program: string } | { missing: string } {
  return compile(folder, 'tls-load')
}

function compile(folder: string, name: string): { program: string } | { missing: string } {
  const program = path.join(folder, name)
  const source = path.join(import.meta.dirname, `${name}.c`)
  const made = spawnSync('gcc', ['-O2', '-o', program, source, '-lssl', '-lcrypto'], { encoding: 'utf8' })
  if (made.status === 0) return { program }
  const why = made.error === undefined ? (made.stderr.split('\n')[0] ?? '') : 'gcc is not installed'
  return { missing: `The load program cannot be compiled (apt-get install gcc libc6-dev libssl-dev): ${why}` }
}
