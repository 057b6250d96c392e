/** Registrars get the same sixty things wrong again and again. Each has a test here that carries its number: `trap 14: …`. */
import path from 'node:path'
import { expect, test } from 'vitest'
import { readTree } from './support/source-tree.ts'

const traps = 60
const root = path.join(import.meta.dirname, '..')

/** Titles of the tests of one source: the strings that test, it and describe are given, and those of their tables. */
function trapsOf(text: string): number[] {
  return [...text.matchAll(/['`][^'`\n]*\btrap \d+\b[^'`\n]*['`]/g)].flatMap(([title]) =>
    [...title.matchAll(/\btrap (\d+)\b/g)].map(([, number]) => Number(number)),
  )
}

test('every trap has a test that carries its number, and no test one that is none', () => {
  const covered = new Set<number>()
  for (const [file, text] of readTree(root, ['server', 'test'])) {
    if (file.endsWith('.test.ts') && file !== 'test/traps.test.ts') for (const trap of trapsOf(text)) covered.add(trap)
  }
  const missing = Array.from({ length: traps }, (_, at) => at + 1).filter((trap) => !covered.has(trap))
  expect(missing).toEqual([])
  expect(Math.max(...covered)).toBeLessThanOrEqual(traps)
})
