/**
 * What an attempt is counted under: its network and its user name as one keyed 64-bit tag, so that nobody can choose names that
 * push each other out of a table. Hot path: guess-limits.bench.ts.
 */
import { networkWords, readNetwork } from '../../sip/digest/address-network.ts'
import { type SipHashKey, sipHash, sipTag } from '../../sip/digest/siphash.ts'

/** No line's name is longer; of a longer one the beginning counts. */
export const mostName = 64
const words = new Int32Array(2 + mostName / 2)

/** The tag of the last `readGuessKey`; `high` is never 0. */
export const guessKey = { low: 0, high: 0 }

/** Writes the tag of a network and a name into guessKey. The name is taken without regard to case; '' is the network alone. */
export function readGuessKey(key: SipHashKey, ip: string, name: string): void {
  readNetwork(ip)
  words.fill(0)
  words[0] = networkWords[0] as number
  words[1] = networkWords[1] as number
  const folded = name.toLowerCase()
  const length = Math.min(folded.length, mostName)
  for (let at = 0; at < length; at++) {
    const place = 2 + (at >> 1)
    words[place] = (words[place] as number) | (folded.charCodeAt(at) << ((at & 1) << 4))
  }
  sipHash(key, words, 2 + (((length + 3) >> 2) << 1))
  guessKey.low = sipTag.low
  guessKey.high = sipTag.high | 1
}

/** The tag of the last `readGuessKey` as one exact number, for a map's key. */
export function guessKeyNumber(): number {
  return (guessKey.high >>> 11) * 2 ** 32 + (guessKey.low >>> 0)
}
