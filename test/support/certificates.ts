/** Certificates for tests, made by OpenSSL and signed by nobody but themselves. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { programPath } from './needs.ts'

export interface CertificateFiles {
  cert: string
  key: string
}

export type KeyKind = 'rsa:2048' | 'ec'

/** Makes certificates in a directory of their own, which goes with the process. */
export class CertificateMaker {
  readonly directory = mkdtempSync(path.join(os.tmpdir(), 'regista-certificates-'))

  constructor() {
    process.on('exit', () => rmSync(this.directory, { recursive: true, force: true }))
  }

  /** A certificate for `commonName` and 127.0.0.1, over the files of the same `name` if they are there. */
  make(name: string, commonName = 'sip.localhost', kind: KeyKind = 'ec'): CertificateFiles {
    const files = { cert: path.join(this.directory, `${name}.pem`), key: path.join(this.directory, `${name}.key`) }
    const newKey = kind === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] : [kind]
    const words = ['req', '-x509', '-newkey', ...newKey, '-nodes', '-days', '30', '-subj', `/CN=${commonName}`]
    execFileSync(
      programPath('openssl') ?? 'openssl',
      [...words, '-addext', `subjectAltName=DNS:${commonName},DNS:localhost,IP:127.0.0.1`, '-keyout', files.key, '-out', files.cert],
      { stdio: 'ignore' },
    )
    return files
  }
}
