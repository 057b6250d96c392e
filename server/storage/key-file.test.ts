import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { makeKeyFile, nonceKeyLife, readKeyFile, rotateNonceKeys } from './key-file.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keys-'))
  path = join(directory, 'keys')
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('the key file', () => {
  it('is made once, for its owner only, and read again as it was', () => {
    expect(readKeyFile(path)).toBeUndefined()
    const made = makeKeyFile(path, systemRandom, 1000)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readKeyFile(path)).toEqual(made)
    expect(makeKeyFile(path, systemRandom, 2000)).toEqual(made)
  })

  it('keeps its nonce keys for a day, then makes a new one and keeps the previous', () => {
    const [first] = makeKeyFile(path, systemRandom, 0).nonces
    expect(rotateNonceKeys(path, systemRandom, nonceKeyLife - 1)).toEqual([first])
    const second = rotateNonceKeys(path, systemRandom, nonceKeyLife)
    expect(second).toMatchObject([{ id: 1 }, { id: 2, from: nonceKeyLife }])
    const third = rotateNonceKeys(path, systemRandom, 3 * nonceKeyLife)
    expect(third).toEqual([second[1], expect.objectContaining({ id: 3 })])
    expect(readKeyFile(path)?.nonces).toEqual(third)
    expect(readKeyFile(path)?.secrets).toHaveLength(1)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('numbers nonce keys from 1 to 255 and then from 1 again', () => {
    for (let day = 0; day <= 255; day++) rotateNonceKeys(path, systemRandom, day * nonceKeyLife)
    expect(readKeyFile(path)?.nonces.map(({ id }) => id)).toEqual([255, 1])
  })

  it('keeps its key when the clock of the machine is set back', () => {
    makeKeyFile(path, systemRandom, nonceKeyLife)
    expect(rotateNonceKeys(path, systemRandom, 0)).toHaveLength(1)
  })

  it.each(['', '{}', 'x', '{"secrets":[],"nonces":[]}', '{"secrets":[{"id":1,"key":"AA=="}],"nonces":[]}'])(
    'is refused in one sentence when broken: %j',
    (text) => {
      writeFileSync(path, text)
      expect(() => readKeyFile(path)).toThrow(/^The key file .* is broken; put back the copy/)
    },
  )

  it('is refused in one sentence when half of it was lost', () => {
    makeKeyFile(path, systemRandom, 0)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.slice(0, text.length / 2))
    expect(() => readKeyFile(path)).toThrow('is broken')
  })

  it('is refused in one sentence when its directory is missing', () => {
    expect(() => makeKeyFile(join(directory, 'gone', 'keys'), systemRandom, 0)).toThrow(/cannot be written \(ENOENT\)/)
  })
})
