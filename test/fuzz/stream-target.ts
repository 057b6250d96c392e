/** Framing: however the bytes of a stream are cut, the same comes out, and no more is kept than came in. */
import { type Framed, FrameStream } from '../../server/sip/message/frame-stream.ts'
import { HeaderId } from '../../server/sip/message/header-name.ts'
import { limits } from '../../server/sip/message/limits.ts'
import type { SipMessage } from '../../server/sip/message/message.ts'
import { Dice } from './dice.ts'
import { everything } from './seeds.ts'
import { must, type Target } from './target.ts'

const ids = Object.values(HeaderId)

/** Streams carry several messages: the seeds one behind another. */
const seeds = [
  ...everything,
  ...everything.map((one, at) => Buffer.concat([one, Buffer.from('\r\n\r\n'), everything[(at * 7) % everything.length] ?? one])),
]

export function streamTarget(): Target {
  return { name: 'stream', weight: 2, seeds, run: cutAnyhow, reset() {}, another: streamTarget }
}

function cutAnyhow(input: Buffer): void {
  const whole = new FrameStream()
  const once = whole.push(Buffer.from(input)).map(plain)
  must(whole.waiting <= Math.min(input.length, limits.head + limits.message), 'more waits than came')
  // The cuts follow from the input, so that the same input is cut the same way again.
  const dice = new Dice(input.length * 65_537 + (input[input.length >> 1] ?? 0))
  const largest = dice.oneIn(16) ? 1 : Math.max(2, dice.below(input.length))
  const stream = new FrameStream()
  const pieces: string[] = []
  for (let from = 0; from < input.length; ) {
    const to = Math.min(input.length, from + 1 + dice.below(largest))
    const chunk = Buffer.from(input.subarray(from, to))
    for (const framed of stream.push(chunk)) pieces.push(plain(framed))
    // The socket's buffer is used again.
    chunk.fill(0x41)
    from = to
  }
  must(pieces.length === once.length, () => `${once.length} came out at once, ${pieces.length} in pieces`)
  for (let at = 0; at < once.length; at++) must(pieces[at] === once[at], () => `cut otherwise, ${once[at]} is ${pieces[at]}`)
  must(stream.waiting === whole.waiting, 'another number of bytes waits')
}

function plain(framed: Framed): string {
  switch (framed.kind) {
    case 'keepalive':
      return framed.what
    case 'parse-error':
      return `${framed.reason} ${framed.answer} ${framed.close} ${framed.request === undefined ? '' : shape(framed.request)}`
    case 'request':
      return `${framed.method} ${framed.uri} ${framed.cseq} ${shape(framed)}`
    case 'response':
      return `${framed.status} ${framed.reason} ${framed.cseq} ${framed.cseqMethod} ${shape(framed)}`
  }
}

function shape(message: SipMessage): string {
  let out = `${message.text.length}/${message.body}`
  for (const id of ids) if (message.has(id)) out += `|${id}=${message.all(id).join('\n')}`
  return out
}
