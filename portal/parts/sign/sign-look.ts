/** Which shape and tone a line's sign has, and what it is called. */
import type { CauseCode, Line } from '#api/line.ts'
import { isDoubtful } from '../../live/arrange-lines.ts'
import type { Say } from '../../live/spoken-time.ts'

export type SignShape = 'registered' | 'doubt' | 'unregistered' | 'not-needed' | 'ask' | 'asking' | 'no-data'
/** Red is for what needs a person, so a line that somebody switched off is quiet. */
export type SignTone = 'good' | 'warn' | 'bad' | 'quiet' | 'accent'

const wantedCauses: ReadonlySet<CauseCode> = new Set(['disabled', 'cancelled', 'signed-off-by-portal'])

export function signShape(line: Line, asking: boolean): SignShape {
  if (asking || line.state === 'asking') return 'asking'
  if (isDoubtful(line)) return 'doubt'
  return line.sign
}

export function signTone(line: Line, asking: boolean): SignTone {
  const shape = signShape(line, asking)
  switch (shape) {
    case 'registered':
      return 'good'
    case 'doubt':
      return 'warn'
    case 'unregistered':
      return line.state === 'disabled' || (line.cause !== null && wantedCauses.has(line.cause.code)) ? 'quiet' : 'bad'
    case 'ask':
    case 'asking':
      return 'accent'
    case 'not-needed':
    case 'no-data':
      return 'quiet'
  }
}

/** The word beside the shape: 接続中, 接続中(応答なし), 未接続 … */
export function signWord(line: Line, asking: boolean, t: Say): string {
  const shape = signShape(line, asking)
  if (shape !== 'doubt') return t(`sign.${shape}`)
  const named = line.state === 'late' || line.state === 'unreachable' || line.state === 'unstable' ? line.state : 'other'
  return t('sign.withDoubt', { doubt: t(`sign.doubt.${named}`) })
}
