import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import type { Directory, DirectoryChanges } from '../directory/directory.ts'
import { silentLog } from '../runtime/log.ts'
import { followDirectory } from './follow-directory.ts'

function open(changed: (changes: DirectoryChanges) => Promise<void> = async () => {}) {
  const clock = new FakeClock(0)
  const asked: number[] = []
  let newest = 5
  let broken = false
  const seen: number[] = []
  const directory = {
    changesSince(seq: number): DirectoryChanges {
      asked.push(seq)
      if (broken) throw new Error('disk I/O error')
      return { seq: newest, all: false, lineIds: newest > seq ? [newest] : [], circleIds: [] }
    },
  }
  const stop = followDirectory(directory as unknown as Directory, 5, clock, silentLog, async (changes) => {
    seen.push(changes.seq)
    await changed(changes)
  })
  return {
    asked,
    seen,
    stop,
    change: () => void newest++,
    setBroken(now: boolean) {
      broken = now
    },
    /** One look, and what follows from it. */
    async look() {
      clock.advance(200)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

describe('following the directory', () => {
  test('hands over each change once, in order', async () => {
    const world = open()
    await world.look()
    world.change()
    await world.look()
    await world.look()
    world.change()
    await world.look()
    expect(world.seen).toEqual([6, 7])
  })

  test('looks again only when the last change has been taken in', async () => {
    let finish = () => {}
    const world = open(() => new Promise((resolve) => (finish = resolve)))
    world.change()
    await world.look()
    const asked = world.asked.length
    await world.look()
    expect(world.asked).toHaveLength(asked)
    finish()
    await new Promise((resolve) => setImmediate(resolve))
    await world.look()
    expect(world.asked.at(-1)).toBe(6)
  })

  test('goes on after the database could not be read', async () => {
    const world = open()
    world.setBroken(true)
    world.change()
    await world.look()
    expect(world.seen).toEqual([])
    world.setBroken(false)
    await world.look()
    expect(world.seen).toEqual([6])
  })

  test('asks for a change again that could not be taken in', async () => {
    let fails = true
    const world = open(async () => {
      if (fails) throw new Error('no memory')
    })
    world.change()
    await world.look()
    fails = false
    await world.look()
    expect(world.seen).toEqual([6, 6])
  })
})
