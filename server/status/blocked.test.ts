/** A line whose own phone is held off says so, for as long as the block holds. */
import { describe, expect, test } from 'vitest'
import { monday, sampleAttempt, sampleContact, sampleEntry, sampleWorld } from '../../test/support/line-samples.ts'
import { bind, block, end, fail, type LineBlock, newLineFacts, unblock } from './line-facts.ts'
import { lineStatus, nextChangeAt } from './line-state.ts'

const minute = 60_000
const until = monday + 15 * minute

function sampleBlock(said: Partial<LineBlock> = {}): LineBlock {
  return { banId: 1, from: '203.0.113.10', username: '201', userAgent: 'Phone', count: 20, since: monday, until, home: true, ...said }
}

/** Failed before it was blocked. */
function failingFacts() {
  const facts = newLineFacts()
  fail(facts, sampleAttempt(), 'wrong-password', null, true)
  return facts
}

describe('a line with a block', () => {
  test('is blocked from then until its end, with the evidence, and says when to look again', () => {
    const facts = failingFacts()
    block(facts, sampleBlock())
    const at = monday + minute
    expect(lineStatus(sampleEntry(), facts, sampleWorld({ now: at }))).toEqual({
      sign: 'unregistered',
      state: 'blocked',
      since: monday,
      knownAt: at,
      cause: {
        code: 'blocked',
        count: 20,
        lastAt: new Date(monday).toISOString(),
        evidence: {
          from: '203.0.113.10',
          userAgent: 'Phone',
          sent: '201',
          firstAt: new Date(monday).toISOString(),
          until: new Date(until).toISOString(),
          certainty: 'known',
        },
      },
    })
    expect(nextChangeAt(facts, sampleWorld({ now: at }))).toBe(until)
    expect(lineStatus(sampleEntry(), facts, sampleWorld({ now: until }))).toMatchObject({
      state: 'failing',
      cause: { code: 'wrong-password' },
    })
  })

  test('is not blocked any more when it is lifted', () => {
    const facts = failingFacts()
    block(facts, sampleBlock())
    unblock(facts, 1)
    expect(lineStatus(sampleEntry(), facts, sampleWorld())).toMatchObject({ state: 'failing' })
  })

  test('of a whole address names no user name', () => {
    const facts = newLineFacts()
    block(facts, sampleBlock({ username: '', count: 30 }))
    expect(lineStatus(sampleEntry(), facts, sampleWorld()).cause?.evidence.sent).toBeUndefined()
  })

  test('is disabled first', () => {
    const facts = newLineFacts()
    block(facts, sampleBlock())
    expect(lineStatus(sampleEntry({ disabledAt: monday }), facts, sampleWorld()).cause?.code).toBe('disabled')
  })

  test.each([
    ['its own address', true, 'blocked'],
    ['a stranger’s', false, 'left'],
  ])('that was bound before shows a block of %s: %s, so that it is %s', (_, home, state) => {
    const facts = newLineFacts()
    const contact = sampleContact({ seenAt: monday - minute })
    bind(facts, contact, 0)
    end(facts, monday - 1, 'signed-off', contact)
    block(facts, sampleBlock({ home }))
    expect(lineStatus(sampleEntry(), facts, sampleWorld()).state).toBe(state)
  })

  test('stays ✓ while a phone is signed in', () => {
    const facts = newLineFacts()
    bind(facts, sampleContact(), 0)
    block(facts, sampleBlock())
    expect(lineStatus(sampleEntry(), facts, sampleWorld())).toMatchObject({ sign: 'registered', cause: null })
  })

  test('keeps a few blocks at most, the newest', () => {
    const facts = newLineFacts()
    for (let banId = 1; banId <= 100; banId++) block(facts, sampleBlock({ banId }))
    expect(facts.blocks.map((one) => one.banId)).toEqual([93, 94, 95, 96, 97, 98, 99, 100])
    block(facts, sampleBlock({ banId: 101, since: until, until: until + minute }))
    expect(facts.blocks.map((one) => one.banId)).toEqual([101])
  })
})
