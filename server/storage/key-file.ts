/**
 * The key file: the keys that seal secrets at rest and the keys of SIP nonces. Made on the first start, readable by its owner only,
 * and never inside a database or a backup of one.
 */
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { DirectoryRefusal } from '../directory/refusal.ts'
import type { SecretKey } from '../directory/secret-box.ts'
import type { Random } from '../runtime/random.ts'

export interface NonceKey {
  /** 1–255. */
  id: number
  /** 32 bytes. */
  key: Buffer
  /** Epoch ms from which nonces are made with it. */
  from: number
}

export interface KeyFile {
  /** Oldest first; the last one seals. */
  secrets: SecretKey[]
  /** At most two, oldest first; the last one makes nonces, both are accepted. */
  nonces: NonceKey[]
}

/** How long one nonce key makes nonces, in ms. */
export const nonceKeyLife = 24 * 60 * 60 * 1000

/** Throws a DirectoryRefusal `key-file-unusable`; undefined if there is none yet. */
export function readKeyFile(path: string): KeyFile | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return undefined
    throw new DirectoryRefusal('key-file-unusable', `The key file ${path} cannot be read (${code}); check its rights and REGISTA_KEY_FILE.`)
  }
  const file = parse(text)
  if (!file)
    throw new DirectoryRefusal('key-file-unusable', `The key file ${path} is broken; put back the copy that was kept apart from the data.`)
  return file
}

/** The file's keys, or new ones written to it if there is none. When two processes make it at once, both get the same. */
export function makeKeyFile(path: string, random: Random, now: number): KeyFile {
  const first: KeyFile = { secrets: [{ id: 1, key: random.bytes(32) }], nonces: [{ id: 1, key: random.bytes(32), from: now }] }
  const temporary = writeBeside(path, random, first)
  try {
    linkSync(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(path, error)
  } finally {
    rmSync(temporary, { force: true })
  }
  return readKeyFile(path) ?? first
}

/**
 * The nonce keys for now: when the current one is older than a day, a new one is made, the current one becomes the previous, and
 * the file is written. For the one process that holds the data lock.
 */
export function rotateNonceKeys(path: string, random: Random, now: number): NonceKey[] {
  const file = readKeyFile(path) ?? makeKeyFile(path, random, now)
  const current = file.nonces.at(-1)
  // A key from the future is kept: the machine's clock was set back, and phones hold nonces made with it.
  if (current && now - current.from < nonceKeyLife) return file.nonces
  const next: NonceKey = { id: ((current?.id ?? 0) % 255) + 1, key: random.bytes(32), from: now }
  const nonces = current ? [current, next] : [next]
  const temporary = writeBeside(path, random, { ...file, nonces })
  renameSync(temporary, path)
  return nonces
}

function writeBeside(path: string, random: Random, { secrets, nonces }: KeyFile): string {
  const text = JSON.stringify({
    about: 'Keys of this Regista installation. Whoever has this file and the database can read the SIP passwords.',
    secrets: secrets.map(({ id, key }) => ({ id, key: key.toString('base64') })),
    nonces: nonces.map(({ id, key, from }) => ({ id, key: key.toString('base64'), from })),
  })
  const temporary = `${path}.${random.bytes(6).toString('hex')}`
  try {
    const file = openSync(temporary, 'wx', 0o600)
    writeSync(file, `${text}\n`)
    fsyncSync(file)
    closeSync(file)
  } catch (error) {
    throw unwritable(path, error)
  }
  return temporary
}

function unwritable(path: string, error: unknown): DirectoryRefusal {
  const code = (error as NodeJS.ErrnoException).code
  return new DirectoryRefusal('key-file-unusable', `The key file ${path} cannot be written (${code}); check the rights of its directory.`)
}

function parse(text: string): KeyFile | undefined {
  try {
    const value = JSON.parse(text) as { secrets: { id: number; key: string }[]; nonces: { id: number; key: string; from: number }[] }
    const secrets = value.secrets.map(({ id, key }) => ({ id, key: Buffer.from(key, 'base64') }))
    const nonces = value.nonces.map(({ id, key, from }) => ({ id, key: Buffer.from(key, 'base64'), from }))
    const sound = [...secrets, ...nonces].every(({ id, key }) => Number.isInteger(id) && id >= 1 && id <= 255 && key.length === 32)
    const timed = nonces.every(({ from }) => Number.isFinite(from))
    return sound && timed && secrets.length > 0 ? { secrets, nonces } : undefined
  } catch {
    return undefined
  }
}
