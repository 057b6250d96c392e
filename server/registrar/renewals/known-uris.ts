/** The digest-uris that phones of ours send, each with its HA2: phones of one domain all send the same. */
import { digestOfUri } from '../../sip/digest/verify.ts'
import { digestSize } from './proof-in-bytes.ts'

const mostUris = 1024

export class KnownUris {
  /** HA2 by number, 32 characters each. */
  readonly ha2s = new DataView(new ArrayBuffer(mostUris * digestSize))
  readonly #numbers = new Map<string, number>()

  /** The number of a digest-uri in ASCII; -1 if there are too many. */
  numberOf(uri: string): number {
    const known = this.#numbers.get(uri)
    if (known !== undefined) return known
    const number = this.#numbers.size
    if (number === mostUris) return -1
    const ha2 = digestOfUri('MD5', 'REGISTER', uri)
    for (let i = 0; i < digestSize; i++) this.ha2s.setUint8(number * digestSize + i, ha2.charCodeAt(i))
    // A copy: a slice of a message would hold all of it.
    this.#numbers.set(Buffer.from(uri, 'latin1').toString('latin1'), number)
    return number
  }
}
