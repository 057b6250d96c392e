/** Which addresses phones reach: IPv4, IPv6, both on one address, several that are named. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { domain } from '../support/customer.ts'
import { openProgram, type Program } from '../support/open-program.ts'

const programs: Program[] = []
afterEach(async () => {
  for (const program of programs.splice(0)) await program.end()
})

async function openAt(host: string): Promise<Program> {
  const program = await openProgram({ environment: { REGISTA_SIP_HOST: host } })
  programs.push(program)
  return program
}

const options = (transport: string) =>
  `OPTIONS sip:${domain} SIP/2.0\r\nVia: SIP/2.0/${transport} phone.invalid;branch=z9hG4bKopt;rport\r\nFrom: <sip:a@${domain}>;tag=1\r\nTo: <sip:${domain}>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`

/** The Via of the answer, and the port it was asked from; undefined when there is none. */
async function askUdp(port: number, address: string): Promise<{ via: string; from: number } | undefined> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  socket.on('error', () => {})
  socket.send(options('UDP'), port, address)
  const answer = await Promise.race([once(socket, 'message'), sleep(2000, undefined)])
  const from = socket.address().port
  socket.close()
  return answer && { via: viaOf(String(answer[0])), from }
}

async function askTcp(port: number, host: string): Promise<{ via: string; from: number } | undefined> {
  const socket = connect({ port, host })
  try {
    await once(socket, 'connect')
    socket.write(options('TCP'))
    const [answer] = await once(socket, 'data')
    return { via: viaOf(String(answer)), from: socket.localPort ?? 0 }
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

function viaOf(answer: string): string {
  return /^Via: (.*)$/m.exec(answer)?.[1] ?? ''
}

const both = { UDP: askUdp, TCP: askTcp }
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))

describe.skipIf(!hasIpv6)(hasIpv6 ? 'addresses' : 'addresses: cannot run, this machine has no IPv6', () => {
  test.each(['::', '0.0.0.0,::', '127.0.0.1,::1'])('on %s phones of both families are answered, each shown as what it is', async (host) => {
    const { sipPort } = await openAt(host)
    for (const [transport, ask] of Object.entries(both)) {
      for (const address of ['127.0.0.1', '::1']) {
        const answer = await ask(sipPort, address)
        expect([transport, address, answer?.via]).toEqual([
          transport,
          address,
          `SIP/2.0/${transport} phone.invalid;branch=z9hG4bKopt;rport=${answer?.from};received=${address}`,
        ])
      }
    }
  })

  test('on one family the other is not served', async () => {
    const { sipPort, said } = await openAt('::1')
    expect(said).toContain(` [::1]:${sipPort} `)
    expect((await askUdp(sipPort, '::1'))?.via).toContain('received=::1')
    expect([await askUdp(sipPort, '127.0.0.1'), await askTcp(sipPort, '127.0.0.1')]).toEqual([undefined, undefined])
  })
})

test('of several IPv4 addresses each answers from itself', async () => {
  const { sipPort } = await openAt('127.0.0.1,127.0.0.2')
  for (const address of ['127.0.0.1', '127.0.0.2']) {
    const socket = createSocket('udp4')
    // Takes datagrams from this address alone.
    socket.connect(sipPort, address)
    await once(socket, 'connect')
    socket.send(options('UDP'))
    const [answer] = await once(socket, 'message')
    expect(String(answer)).toContain('200 OK')
    socket.close()
  }
})
