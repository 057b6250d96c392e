/** JsSIP in a real browser signs in over WebSocket: from the portal's own page, and from a page that is named and one that is not. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from '@playwright/test'
import { build, type Rolldown } from 'vite'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { CertificateMaker } from '../support/certificates.ts'
import { type Customer, domain, openCustomer, type PhoneLogin, shown } from '../support/customer.ts'
import { describeWith } from '../support/needs.ts'
import { openBrowser } from '../support/open-browser.ts'
import { openProgram, type Program } from '../support/open-program.ts'

/** JsSIP as one script that leaves `JsSIP` behind. */
async function bundleJsSip(): Promise<string> {
  const entry = '\0jssip-for-a-page'
  const [built] = (await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: entry,
        resolveId: (id) => (id === entry ? entry : null),
        load: (id) => (id === entry ? "import JsSIP from 'jssip'\nglobalThis.JsSIP = JsSIP" : null),
      },
    ],
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name: 'bundle' }, rolldownOptions: { input: entry } },
  })) as Rolldown.RolldownOutput[]
  const [chunk] = built?.output ?? []
  if (chunk === undefined) throw new Error('JsSIP was not bundled')
  return chunk.code
}

/** Lets JsSIP in the page sign in; what came of it. */
async function signIn(page: Page, script: string, url: string, { username, password }: PhoneLogin): Promise<string> {
  await page.evaluate(script)
  return page.evaluate(
    ({ url, uri, password }) =>
      new Promise<string>((resolve) => {
        // biome-ignore lint/suspicious/noExplicitAny: the script above left it there
        const { UA, WebSocketInterface } = (globalThis as any).JsSIP
        const ua = new UA({ sockets: [new WebSocketInterface(url)], uri, password, register_expires: 300 })
        ua.on('registered', () => resolve('registered'))
        ua.on('registrationFailed', ({ cause }: { cause: string }) => resolve(cause))
        ua.on('disconnected', () => resolve('disconnected'))
        ua.start()
      }),
    { url, uri: `sip:${username}@${domain}`, password },
  )
}

describeWith(['chromium', 'openssl'], 'a phone in a browser', () => {
  let browser: Browser
  let script: string
  let stranger: Server
  let strangersUrl: string
  const programs: Program[] = []
  const customers: Customer[] = []

  beforeAll(async () => {
    script = await bundleJsSip()
    browser = await openBrowser()
    stranger = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<title>another page</title>'))
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    strangersUrl = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    for (const customer of customers) await customer.close()
    for (const program of programs) await program.end()
    stranger?.close()
    await browser?.close()
  })

  async function open(environment: Record<string, string>): Promise<{ program: Program; customer: Customer }> {
    const program = await openProgram({ environment })
    programs.push(program)
    const customer = await openCustomer(program)
    customers.push(customer)
    return { program, customer }
  }

  async function pageAt(url: string): Promise<Page> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(url)
    return page
  }

  test('signs in on the portal’s port from the portal’s own page, whose policy lets it', async () => {
    const { program, customer } = await open({})
    const line = await customer.addLine()
    const page = await pageAt(`${program.url}/healthz`)
    expect(await signIn(page, script, `${program.url.replace('http', 'ws')}/sip`, line)).toBe('registered')
    const on = await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
    expect(shown(on)).toEqual({ sign: 'registered', cause: null })
    expect(on.detail.contacts).toEqual([expect.objectContaining({ transport: 'ws', uri: expect.stringContaining('.invalid') })])
    // The page is left: the connection closes, and with it what was signed in on it.
    await page.close()
    const off = await customer.lineWhen(line.number, ({ sign }) => sign === 'unregistered', 20_000)
    expect(shown(off)).toEqual({ sign: 'unregistered', cause: 'connection-lost' })
  })

  test('signs in from a page that is named, and not from one that is not', async () => {
    const { program, customer } = await open({ REGISTA_WS_PORT: '0', REGISTA_WS_ORIGINS: strangersUrl })
    const other = await open({ REGISTA_WS_PORT: '0' })
    const page = await pageAt(strangersUrl)
    for (const url of [`ws://127.0.0.1:${program.wsPort}/`, `${program.url.replace('http', 'ws')}/sip`])
      expect(await signIn(page, script, url, await customer.addLine())).toBe('registered')
    for (const url of [`ws://127.0.0.1:${other.program.wsPort}/`, `${other.program.url.replace('http', 'ws')}/sip`])
      expect(await signIn(page, script, url, await other.customer.addLine())).toBe('disconnected')
  })

  test('signs in over secure WebSocket on the portal’s port', async () => {
    const { cert, key } = new CertificateMaker().make('server', 'localhost')
    const { program, customer } = await open({ REGISTA_HTTPS_CERT: cert, REGISTA_HTTPS_KEY: key })
    const page = await pageAt(`${program.url}/healthz`)
    const line = await customer.addLine()
    expect(await signIn(page, script, `${program.url.replace('https', 'wss')}/sip`, line)).toBe('registered')
  })
})
