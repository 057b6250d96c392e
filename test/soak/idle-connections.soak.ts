/**
 * Twenty thousand TCP connections that lie idle for three minutes (or as many as the system's limit of open files allows): none is lost,
 * each is served when it speaks, and phones on UDP do not wait. IDLE_CONNECTIONS and IDLE_SECONDS change it.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { mostOpenFiles } from '../../server/runtime/open-files.ts'
import { domain } from '../support/customer.ts'
import { openIdleConnections } from '../support/many-connections.ts'
import { openProgram } from '../support/open-program.ts'
import { openUdpWire } from '../support/sip-wire.ts'

/** What the program and this one need besides. */
const otherFiles = 600
const wanted = Number(process.env.IDLE_CONNECTIONS) || 20_000
const seconds = Number(process.env.IDLE_SECONDS) || 180
const count = Math.min(wanted, mostOpenFiles() - otherFiles)
const mostMs = 100
const mostKilobytesEach = 16

const program = await openProgram()
const red: string[] = []
try {
  if (count < wanted) console.log(`the system allows ${mostOpenFiles()} open files: ${count} connections instead of ${wanted}`)
  const wire = await openUdpWire(program.sipPort)
  const before = residentKilobytes()
  const since = performance.now()
  const idle = await openIdleConnections(count, program.sipPort, options('TCP', 0))
  const opened = (performance.now() - since) / 1000
  const waits: number[] = []
  let lost = 0
  for (const until = performance.now() + seconds * 1000; performance.now() < until; await sleep(50)) {
    const asked = performance.now()
    wire.send(options('UDP', asked))
    if ((await wire.next(1000)) === undefined) lost++
    else waits.push(performance.now() - asked)
  }
  const each = (residentKilobytes() - before) / count
  const p99 = waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? Number.POSITIVE_INFINITY
  let served = 0
  for (let at = 0; at < count; at++) if ((await idle.exchange(at, options('TCP', at))).startsWith('SIP/2.0 200')) served++
  console.log(
    `${count} connections opened in ${opened.toFixed(1)} s and idle for ${seconds} s: ${idle.lost} lost, ${served} served afterwards, ` +
      `${each.toFixed(1)} kB each; phones on UDP beside them: ${waits.length} answers, ${lost} lost, p99 ${p99.toFixed(1)} ms`,
  )
  if (idle.lost > 0 || served < count) red.push(`${count - served} connections were not served`)
  if (each > mostKilobytesEach) red.push(`a connection takes ${each.toFixed(1)} kB`)
  if (p99 > mostMs) red.push(`a phone waited ${p99.toFixed(0)} ms`)
  idle.close()
  wire.close()
} finally {
  await program.end()
}
for (const why of red) console.error(`failed: ${why}`)
if (red.length > 0) process.exitCode = 1

function options(transport: string, id: number): string {
  return (
    `OPTIONS sip:${domain} SIP/2.0\r\nVia: SIP/2.0/${transport} 192.0.2.1;branch=z9hG4bK${transport}${id};rport\r\nFrom: <sip:a@${domain}>;tag=1\r\n` +
    `To: <sip:${domain}>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`
  )
}

function residentKilobytes(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1])
}
