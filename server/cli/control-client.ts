/** Asks the running server over the control socket in its data directory; without a running server there is nothing to ask. */
import { request } from 'node:http'
import { join } from 'node:path'

/** Path of the Unix socket that the server listens on. */
export function controlSocket(dataDirectory: string): string {
  return join(dataDirectory, 'control.sock')
}

export interface LineStatusAnswer {
  number: string
  sign: string
  state: string
  /** A cause's code. */
  cause: string | null
}

/** How long a verb waits for the server, in ms. */
const longestWait = 1000

/** Returns when the server has followed the directory to `seq`, after one second, or at once if none runs. */
export async function waitUntilCaughtUp(dataDirectory: string, seq: number): Promise<void> {
  await ask(dataDirectory, `/control/caught-up?seq=${seq}`, longestWait)
}

/** What the running server knows of every line (of one circle); undefined if none runs. */
export async function askLineStatus(dataDirectory: string, circle: string | undefined): Promise<LineStatusAnswer[] | undefined> {
  const query = circle === undefined ? '' : `?circle=${encodeURIComponent(circle)}`
  const text = await ask(dataDirectory, `/control/line-status${query}`, 30_000)
  return text === undefined ? undefined : (JSON.parse(text) as LineStatusAnswer[])
}

/** Whether a server runs on the data directory. */
export async function serverRuns(dataDirectory: string): Promise<boolean> {
  return (await ask(dataDirectory, '/control/caught-up?seq=0', longestWait)) !== undefined
}

function ask(dataDirectory: string, path: string, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      { socketPath: controlSocket(dataDirectory), path, agent: false, signal: AbortSignal.timeout(timeout) },
      (answer) => {
        const pieces: Buffer[] = []
        answer.on('data', (piece: Buffer) => pieces.push(piece))
        answer.on('end', () => resolve(answer.statusCode === 200 ? Buffer.concat(pieces).toString() : undefined))
        answer.on('error', () => resolve(undefined))
      },
    )
    asked.on('error', () => resolve(undefined))
    asked.end()
  })
}
