/** Passwords of the portal: argon2id in PHC strings (RFC 9106, OWASP's 19 MiB, t=2, p=1), at most two at a time. */
import { type Argon2Parameters, argon2, timingSafeEqual } from 'node:crypto'
import type { Random } from '../runtime/random.ts'

const memory = 19456
const passes = 2
const tagLength = 32
const saltLength = 16
const mostAtATime = 2

/** Takes about 25 ms of CPU, off this thread. */
export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = random.bytes(saltLength)
  const tag = await derive({ message: password, nonce: salt, memory, passes, parallelism: 1, tagLength })
  return `$argon2id$v=19$m=${memory},t=${passes},p=1$${unpadded(salt)}$${unpadded(tag)}`
}

/** False for a hash that is '' or not one of ours; then no less time is taken, so that a name without a password cannot be told. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const stored = parsePhc(hash)
  const { salt, tag, ...cost } = stored ?? nobody
  const derived = await derive({ message: password, nonce: salt, ...cost, tagLength: tag.length })
  return timingSafeEqual(derived, tag) && stored !== undefined
}

interface Stored {
  memory: number
  passes: number
  parallelism: number
  salt: Buffer
  tag: Buffer
}

const nobody: Stored = { memory, passes, parallelism: 1, salt: Buffer.alloc(saltLength), tag: Buffer.alloc(tagLength) }

function parsePhc(hash: string): Stored | undefined {
  const parts = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(hash)
  if (!parts) return undefined
  const [, memoryText, passesText, parallelismText, salt = '', tag = ''] = parts
  return {
    memory: Number(memoryText),
    passes: Number(passesText),
    parallelism: Number(parallelismText),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

let running = 0
const waiting: (() => void)[] = []

/** Each takes 19 MiB and a thread of the pool: a burst of sign-ins queues here instead of starving everything else. */
async function derive(parameters: Argon2Parameters): Promise<Buffer> {
  if (running >= mostAtATime) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag)))
    })
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

/** No O and 0, I, l and 1: a person reads it off a sheet and types it into a phone. */
const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const madeLength = 16

/** A password of 16 unambiguous letters and digits (93 bits). */
export function makePassword(random: Random): string {
  const fair = 256 - (256 % alphabet.length)
  let password = ''
  while (password.length < madeLength) {
    for (const byte of random.bytes(24)) {
      if (byte < fair && password.length < madeLength) password += alphabet[byte % alphabet.length]
    }
  }
  return password
}
