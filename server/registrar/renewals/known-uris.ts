/** The digest-uris that phones of ours send, each with its HA2: phones of one domain nearly all send the same. */
import { digestOfUri } from '../../sip/digest/verify.ts'
import { digestSize } from './proof-in-bytes.ts'

const mostUris = 16_384

export class KnownUris {
  /** HA2 by number, 32 characters each; behind them one for a look. */
  readonly ha2s = new DataView(new ArrayBuffer((mostUris + 1) * digestSize))
  readonly #numbers = new Map<string, number>()
  readonly #texts: (string | undefined)[] = []
  readonly #cards: number[] = []
  readonly #free: number[] = []

  /** The number under which this uri's HA2 stands until the next look. */
  look(uri: string): number {
    this.#write(mostUris, uri)
    return mostUris
  }

  /** The number of a digest-uri in ASCII, for one more card; -1 if there are too many. */
  take(uri: string): number {
    const known = this.#numbers.get(uri)
    const number = known ?? this.#free.pop() ?? this.#texts.length
    if (number === mostUris) return -1
    if (known === undefined) {
      // A copy: a slice of a message would hold all of it.
      const text = Buffer.from(uri, 'latin1').toString('latin1')
      this.#numbers.set(text, number)
      this.#texts[number] = text
      this.#write(number, uri)
    }
    this.#cards[number] = (this.#cards[number] ?? 0) + 1
    return number
  }

  /** A card that had this number is gone. */
  giveBack(number: number): void {
    const left = (this.#cards[number] ?? 0) - 1
    this.#cards[number] = left
    if (left > 0) return
    this.#numbers.delete(this.#texts[number] ?? '')
    this.#texts[number] = undefined
    this.#free.push(number)
  }

  #write(number: number, uri: string): void {
    const ha2 = digestOfUri('MD5', 'REGISTER', uri)
    for (let i = 0; i < digestSize; i++) this.ha2s.setUint8(number * digestSize + i, ha2.charCodeAt(i))
  }
}
