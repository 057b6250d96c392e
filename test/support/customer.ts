/** A customer of a program under test: a circle with lines, and what its people see through the API. */
import path from 'node:path'
import type { Line, LineList, LineWithDetail } from '#api/line.ts'
import { waitUntilCaughtUp } from '../../server/cli/control-client.ts'
import type { LineCredentials, NewLine } from '../../server/directory/directory-writer.ts'
import { systemClock } from '../../server/runtime/clock.ts'
import { systemRandom } from '../../server/runtime/random.ts'
import { type OpenedDirectory, openDirectory } from '../../server/storage/sql/open-directory.ts'
import { eventually } from './eventually.ts'
import type { Program } from './open-program.ts'

export const domain = 'sip.localhost'
const operator = { kind: 'operator' } as const

export interface PhoneLogin {
  number: string
  username: string
  password: string
}

export class Customer {
  readonly program: Program
  readonly circle: string
  readonly #opened: OpenedDirectory
  readonly #token: string

  constructor(program: Program, circle: string, opened: OpenedDirectory, token: string) {
    this.program = program
    this.circle = circle
    this.#opened = opened
    this.#token = token
  }

  /** Adds lines; returns when a running program knows them. */
  async addLines(count: number, more: Partial<NewLine> | ((at: number) => Partial<NewLine>) = {}): Promise<PhoneLogin[]> {
    const added: PhoneLogin[] = []
    for (let i = 0; i < count; i++) {
      const { credentials } = await this.#opened.writer.addLine(operator, {
        circle: this.circle,
        type: 'sip-phone',
        ...(typeof more === 'function' ? more(i) : more),
      })
      added.push(withPassword(credentials))
    }
    await waitUntilCaughtUp(this.program.data, this.#opened.directory.latestSeq())
    return added
  }

  async addLine(more: Partial<NewLine> = {}): Promise<PhoneLogin> {
    const [line] = await this.addLines(1, more)
    if (line === undefined) throw new Error('no line was added')
    return line
  }

  /** Request headers of somebody who may see this circle. */
  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#token}` }
  }

  async get<T>(url: string): Promise<T> {
    const answer = await fetch(`${this.program.url}${url}`, { headers: this.headers, signal: AbortSignal.timeout(10_000) })
    if (!answer.ok) throw new Error(`GET ${url}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }

  line(number: string): Promise<LineWithDetail> {
    return this.get(`/api/lines/${encodeURIComponent(number)}`)
  }

  list(query = ''): Promise<LineList> {
    return this.get(`/api/circles/${this.circle}/lines${query}`)
  }

  /** The line as soon as it is as expected; what it last was if it never is. */
  lineWhen(number: string, expected: (line: LineWithDetail) => boolean, withinMs = 3000): Promise<LineWithDetail> {
    return eventually(() => this.line(number), expected, withinMs)
  }

  async close(): Promise<void> {
    await this.#opened.close()
  }
}

/** An account with one circle in the program's data directory, whether it serves or not. The caller closes it. */
export async function openCustomer(program: Program, circle = '0312345678'): Promise<Customer> {
  const opened = await openDirectory({
    data: program.data,
    keyFile: path.join(program.data, 'keys'),
    domain,
    clock: systemClock,
    random: systemRandom,
  })
  const account = `customer-${circle}`
  await opened.writer.addAccount(operator, { login: account, name: account })
  await opened.writer.addCircle(operator, { account, number: circle })
  const { token } = await opened.writer.addToken(operator, { kind: 'account', login: account })
  await waitUntilCaughtUp(program.data, opened.directory.latestSeq())
  return new Customer(program, circle, opened, token)
}

/** The sign and the cause's code, for comparing in one go. */
export function shown(line: Line): { sign: string; cause: string | null } {
  return { sign: line.sign, cause: line.cause?.code ?? null }
}

function withPassword({ number, username, password }: LineCredentials): PhoneLogin {
  if (password === null) throw new Error(`line ${number} has no password`)
  return { number, username, password }
}
