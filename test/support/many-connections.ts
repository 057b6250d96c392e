/** Many connections that lie idle, from many loopback addresses as if from many offices. */
import { connect, type Socket } from 'node:net'

const atOnce = 200
/** Addresses 127.1.0.1 … that the connections are spread over. */
const perAddress = 500

export interface IdleConnections {
  readonly open: number
  /** Those that the other side has closed since. */
  readonly lost: number
  /** Sends on the connection with this number, and reads what comes next. */
  exchange(at: number, text: string): Promise<string>
  close(): void
}

/** Opens them and sends `greeting` on each, if there is one. Rejects when one cannot be opened. */
export async function openIdleConnections(count: number, port: number, greeting = ''): Promise<IdleConnections> {
  const sockets: Socket[] = []
  let lost = 0
  let closing = false
  const openOne = (at: number) =>
    new Promise<void>((resolve, reject) => {
      const localAddress = `127.1.${Math.floor(at / perAddress / 250)}.${1 + (Math.floor(at / perAddress) % 250)}`
      const socket = connect({ port, host: '127.0.0.1', localAddress }, () => {
        sockets[at] = socket
        if (greeting === '') resolve()
        else {
          socket.write(greeting)
          socket.once('data', () => resolve())
        }
      })
      socket.on('error', reject)
      socket.on('close', () => {
        if (!closing) lost++
      })
      socket.resume()
    })
  for (let from = 0; from < count; from += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - from) }, (_, i) => openOne(from + i)))
  return {
    get open() {
      return sockets.length - lost
    },
    get lost() {
      return lost
    },
    exchange(at, text) {
      const socket = sockets[at]
      if (socket === undefined) return Promise.reject(new Error(`there is no connection ${at}`))
      return new Promise((resolve) => {
        socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1')))
        socket.write(text)
      })
    },
    close() {
      closing = true
      for (const socket of sockets) socket.destroy()
    },
  }
}
