/**
 * Many people looking at the portal, as a process of its own: opens status streams and reads them. Words: the portal's address, how many
 * streams, then `circle=token` pairs that they are shared among. A line on stdin opens all of them, closes them and ends the program:
 * `open` prints {"open":…} when each has its answer; `close` prints what came: {"events":…, "p50":…, "p99":…}, the time from a change of a
 * line's state to its event in ms.
 */
import { Agent, type ClientRequest, get } from 'node:http'
import { createInterface } from 'node:readline'

const [address = '', count = '0', ...pairs] = process.argv.slice(2)
const circles = pairs.map((pair) => pair.split('='))
const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
/** Connections begun at a time. */
const atATime = 50

let requests: ClientRequest[] = []
let events = 0
let delays: number[] = []

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'open') {
    for (let from = 0; from < Number(count); from += atATime) {
      await Promise.all(Array.from({ length: Math.min(atATime, Number(count) - from) }, (_, index) => open(from + index)))
    }
    console.log(JSON.stringify({ open: requests.length }))
  } else if (line === 'close') {
    for (const request of requests) request.destroy()
    delays.sort((a, b) => a - b)
    const at = (share: number) => delays[Math.floor(delays.length * share)] ?? 0
    console.log(JSON.stringify({ events, p50: at(0.5), p99: at(0.99) }))
    requests = []
    delays = []
    events = 0
  }
}

/** Resolves when the server has begun to answer. */
function open(index: number): Promise<void> {
  const [circle = '', token = ''] = circles[index % circles.length] ?? []
  return new Promise((resolve, reject) => {
    const url = `${address}/api/status-stream?circle=${circle}`
    const request = get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`The portal answered a status stream with ${response.statusCode}.`))
      response.setEncoding('utf8').on('data', read)
      // Destroyed by `close`, or the server has ended.
      response.on('error', () => {})
      resolve()
    })
    request.on('error', reject)
    requests.push(request)
  })
}

function read(text: string): void {
  const now = Date.now()
  for (let at = text.indexOf('event: line'); at >= 0; at = text.indexOf('event: line', at + 1)) {
    events++
    const since = /"since":"([^"]+)"/.exec(text.slice(at, at + 2000))?.[1]
    if (since !== undefined) delays.push(now - Date.parse(since))
  }
}
