/** Runs a program with the Node that this project is pinned to, whatever Node started us. Plain JavaScript for Node 20 and later. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export const root = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..')

/** Path of the pinned Node, or of our own if that is new enough (24.19); throws one sentence if there is neither. */
export function nodePath() {
  const pinned = path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  if (process.platform === 'linux' && existsSync(pinned)) return pinned
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 19)) return process.execPath
  throw new Error(
    `Regista needs Node 24.19 or later and this is ${process.versions.node}. On Linux (x64, arm64) "npm ci" brings one along; elsewhere install Node 24.`,
  )
}

/**
 * Runs `node ...args` from the project's root and gives its exit code; 128 + the signal's number if a signal ended it.
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string | undefined>, forwardSignals?: boolean, stdio?: import('node:child_process').StdioOptions, cwd?: string, killAfterMs?: number, onStdout?: (text: string) => void, group?: boolean }} [how]
 *   `forwardSignals` (default true): SIGINT, SIGTERM and SIGHUP reach the program and end us only when it has ended.
 *   `killAfterMs`: after that long it gets SIGTERM, 10 s later SIGKILL, and the code is 124.
 */
export function run(args, how = {}) {
  return runProgram(nodePath(), args, how)
}

/** The same for any program. With `group` it and all that it starts are signalled together, so that nothing is left behind. */
export function runProgram(program, args, how = {}) {
  const { env = {}, forwardSignals = true, stdio = 'inherit', cwd = root, killAfterMs, onStdout, group = false } = how
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      stdio: onStdout ? ['inherit', 'pipe', 'inherit'] : stdio,
      env: { ...process.env, ...env },
      detached: group,
    })
    if (onStdout) child.stdout.setEncoding('utf8').on('data', onStdout)
    const signal = (name) => {
      try {
        if (group) process.kill(-child.pid, name)
        else child.kill(name)
      } catch {
        // It ended in between.
      }
    }
    const forwarded = forwardSignals ? ['SIGINT', 'SIGTERM', 'SIGHUP'] : []
    for (const name of forwarded) process.on(name, signal)
    let tooLong = false
    let last
    const kill = killAfterMs
      ? setTimeout(() => {
          tooLong = true
          signal('SIGTERM')
          last = setTimeout(() => signal('SIGKILL'), 10_000)
        }, killAfterMs)
      : undefined
    const finish = () => {
      clearTimeout(kill)
      clearTimeout(last)
      for (const name of forwarded) process.off(name, signal)
    }
    child.on('error', (error) => {
      finish()
      reject(new Error(`${program} could not be started: ${error.message}`))
    })
    child.on('close', (code, name) => {
      finish()
      if (group) signal('SIGKILL')
      resolve(tooLong ? 124 : (code ?? 128 + (name ? os.constants.signals[name] : 0)))
    })
  })
}
