/** One call to the server: JSON in, JSON out, and every way it can fail as one kind of error. */
import type { Problem, ProblemCode } from '#api/problem.ts'
import { noteServerTime } from './clock.ts'

/** `offline`: no answer came at all. */
export type FaultCode = ProblemCode | 'offline'

export class ApiFault extends Error {
  readonly status: number
  readonly code: FaultCode
  /** Seconds until another try is welcome; null if the server did not say. */
  readonly retryAfter: number | null

  constructor(status: number, code: FaultCode, retryAfter: number | null) {
    super(code)
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }
}

interface CallOptions {
  method?: 'GET' | 'POST' | 'DELETE'
  body?: unknown
  /** Milliseconds before the call counts as unanswered. */
  timeout?: number
  signal?: AbortSignal
}

/** The fault that an answer other than 2xx stands for. */
export async function faultOf(response: Response): Promise<ApiFault> {
  const wait = Number(response.headers.get('retry-after'))
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : null
  const problem: Partial<Problem> = await response.json().catch(() => ({}))
  if (response.status === 429) return new ApiFault(429, 'too-many-tries', retryAfter)
  return new ApiFault(response.status, problem.code ?? codeOfStatus(response.status), retryAfter)
}

function codeOfStatus(status: number): ProblemCode {
  if (status === 401) return 'not-signed-in'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  if (status === 503) return 'not-ready'
  return 'internal'
}

/** Calls `/api…`; the caller names the type that the promise in `api/` gives to the path. Throws only ApiFault. */
export async function callApi<T>(path: string, options: CallOptions = {}): Promise<T> {
  const timeout = AbortSignal.timeout(options.timeout ?? 15_000)
  const init: RequestInit = {
    method: options.method ?? 'GET',
    credentials: 'same-origin',
    signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    headers:
      options.body === undefined ? { accept: 'application/json' } : { accept: 'application/json', 'content-type': 'application/json' },
  }
  if (options.body !== undefined) init.body = JSON.stringify(options.body)
  let response: Response
  try {
    response = await fetch(path, init)
  } catch {
    throw new ApiFault(0, 'offline', null)
  }
  noteServerTime(response.headers.get('date'))
  if (!response.ok) throw await faultOf(response)
  if (response.status === 204) return undefined as T
  try {
    return (await response.json()) as T
  } catch {
    throw new ApiFault(response.status, 'internal', null)
  }
}
