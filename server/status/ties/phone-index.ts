/** Finds the lines whose last binding was made by a phone: by its `+sip.instance`, its MAC, its Call-ID or its address and port. */

/** What tells one phone from another, of a contact or of an attempt. `instance` is '' if there is none. */
export interface PhoneMarks {
  ip: string
  port: number
  userAgent: string
  instance: string
  callId: string
}

export class PhoneIndex {
  readonly #lines = new Map<string, number | Set<number>>()
  readonly #keys = new Map<number, readonly string[]>()

  get size(): number {
    return this.#lines.size
  }

  /** The line's last bindings are these. */
  put(lineId: number, phones: readonly PhoneMarks[]): void {
    this.remove(lineId)
    const keys = [...new Set(phones.flatMap(keysOf))]
    if (keys.length === 0) return
    this.#keys.set(lineId, keys)
    for (const key of keys) {
      const held = this.#lines.get(key)
      if (held === undefined) this.#lines.set(key, lineId)
      else if (typeof held === 'number') this.#lines.set(key, new Set([held, lineId]))
      else held.add(lineId)
    }
  }

  remove(lineId: number): void {
    for (const key of this.#keys.get(lineId) ?? []) {
      const held = this.#lines.get(key)
      if (typeof held === 'object' && held.size > 1) held.delete(lineId)
      else this.#lines.delete(key)
    }
    this.#keys.delete(lineId)
  }

  /** Lines last bound by the phone of this instance or MAC; strong enough to tie an attempt to a customer. */
  sameDevice(phone: PhoneMarks): number[] {
    return this.#find(deviceKeysOf(phone))
  }

  sameCallId(phone: PhoneMarks): number[] {
    return this.#find([callKey(phone)])
  }

  sameSource(phone: PhoneMarks): number[] {
    return this.#find([sourceKey(phone)])
  }

  #find(keys: readonly string[]): number[] {
    const found = new Set<number>()
    for (const key of keys) {
      const held = this.#lines.get(key)
      if (typeof held === 'number') found.add(held)
      else for (const lineId of held ?? []) found.add(lineId)
    }
    return [...found]
  }
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
