/** The log: one JSON object a line on stderr. A secret is never handed to it. */
import pino from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface Log {
  debug(facts: object, sentence: string): void
  info(facts: object, sentence: string): void
  warn(facts: object, sentence: string): void
  error(facts: object, sentence: string): void
}

/** Opens the log of one part of the program (`sip`, `web`, …). */
export function openLog(part: string, level: LogLevel = 'info'): Log {
  return pino({ level, base: { part } }, pino.destination({ fd: 2, sync: true }))
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
