/** The certificate and key of a TLS port, as files that an operator renews: read, checked, and looked at again now and then. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'

/** Where they are, and the settings that say so. */
export interface TlsFiles {
  cert: string
  key: string
  certSetting: string
  keySetting: string
}

/** What a TLS server is given. */
export interface TlsIdentity {
  cert: Buffer
  key: Buffer
  minVersion: 'TLSv1.2'
  /** Epoch ms: from when to when phones accept it. */
  validFrom: number
  validTo: number
}

/** Reads both. Throws an Error with one sentence when they cannot be used. */
export function readTlsIdentity(files: TlsFiles): TlsIdentity {
  const cert = read(files.certSetting, files.cert)
  const key = read(files.keySetting, files.key)
  const certificate = attempt(() => new X509Certificate(cert))
  if (certificate === undefined) throw new Error(`The file ${files.cert} of ${files.certSetting} holds no certificate in PEM.`)
  const privateKey = attempt(() => createPrivateKey(key))
  if (privateKey === undefined)
    throw new Error(`The file ${files.key} of ${files.keySetting} holds no private key in PEM that can be read without a passphrase.`)
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error(
      `The key in ${files.key} (${files.keySetting}) does not belong to the certificate in ${files.cert} (${files.certSetting}).`,
    )
  const identity = { cert, key, minVersion: 'TLSv1.2' } as const
  try {
    createSecureContext(identity)
  } catch (error) {
    throw new Error(`The certificate in ${files.cert} (${files.certSetting}) cannot be used for TLS (${(error as Error).message}).`)
  }
  return { ...identity, validFrom: Date.parse(certificate.validFrom), validTo: Date.parse(certificate.validTo) }
}

/** Within so many days of its end a certificate is to be renewed. */
const renewWithinDays = 14
const dayMs = 24 * 3600 * 1000

/** What an operator must know of the certificate's time at epoch ms `now`, one sentence; undefined if nothing. It is used all the same. */
export function certificateAge(
  { validFrom, validTo }: Pick<TlsIdentity, 'validFrom' | 'validTo'>,
  file: string,
  now: number,
): string | undefined {
  const on = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  if (now >= validTo)
    return `The certificate in ${file} ran out on ${on(validTo)} UTC: whoever checks it does not connect. Put a new one there.`
  if (now < validFrom)
    return `The certificate in ${file} is not valid before ${on(validFrom)} UTC: until then whoever checks it does not connect.`
  if (now < validTo - renewWithinDays * dayMs) return undefined
  return `The certificate in ${file} runs out on ${on(validTo)} UTC. Put a new one there before; it is taken up without a restart.`
}

/**
 * Looks whether either file is another than at the last look. `changed` gets the new identity, `unusable` the sentence why there is
 * none (once for each state of the files: what is in use stays). Answers the look, to be called every few seconds.
 */
export function watchTlsFiles(files: TlsFiles, changed: (identity: TlsIdentity) => void, unusable: (sentence: string) => void): () => void {
  let seen = stateOf(files)
  return () => {
    const now = stateOf(files)
    if (now === seen) return
    seen = now
    try {
      changed(readTlsIdentity(files))
    } catch (error) {
      unusable((error as Error).message)
    }
  }
}

function stateOf({ cert, key }: TlsFiles): string {
  return [cert, key]
    .map((file) => {
      const stat = attempt(() => statSync(file))
      return stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`
    })
    .join(' ')
}

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Error(`The file ${file} of ${setting} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
