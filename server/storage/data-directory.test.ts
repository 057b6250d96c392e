import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prepareDataDirectory } from './data-directory.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'regista-data-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a data directory that is missing is made, with those above it, for its owner only', () => {
  const wanted = path.join(folder, 'a', 'b')
  prepareDataDirectory(wanted)
  expect(statSync(wanted).mode & 0o777).toBe(0o700)
})

test('one that is there is left as it is', () => {
  prepareDataDirectory(folder)
  expect(() => prepareDataDirectory(folder)).not.toThrow()
})

test.each([
  ['a file stands in its place', () => path.join(folder, 'file')],
  ['a file stands above it', () => path.join(folder, 'file', 'data')],
  ['the system makes no folders there', () => '/proc/regista/data'],
])('where %s it is refused with a sentence', (_, wanted) => {
  writeFileSync(path.join(folder, 'file'), '')
  expect(() => prepareDataDirectory(wanted())).toThrow(/cannot be written to \(\w+\); check its rights, or set REGISTA_DATA/)
})
