/**
 * Many IPv4 datagrams with one call of the system: recvmmsg and sendmmsg of Linux. Node's own way costs a system call, a buffer and
 * half a dozen objects for each datagram; this one costs a call for up to 64 of them and nothing to collect. Hot path: udp.bench.ts.
 *
 * What the kernel reads and writes lies in one piece of memory, laid out as <sys/socket.h> has it on 64-bit little-endian Linux:
 *
 *     mmsghdr, 64 bytes: 0 pointer to the name, 8 its length, 16 pointer to the iovec, 24 their count, 48 flags, 56 bytes read
 *     iovec, 16 bytes: 0 pointer, 8 length
 *     sockaddr_in, 16 bytes: 0 family, 2 port and 4 address, both big-endian
 */
import { constants, endianness } from 'node:os'
import type koffiModule from 'koffi'

/** Datagrams of one call. */
export const batchSize = 64
/** The longest datagram that goes out in a batch. */
export const longestSent = 4096
const longestRead = 65_536
const headerSize = 64
const vectorSize = 16
const nameSize = 16
/** Keeps the slots from falling on the same lines of the processor's cache. */
const skew = 704

const familyIpv4 = 2
const dontWait = 0x40
const cutOff = 0x20
/** SOCK_DGRAM, non-blocking, closed in child processes. */
const socketKind = 2 | 0o4000 | 0o2000000

interface SystemCalls {
  socket(family: number, kind: number, protocol: number): number
  bind(fd: number, address: Buffer, length: number): number
  close(fd: number): number
  recvmmsg(fd: number, headers: bigint, count: number, flags: number, timeout: null): number
  sendmmsg(fd: number, headers: bigint, count: number, flags: number): number
  errno(): number
  addressOf(memory: Buffer): bigint
}

/** The calls; undefined where the system or the processor is another one, or koffi is not installed: Node's own way serves there. */
export async function loadSystemCalls(): Promise<SystemCalls | undefined> {
  if (process.platform !== 'linux' || endianness() !== 'LE' || (process.arch !== 'x64' && process.arch !== 'arm64')) return undefined
  let koffi: typeof koffiModule
  try {
    koffi = (await import('koffi')).default
  } catch {
    return undefined
  }
  const libc = koffi.load(null)
  return {
    socket: libc.func('int socket(int family, int kind, int protocol)'),
    bind: libc.func('int bind(int fd, void *address, unsigned int length)'),
    close: libc.func('int close(int fd)'),
    recvmmsg: libc.func('int recvmmsg(int fd, void *headers, unsigned int count, int flags, void *timeout)'),
    sendmmsg: libc.func('int sendmmsg(int fd, void *headers, unsigned int count, int flags)'),
    errno: () => koffi.errno(),
    addressOf: (memory) => koffi.address(memory),
  }
}

/** A UDP socket of this address (IPv4) and port, to be handed to Node by its number. Throws with the system's `code`. */
export function bindDatagramSocket(system: SystemCalls, host: string, port: number): number {
  const fd = system.socket(familyIpv4, socketKind, 0)
  if (fd < 0) throw systemError('socket', system.errno())
  const name = Buffer.alloc(nameSize)
  writeName(name, 0, host, port)
  if (system.bind(fd, name, nameSize) === 0) return fd
  const error = systemError('bind', system.errno())
  system.close(fd)
  throw error
}

function systemError(call: string, errno: number): Error {
  const code = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`
  return Object.assign(new Error(`${call} ${code}`), { code, syscall: call })
}

/** The memory of one socket's batches, in both directions. */
export class DatagramBatch {
  /** Holds every datagram; whoever reads one knows where it lies from `start` and `lengthOf`. */
  readonly bytes: Buffer
  readonly #fd: number
  readonly #system: SystemCalls
  readonly #words: Uint32Array
  readonly #in: Slots
  readonly #out: Slots
  #waiting = 0

  constructor(fd: number, system: SystemCalls) {
    const size = batchSize * (2 * (headerSize + vectorSize + nameSize) + longestRead + longestSent + 2 * skew)
    this.bytes = Buffer.from(new ArrayBuffer(size))
    this.#fd = fd
    this.#system = system
    this.#words = new Uint32Array(this.bytes.buffer)
    const address = system.addressOf(this.bytes)
    this.#in = new Slots(this.bytes, address, 0, longestRead)
    this.#out = new Slots(this.bytes, address, this.#in.end, longestSent)
  }

  /** Reads what waits at the socket; answers how many datagrams there are now, from slot 0 on. */
  receive(): number {
    return Math.max(this.#system.recvmmsg(this.#fd, this.#in.address, batchSize, dontWait, null), 0)
  }

  /** Where the datagram of `slot` begins in `bytes`; it stays there until the next `receive`. */
  start(slot: number): number {
    return this.#in.data + slot * this.#in.stride
  }

  /** Its length; -1 for one that was longer than any datagram may be. */
  lengthOf(slot: number): number {
    const at = (this.#in.headers + slot * headerSize) >> 2
    return ((this.#words[at + 12] as number) & cutOff) === 0 ? (this.#words[at + 14] as number) : -1
  }

  portOf(slot: number): number {
    return this.bytes.readUInt16BE(this.#in.names + slot * nameSize + 2)
  }

  /** The sender's address, as the four bytes lie in memory. */
  addressOf(slot: number): number {
    return this.#words[(this.#in.names + slot * nameSize + 4) >> 2] as number
  }

  /** Puts one datagram behind those that wait to be sent, `text` being a character a byte. False if it is too long. */
  add(text: string, ip: string, port: number): boolean {
    if (text.length > longestSent) return false
    if (this.#waiting === batchSize) this.send()
    const slot = this.#waiting++
    const { headers, vectors, names, data, stride } = this.#out
    this.bytes.write(text, data + slot * stride, text.length, 'latin1')
    writeName(this.bytes, names + slot * nameSize, ip, port)
    this.#words[(vectors + slot * vectorSize + 8) >> 2] = text.length
    this.#words[(headers + slot * headerSize + 8) >> 2] = nameSize
    return true
  }

  /** The same with bytes that lie in `from`, to an address as its bytes lie in memory. */
  addBytes(from: Buffer, start: number, end: number, address: number, port: number): boolean {
    const length = end - start
    if (length > longestSent) return false
    if (this.#waiting === batchSize) this.send()
    const slot = this.#waiting++
    const { headers, vectors, names, data, stride } = this.#out
    from.copy(this.bytes, data + slot * stride, start, end)
    const name = (names + slot * nameSize) >> 2
    this.#words[name] = familyIpv4 | ((port >> 8) << 16) | ((port & 255) << 24)
    this.#words[name + 1] = address
    this.#words[(vectors + slot * vectorSize + 8) >> 2] = length
    this.#words[(headers + slot * headerSize + 8) >> 2] = nameSize
    return true
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Sends what waits; answers how many the system refused: a lost datagram is asked for again by the phone. */
  send(): number {
    const count = this.#waiting
    this.#waiting = 0
    let refused = 0
    for (let done = 0; done < count; ) {
      const sent = this.#system.sendmmsg(this.#fd, this.#out.address + BigInt(done * headerSize), count - done, dontWait)
      if (sent > 0) done += sent
      else {
        // The first of the rest cannot be sent (no route, no room): the others may.
        done++
        refused++
      }
    }
    return refused
  }
}

/** `batchSize` slots of one direction: where their parts begin. */
class Slots {
  readonly headers: number
  readonly vectors: number
  readonly names: number
  readonly data: number
  readonly stride: number
  readonly end: number
  readonly address: bigint

  constructor(bytes: Buffer, base: bigint, start: number, longest: number) {
    this.headers = start
    this.vectors = this.headers + batchSize * headerSize
    this.names = this.vectors + batchSize * vectorSize
    this.data = this.names + batchSize * nameSize
    this.stride = longest + skew
    this.end = this.data + batchSize * this.stride
    this.address = base + BigInt(start)
    for (let slot = 0; slot < batchSize; slot++) {
      const header = this.headers + slot * headerSize
      const vector = this.vectors + slot * vectorSize
      bytes.writeBigUInt64LE(base + BigInt(this.names + slot * nameSize), header)
      bytes.writeUInt32LE(nameSize, header + 8)
      bytes.writeBigUInt64LE(base + BigInt(vector), header + 16)
      bytes.writeBigUInt64LE(1n, header + 24)
      bytes.writeBigUInt64LE(base + BigInt(this.data + slot * this.stride), vector)
      bytes.writeBigUInt64LE(BigInt(longest), vector + 8)
    }
  }
}

function writeName(into: Buffer, at: number, ip: string, port: number): void {
  into[at] = familyIpv4
  into[at + 1] = 0
  into[at + 2] = port >> 8
  into[at + 3] = port & 255
  let part = 0
  let to = at + 4
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i)
    if (code === 46) {
      into[to++] = part
      part = 0
    } else part = part * 10 + code - 48
  }
  into[to] = part
}

const namesKept = 8192
const keptAddresses = new Uint32Array(namesKept)
const keptNames: string[] = new Array(namesKept).fill('0.0.0.0')

/** An address in text as its bytes lie in memory. */
export function ipv4Number(text: string): number {
  let value = 0
  let part = 0
  let shift = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 46) {
      value |= part << shift
      shift += 8
      part = 0
    } else part = part * 10 + code - 48
  }
  return (value | (part << shift)) >>> 0
}

/** An address as it lies in memory, as text. The texts of those seen last are kept, so that a busy office costs nothing. */
export function ipv4Text(address: number): string {
  const at = (Math.imul(address, 0x9e3779b1) >>> 19) & (namesKept - 1)
  if (keptAddresses[at] === address) return keptNames[at] as string
  const text = `${address & 255}.${(address >>> 8) & 255}.${(address >>> 16) & 255}.${address >>> 24}`
  keptAddresses[at] = address
  keptNames[at] = text
  return text
}
