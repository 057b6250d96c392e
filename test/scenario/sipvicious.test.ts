/** SIPVicious, the scanner that is run against every open SIP port, learns nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Customer, openCustomer, type PhoneLogin } from '../support/customer.ts'
import { runTool } from '../support/debian-tool.ts'
import { describeWith } from '../support/needs.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import { openUdpWire } from '../support/sip-wire.ts'
import { WirePhone } from '../support/wire-phone.ts'

let program: Program
let customer: Customer
let folder: string
/** 1005: signed in. 1010: never used. 1015: strong. */
let lines: PhoneLogin[]

async function open(dropScanners: 'yes' | 'no'): Promise<void> {
  program = await openProgram({ environment: { REGISTA_DROP_SCANNERS: dropScanners } })
  customer = await openCustomer(program)
  folder = mkdtempSync(path.join(os.tmpdir(), 'sipvicious-'))
  lines = []
  for (const number of ['1005', '1010', '1012', '1015']) lines.push(await customer.addLine({ number, strong: number === '1015' }))
  const wire = await openUdpWire(program.sipPort, '127.0.0.50')
  expect((await new WirePhone(wire, lines[0] as PhoneLogin).register()).status).toBe(200)
  wire.close()
}

async function close(): Promise<void> {
  await customer?.close()
  await program?.end()
  rmSync(folder, { recursive: true, force: true })
}

async function run(tool: string, words: readonly string[]): Promise<string> {
  const { text } = await runTool(tool, words, { cwd: folder, withinMs: 40_000 })
  return text
}

const target = () => `udp://127.0.0.1:${program.sipPort}`
const war = (method: string) => run('svwar', ['--force', '-m', method, '-e', '1000-1020', '-t', '0.005', '--maximumtime', '2', target()])

/** Tries passwords on a line, the right one after `wrong` wrong ones. */
function crack(line: PhoneLogin, wrong: number): Promise<string> {
  const file = path.join(folder, line.username)
  writeFileSync(file, `${[...Array.from({ length: wrong }, (_, at) => `wrong${at}`), line.password, 'after'].join('\n')}\n`)
  return run('svcrack', ['-u', line.username, '-d', file, '-t', '0.005', '--maximumtime', '2', target()])
}

async function dropped(): Promise<number> {
  const text = await (await fetch(`${program.url}/metrics`)).text()
  return Number(/regista_sip_packets_total\{kind="scanners"\} (\d+)/.exec(text)?.[1])
}

describeWith(['svmap', 'svwar', 'svcrack'], 'SIPVicious', () => {
  describe('under its own name', () => {
    beforeAll(() => open('yes'))
    afterAll(close)

    test('gets no answer at all', async () => {
      const texts = await Promise.all([run('svmap', ['-p', String(program.sipPort), '127.0.0.1']), crack(lines[0] as PhoneLogin, 2)])
      for (const text of texts) expect(text).not.toMatch(/127\.0\.0\.1|1005/)
      await expect.poll(dropped, { timeout: 5000 }).toBeGreaterThanOrEqual(2)
    })
  })

  describe('where scanners are answered like anybody', () => {
    let scans: Record<string, Promise<string>>

    // The tools wait most of their time: they do so together.
    beforeAll(async () => {
      await open('no')
      scans = {
        svmap: run('svmap', ['-p', String(program.sipPort), '127.0.0.1']),
        REGISTER: war('REGISTER'),
        OPTIONS: war('OPTIONS'),
        INVITE: war('INVITE'),
        within: crack(lines[1] as PhoneLogin, 9),
        beyond: crack(lines[2] as PhoneLogin, 30),
      }
    })
    afterAll(close)

    test('svmap sees that something speaks SIP, not what', async () => {
      const text = await scans.svmap
      expect(text).toContain(`127.0.0.1:${program.sipPort}`)
      expect(text).toContain('unknown')
      expect(text).not.toMatch(/regista|node/i)
    })

    test.each(['REGISTER', 'OPTIONS', 'INVITE'])('svwar finds none of the lines by %s', async (method) => {
      const text = await scans[method]
      expect(text).toMatch(/found nothing/i)
      for (const { number } of lines) expect(text).not.toContain(`${number} `)
    })

    test('svcrack finds a password among the first ten, which shows that it works', async () => {
      expect(await scans.within).toContain(lines[1]?.password)
    })

    test('svcrack does not find a password after the first twenty', async () => {
      expect(await scans.beyond).not.toContain(lines[2]?.password)
      const bans = await program.cli<{ username: string; address: string }[]>(['ban', 'list'])
      expect(bans).toMatchObject([{ username: lines[2]?.username, address: '127.0.0.1' }])
    })
  })
})
