/** The story behind a sign: title, what is known, what to do, and what the claim rests on. Pure. */
import type { Cause, CauseCode, Evidence, Line } from '#api/line.ts'
import { ago, agoAndExact, exact, type Say, span } from '../../live/spoken-time.ts'
import { fillCause } from '../../words/cause-sentences.ts'
import { causeWordsOf } from '../../words/words.ts'
import { signShape } from '../sign/sign-look.ts'

export interface Story {
  title: string
  known: string[]
  do: string
  /** Empty where the sign claims nothing. */
  basis: string
}

const basisOf: Partial<Record<CauseCode, 'renewal' | 'record' | 'server' | 'asked'>> = {
  disabled: 'record',
  cancelled: 'record',
  'never-connected': 'record',
  'signed-off-by-portal': 'record',
  expired: 'renewal',
  'signed-off': 'renewal',
  unreachable: 'asked',
  unstable: 'renewal',
  'connection-lost': 'renewal',
  'office-offline': 'renewal',
  'nat-mangled': 'renewal',
  replaced: 'renewal',
  'remote-silent': 'asked',
  'server-outage': 'server',
}

/** What a cause rests on, in words. */
function basis(code: CauseCode, evidence: Evidence, t: Say): string {
  if (evidence.certainty === 'inferred') return t(evidence.tie ? `basis.${evidence.tie}` : 'basis.inferred')
  return t(`basis.${basisOf[code] ?? 'attempt'}`)
}

function tellCause(cause: Cause, line: Line, now: number, language: string, t: Say): Story | null {
  const words = causeWordsOf(language, cause.code)
  if (!words) return null
  const { evidence } = cause
  const time = (at: string | undefined | null) => (at ? agoAndExact(at, now, language, t) : undefined)
  const clock = (at: string | undefined) => (at ? exact(at, now, language) : undefined)
  const sentences = fillCause(words, {
    first: clock(evidence.firstAt),
    last: time(cause.lastAt ?? (cause.code === 'disabled' ? line.since : null)),
    times: cause.count > 0 ? t('times', { count: cause.count }) : undefined,
    sent: evidence.sent,
    expected: evidence.expected,
    until: clock(evidence.until),
    by: evidence.by === 'operator' ? t('story.operator') : evidence.by,
    period: evidence.period === undefined ? undefined : span(evidence.period, t),
    neighbours: evidence.neighbours ? String(evidence.neighbours) : undefined,
    transport: evidence.transport?.toUpperCase(),
    outageFrom: clock(evidence.outageFrom),
    outageTo: clock(evidence.outageTo),
  })
  const known = [...sentences.known, ...before(line, now, language, t)]
  return { ...sentences, known, basis: basis(cause.code, evidence, t) }
}

/** What was last known of a line whose sign claims nothing now. */
function before({ lastKnown }: Line, now: number, language: string, t: Say): string[] {
  if (!lastKnown) return []
  return [t('story.wasThen', { time: agoAndExact(lastKnown.at, now, language, t), sign: t(`sign.${lastKnown.sign}`) })]
}

/** Tells the story of a line's sign as it is at `now` (epoch ms). */
export function tellStory(line: Line, asking: boolean, now: number, language: string, t: Say): Story {
  const shape = signShape(line, asking)
  if (line.cause && shape !== 'asking' && shape !== 'not-needed') {
    const told = tellCause(line.cause, line, now, language, t)
    if (told) return told
  }
  const own = line.loginServer === 'main'
  const known = [shape === 'ask' && own ? t('about.ask.own') : t(`about.${shape}.known`, { server: line.loginServer })]
  if (line.since !== null && (shape === 'registered' || shape === 'unregistered')) {
    const time = { relative: ago(line.since, now, t), exact: exact(line.since, now, language) }
    known.push(shape === 'registered' ? t('story.connectedSince', time) : t('story.missingSince', time))
  }
  if (shape === 'registered' && line.knownAt !== null) {
    known.push(t('story.confirmedAt', { time: agoAndExact(line.knownAt, now, language, t) }))
  }
  if (shape === 'ask' || shape === 'no-data') known.push(...before(line, now, language, t))
  return {
    title: shape === 'doubt' ? t(`state.${line.state}`) : t(`about.${shape}.title`),
    known,
    do: shape === 'unregistered' || shape === 'no-data' ? t(`about.${shape}.do`) : '',
    basis: shape === 'registered' || shape === 'doubt' ? t(own ? 'basis.renewal' : 'basis.remote') : '',
  }
}
