/** A customer whose phone is blocked puts its password right and does not want to wait: the block is lifted on the page. */
import type { Browser } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Customer, openCustomer, type PhoneLogin } from '../support/customer.ts'
import { describeWith } from '../support/needs.ts'
import { barriers, openBrowser, openPage, takePicture } from '../support/open-browser.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'

const circle = '0312345678'
const password = 'a password for the portal'

describeWith(['chromium'], 'a blocked line in the portal', () => {
  let program: Program
  let customer: Customer
  let browser: Browser
  let line: PhoneLogin

  beforeAll(async () => {
    program = await openProgram()
    customer = await openCustomer(program, circle)
    await program.cli(['account', 'set-password', `customer-${circle}`, '--password-stdin'], password)
    line = await customer.addLine({ number: '05012341001', name: '受付' })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await customer?.close()
    await program?.end()
  })

  test('shows the block and ends it after a second look', async () => {
    const phone = await openWirePhone(program, line)
    for (let i = 0; i < 20; i++) await phone.register({}, { password: `wrong ${i}` })
    await customer.lineWhen(line.number, ({ state }) => state === 'blocked')
    const { page, context, complaints } = await openPage(browser, { language: 'ja', width: 1440 })
    await page.goto(`${program.url}/lines/${line.number}`)
    await page.getByLabel('ログインID').fill(`customer-${circle}`)
    await page.getByLabel('パスワード', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'ログイン' }).click()
    await page.getByRole('heading', { name: '一時的に遮断しています' }).waitFor()
    await page.getByRole('button', { name: '遮断を解除' }).click()
    await page.getByText('127.0.0.1 からの遮断を解除しますか').waitFor()
    await takePicture(page, 'lift-block')
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'やめる' }).click()
    expect((await phone.register()).status).toBe(401)
    await page.getByRole('button', { name: '遮断を解除' }).click()
    await page.getByRole('button', { name: '解除する' }).click()
    await page.getByRole('heading', { name: 'パスワードが違います' }).waitFor()
    expect(await page.getByRole('button', { name: '遮断を解除' }).count()).toBe(0)
    expect((await phone.register()).status).toBe(200)
    expect(complaints).toEqual([])
    await context.close()
  })
})
