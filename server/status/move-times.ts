/** When the machine's clock is set, what is remembered of a line moves along: what was five minutes ago still is. */
import type { ContactFact } from './facts.ts'
import type { LineRecord } from './line-record.ts'
import type { World } from './main-cause.ts'

/** `by` in ms. */
export function moveTimes(record: LineRecord, by: number): void {
  const { facts, shown } = record
  for (const held of facts.contacts) {
    moveContact(held.fact, by)
    if (held.answeredAt !== null) held.answeredAt += by
    if (held.silentSince > 0) held.silentSince += by
  }
  if (facts.boundSince > 0) facts.boundSince += by
  if (facts.lastEnd !== null) {
    facts.lastEnd.at += by
    moveContact(facts.lastEnd.contact, by)
  }
  if (facts.ends.length > 0) facts.ends = facts.ends.map((at) => at + by)
  if (facts.unstableSince > 0) facts.unstableSince += by
  for (const group of facts.failures) {
    group.firstAt += by
    group.lastAt += by
    group.firstSinceEnd += by
  }
  if (facts.blocks.length > 0) facts.blocks = facts.blocks.map((one) => ({ ...one, since: one.since + by, until: one.until + by }))
  if (facts.answer !== null) facts.answer.at += by
  if (shown !== null && shown.since !== null) shown.since += by
  // Infinite while nothing is planned, and stays so.
  record.dueAt += by
}

export function moveWorld(world: World, by: number): World {
  const outages = world.outages.map(({ from, to }) => ({ from: from + by, to: to === null ? null : to + by }))
  return { ...world, now: world.now + by, outages }
}

function moveContact(contact: ContactFact, by: number): void {
  contact.boundAt += by
  contact.seenAt += by
  contact.expiresAt += by
}
