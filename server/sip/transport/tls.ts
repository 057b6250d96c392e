/** SIP over TLS (RFC 3261 §26.3.1, TLS 1.2 and 1.3): as over TCP, behind a handshake. The certificate may change while it runs. */
import { createServer, type Server } from 'node:tls'
import { HandshakeGate, type HandshakeGateNeeds } from './handshake-gate.ts'
import type { StreamNeeds } from './stream-connection.ts'
import { StreamListener } from './stream-listener.ts'
import { openStream } from './tcp.ts'
import type { TlsIdentity } from './tls-identity.ts'

export interface TlsOptions extends StreamNeeds, HandshakeGateNeeds {
  host: string
  port: number
  identity: TlsIdentity
  failed(error: Error): void
}

export class TlsTransport {
  readonly #server: Server
  readonly #listener: StreamListener

  private constructor(server: Server, listener: StreamListener) {
    this.#server = server
    this.#listener = listener
  }

  /** Listens; rejects with the system's error (EADDRINUSE, EACCES). */
  static async open(options: TlsOptions): Promise<TlsTransport> {
    const server = createServer(options.identity)
    const gate = new HandshakeGate(server, options)
    const listener = await StreamListener.open({
      ...options,
      accepted: (socket) => gate.enter(socket, (secured) => openStream('tls', secured, options)),
    })
    return new TlsTransport(server, listener)
  }

  get port(): number {
    return this.#listener.port
  }

  /** From the next handshake on this is the certificate; connections that are open stay. */
  identify(identity: TlsIdentity): void {
    this.#server.setSecureContext(identity)
  }

  close(): Promise<void> {
    return this.#listener.close()
  }
}
