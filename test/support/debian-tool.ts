/** Runs other people's SIP programs, bounded in time; where they are absent `describeWith` (needs.ts) skips the suite with the reason. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { programPath } from './needs.ts'

export interface ToolEnd {
  code: number
  /** Standard output and error as they came. */
  text: string
}

export interface RunningTool {
  readonly child: ChildProcess
  /** What it has written so far. */
  readonly text: string
  /** Resolves when it has ended. */
  readonly end: Promise<ToolEnd>
  stop(): Promise<ToolEnd>
}

export interface ToolOptions {
  cwd?: string
  withinMs?: number
}

/** Starts a program; after `withinMs` it is killed and its code is -1. */
export function startTool(name: string, words: readonly string[], options: ToolOptions = {}): RunningTool {
  const file = programPath(name)
  if (file === undefined) throw new Error(`${name} is not installed`)
  const child = spawn(file, words, { stdio: ['pipe', 'pipe', 'pipe'], ...(options.cwd !== undefined && { cwd: options.cwd }) })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  const tooLong = setTimeout(kill, options.withinMs ?? 30_000)
  const end = once(child, 'close').then(([code]) => {
    clearTimeout(tooLong)
    process.off('exit', kill)
    return { code: code ?? -1, text }
  })
  return {
    child,
    get text() {
      return text
    },
    end,
    stop() {
      kill()
      return end
    },
  }
}

/** Runs a program to its end. */
export function runTool(name: string, words: readonly string[], options: ToolOptions = {}): Promise<ToolEnd> {
  const tool = startTool(name, words, options)
  tool.child.stdin?.end()
  return tool.end
}
