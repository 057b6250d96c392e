/** Where the phones of the lines are, and by what they are known again: kept in step with what each line's contacts are. */
import type { LineRecord } from './line-record.ts'
import { type AddressBook, addressKey, addressKeys } from './ties/address-book.ts'
import type { PhoneIndex } from './ties/phone-index.ts'

export class LinePlaces {
  readonly #addresses: AddressBook
  readonly #phones: PhoneIndex

  constructor(addresses: AddressBook, phones: PhoneIndex) {
    this.#addresses = addresses
    this.#phones = phones
  }

  /** After a line's bindings changed. */
  settle(record: LineRecord, now: number): void {
    const { facts, entry } = record
    const phones = facts.contacts.map((one) => one.fact)
    if (facts.lastEnd !== null && phones.length === 0) phones.push(facts.lastEnd.contact)
    this.#phones.put(record.id, phones)
    if (entry === null) return
    const before = placesOf(record)
    const places = addressKeys(facts.contacts.map((one) => one.fact.ip))
    for (const key of places) if (!before.includes(key)) this.#addresses.count(key, entry.accountId, entry.circleId, 1, now)
    for (const key of before) {
      if (!places.includes(key)) this.#addresses.count(key, entry.accountId, entry.circleId, -1, now)
    }
    record.places = places.length > 1 ? places : (places[0] ?? '')
    const last = facts.lastEnd?.contact
    if (last !== undefined) this.#addresses.count(addressKey(last.ip), entry.accountId, entry.circleId, 0, last.seenAt)
  }

  /** The line is of another circle now, or gone. */
  leave(record: LineRecord, now: number): void {
    const { entry } = record
    if (entry === null) return
    for (const key of placesOf(record)) this.#addresses.count(key, entry.accountId, entry.circleId, -1, now)
    record.places = ''
  }

  /** Other lines of the account that have a binding from this address now; `self` is not counted. */
  neighbours(accountId: number, self: LineRecord | undefined, ip: string): number {
    const key = addressKey(ip)
    return Math.max(0, this.#addresses.connected(accountId, key) - (self !== undefined && placesOf(self).includes(key) ? 1 : 0))
  }
}

function placesOf({ places }: LineRecord): readonly string[] {
  if (typeof places !== 'string') return places
  return places === '' ? [] : [places]
}
