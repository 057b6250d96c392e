/** A data directory for the server under load, with as many lines as are asked for. */
import path from 'node:path'
import { systemClock } from '../../server/runtime/clock.ts'
import { systemRandom } from '../../server/runtime/random.ts'
import { openDirectory } from '../../server/storage/sql/open-directory.ts'
import { bareImportedLine } from '../../test/support/bare-imported-line.ts'
import { benchDomain } from './servers.ts'

/** A circle of the bench and a key to its part of the API. */
export interface BenchCircle {
  number: string
  token: string
}

const rowsAtATime = 5000

/** Writes `users` lines into a new data directory: user u<N>, password pw<N>, in `circles` circles by turns. */
export async function fillDirectory(data: string, users: number, circles = 1): Promise<BenchCircle[]> {
  const opened = await openDirectory({
    data,
    keyFile: path.join(data, 'keys'),
    domain: benchDomain,
    clock: systemClock,
    random: systemRandom,
  })
  const operator = { kind: 'operator' } as const
  await opened.writer.addAccount(operator, { login: 'bench', name: 'Bench' })
  const made: BenchCircle[] = []
  for (let index = 0; index < circles; index++) {
    const number = `03${String(index + 1).padStart(8, '0')}`
    await opened.writer.addCircle(operator, { account: 'bench', number })
    const { token } = await opened.writer.addToken(operator, { kind: 'circle', number })
    made.push({ number, token })
  }
  const book = opened.lineImport.book(operator)
  const places = made.map(({ number }) => book.circle(number))
  const server = book.loginServer('main')
  if (server === undefined) throw new Error('The data directory has no login server.')
  const run = opened.lineImport.begin(operator, users)
  for (let from = 0; from < users; from += rowsAtATime) {
    run.add(
      Array.from({ length: Math.min(rowsAtATime, users - from) }, (_, index) => {
        const user = from + index
        const place = places[user % circles]
        if (place === undefined) throw new Error('A circle of the bench could not be made.')
        return { ...place, ...bareImportedLine, loginServerId: server.id, number: `${user}`, username: `u${user}`, password: `pw${user}` }
      }),
    )
  }
  run.finish()
  await opened.close()
  return made
}
