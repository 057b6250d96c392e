/** Finds the lines whose last binding was made by a phone: by its `+sip.instance`, its MAC, its Call-ID or its address and port. */

/** What tells one phone from another, of a contact or of an attempt. `instance` is '' if there is none. */
export interface PhoneMarks {
  ip: string
  port: number
  userAgent: string
  instance: string
  callId: string
}

/**
 * Held by a small hash of each mark, since there may be a million lines: a line that is found is compared with the marks themselves. The
 * phones given are kept as they are, so they must not change but for their times.
 */
export class PhoneIndex {
  readonly #lines = new Map<number, number | Set<number>>()
  /** By the line's number. Nearly every line has one phone, which then stands without an array. */
  readonly #phones: (PhoneMarks | readonly PhoneMarks[] | undefined)[] = []

  /** Marks held. */
  get size(): number {
    return this.#lines.size
  }

  /** The line's last bindings are these. */
  put(lineId: number, phones: readonly PhoneMarks[]): void {
    this.remove(lineId)
    if (phones.length === 0) return
    const [only] = phones
    this.#phones[lineId] = phones.length === 1 && only !== undefined ? only : phones
    for (const phone of phones) for (const key of keysOf(phone)) this.#add(hashOf(key), lineId)
  }

  remove(lineId: number): void {
    for (const phone of this.#phonesOf(lineId)) for (const key of keysOf(phone)) this.#take(hashOf(key), lineId)
    this.#phones[lineId] = undefined
  }

  /** Lines last bound by the phone of this instance or MAC; strong enough to tie an attempt to a customer. */
  sameDevice(phone: PhoneMarks): number[] {
    return this.#find(deviceKeysOf(phone), deviceKeysOf)
  }

  sameCallId(phone: PhoneMarks): number[] {
    return this.#find([callKey(phone)], (other) => [callKey(other)])
  }

  sameSource(phone: PhoneMarks): number[] {
    return this.#find([sourceKey(phone)], (other) => [sourceKey(other)])
  }

  #phonesOf(lineId: number): readonly PhoneMarks[] {
    const phones = this.#phones[lineId]
    if (phones === undefined) return []
    return 'ip' in phones ? [phones] : phones
  }

  #add(hash: number, lineId: number): void {
    const held = this.#lines.get(hash)
    if (held === undefined) this.#lines.set(hash, lineId)
    else if (typeof held === 'object') held.add(lineId)
    else if (held !== lineId) this.#lines.set(hash, new Set([held, lineId]))
  }

  #take(hash: number, lineId: number): void {
    const held = this.#lines.get(hash)
    if (typeof held === 'object' && held.size > 1) held.delete(lineId)
    else if (held === lineId || typeof held === 'object') this.#lines.delete(hash)
  }

  #find(keys: readonly string[], keysOfOther: (phone: PhoneMarks) => readonly string[]): number[] {
    const found = new Set<number>()
    for (const key of keys) {
      const held = this.#lines.get(hashOf(key))
      for (const lineId of typeof held === 'number' ? [held] : (held ?? [])) {
        if (this.#phonesOf(lineId).some((phone) => keysOfOther(phone).includes(key))) found.add(lineId)
      }
    }
    return [...found]
  }
}

/** A small whole number (FNV-1a); those that many marks share by chance, or by somebody's design, only make a look longer. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >> 2
}

function keysOf(phone: PhoneMarks): string[] {
  const keys = [...deviceKeysOf(phone), sourceKey(phone)]
  if (phone.callId !== '') keys.push(callKey(phone))
  return keys
}

function deviceKeysOf(phone: PhoneMarks): string[] {
  const keys = phone.instance === '' ? [] : [`i${phone.instance}`]
  const mac = macOf(phone.userAgent)
  if (mac !== null) keys.push(`m${mac}`)
  return keys
}

function callKey(phone: PhoneMarks): string {
  return `c${phone.callId}`
}

function sourceKey(phone: PhoneMarks): string {
  return `s${phone.ip} ${phone.port}`
}

/** The hardware address that some phones put into their User-Agent. Twelve digits without a letter may be a date: those count only with separators. */
export function macOf(userAgent: string): string | null {
  const found = /(?:^|[^0-9a-z])((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?=[0-9]*[a-f])[0-9a-f]{12})(?![0-9a-z])/i.exec(userAgent)?.[1]
  return found === undefined ? null : found.replace(/[:-]/g, '').toLowerCase()
}
