/** Debian's Chromium, as a person of a customer uses it. Pictures of what was seen go to `test-results/`. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { programPath } from './needs.ts'

/** Without these it looks for hosts outside, which no test may. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const pictures = path.join(import.meta.dirname, '..', '..', 'test-results')

export interface View {
  language: 'ja' | 'en'
  width: number
  dark?: boolean
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: programPath('chromium') ?? '', args: quiet })
}

/** A page of its own (own cookies), and all that it complained of. */
export async function openPage(
  browser: Browser,
  { language, width, dark = false }: View,
): Promise<{ page: Page; context: BrowserContext; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    locale: language === 'ja' ? 'ja-JP' : 'en-US',
    timezoneId: 'Asia/Tokyo',
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // A 401 before anybody is signed in is an answer, not a fault.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text())
  })
  return { page, context, complaints }
}

export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: path.join(pictures, `${name}.png`) })
}

/** What a screen reader's user would stumble over, as axe finds it; empty when nothing. */
export async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => String(target)).join(' | ')}`)
}

/** Whether the page can be moved sideways: on a phone nothing may hang over. */
export function hangsOver(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
}
