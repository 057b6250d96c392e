/** What goes between our threads: any text of a phone comes out of the packing as it went in, and broken bytes are refused, not looped over. */

import { isDeepStrictEqual } from 'node:util'
import { packFacts, unpackFacts } from '../../server/status/fact-codec.ts'
import type { Fact } from '../../server/status/facts.ts'
import { everything } from './seeds.ts'
import { must, type Target } from './target.ts'

export function codecTarget(): Target {
  return { name: 'codec', weight: 1, seeds: everything, run: throughTheCodec, reset() {}, another: codecTarget }
}

function throughTheCodec(input: Buffer): void {
  const facts = factsOf(input)
  const packed = packFacts(facts)
  must(isDeepStrictEqual(unpackFacts(packed), facts), 'facts change on their way between the threads')
  try {
    unpackFacts(new Uint8Array(input))
  } catch (error) {
    must(error instanceof RangeError || error instanceof SyntaxError, () => `broken facts end in ${String(error)}`)
  }
}

/** Facts as the text of a phone may make them. */
function factsOf(input: Buffer): Fact[] {
  const text = input.toString('latin1')
  const number = input.length >= 4 ? input.readUInt32LE(0) : input.length
  const half = text.slice(text.length >> 1)
  const contact = {
    id: number,
    uri: text.slice(0, 512),
    transport: 'udp' as const,
    ip: '192.0.2.1',
    port: number & 65_535,
    userAgent: half.slice(0, 200),
    instance: half.slice(0, 20),
    callId: half,
    boundAt: number,
    seenAt: number * 1000,
    expiresAt: number * 1000 + 1,
    granted: number,
  }
  return [
    { kind: 'renewed', lineId: number, contactId: number * 65_535, seenAt: number * 65_535, granted: number },
    { kind: 'bound', lineId: number, at: number, contact },
    { kind: 'renewed', lineId: number, contactId: number * 1e7, seenAt: number / 7, granted: number },
    { kind: 'ended', lineId: number, at: number, how: 'expired', contact },
  ]
}
