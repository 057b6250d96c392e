import { expect, test } from 'vitest'
import { openHttpDoor } from '../../test/support/http-door.ts'
import type { Circle } from '../directory/account.ts'
import type { Directory } from '../directory/directory.ts'
import { openLineCache } from './line-cache.ts'

const operator = { kind: 'operator' } as const

/** The same directory, with the circles read noted, and a reading that can be held up. */
function watched(directory: Directory) {
  const reads: string[] = []
  const gates: Promise<void>[] = []
  const lines: Directory['lines'] = async (scope, number) => {
    reads.push(number)
    const found = await directory.lines(scope, number)
    await gates.shift()
    return found
  }
  const seen: Directory = Object.create(directory, {
    lines: { value: lines },
    lineEntries: { value: directory.lineEntries.bind(directory) },
  })
  return { seen, reads, gates }
}

test('a circle is read once until something in it changes; a new line is found by its id', async () => {
  const door = await openHttpDoor()
  const { seen, reads } = watched(door.directory)
  const cache = openLineCache(seen)
  const [first, second] = (await door.directory.circles(operator)) as [Circle, Circle]
  await Promise.all([cache.of(first), cache.of(first), cache.of(second)])
  await cache.of(first)
  expect(reads).toEqual([first.number, second.number])

  const { line } = await door.addLine(first.number, '05011119999')
  cache.invalidate([line.id], [])
  expect((await cache.of(first)).byId.has(line.id)).toBe(true)
  await cache.of(second)
  expect(reads).toEqual([first.number, second.number, first.number])

  cache.invalidate([], [second.id])
  await cache.of(second)
  expect(reads).toHaveLength(4)
  await door.end()
})

test('what changes while a circle is being read is not missed', async () => {
  const door = await openHttpDoor()
  const { seen, gates } = watched(door.directory)
  const cache = openLineCache(seen)
  const [circle] = (await door.directory.circles(operator)) as [Circle]
  let open = () => {}
  gates.push(new Promise((resolve) => (open = resolve)))
  const early = cache.of(circle)
  await new Promise((resolve) => setImmediate(resolve))
  const { line } = await door.addLine(circle.number, '05011119999')
  cache.invalidate([line.id], [])
  open()
  expect((await early).byId.has(line.id)).toBe(false)
  expect((await cache.of(circle)).byId.has(line.id)).toBe(true)
  await door.end()
})

test('it holds no more lines than it may: the circle asked for longest ago is forgotten', async () => {
  const door = await openHttpDoor()
  const { seen, reads } = watched(door.directory)
  const cache = openLineCache(seen, 6)
  const [first, second, third] = (await door.directory.circles(operator)) as [Circle, Circle, Circle]
  for (const circle of [first, second, first, third]) await cache.of(circle)
  reads.length = 0
  await cache.of(third)
  expect(reads).toEqual([])
  await cache.of(second)
  expect(reads).toEqual([second.number])
  await door.end()
})
