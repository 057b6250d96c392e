/** Admission put together: what the log and the metrics say of it. */
import type { Log } from '../runtime/log.ts'
import type { Admission, OverloadNews } from '../sip/admission/admission.ts'
import type { OverloadNumbers } from './role-messages.ts'

/** A line when overload begins, and one when it is over. */
export function logOverload(log: Log, news: OverloadNews): void {
  switch (news.kind) {
    case 'began':
      log.warn({}, 'overload: more comes than can be answered, first attempts are turned away')
      return
    case 'ended':
      log.warn({ seconds: Math.round(news.seconds), dropped: news.dropped, refused: news.refused }, 'overload is over')
      return
  }
}

/** What admission counted, for the metrics. */
export function overloadNumbers(admission: Admission | undefined): OverloadNumbers {
  const { waited = 0, ...turnedAway } = admission?.numbers ?? {}
  return { overloaded: admission?.overloaded === true, waiting: admission?.waiting ?? 0, waited, turnedAway }
}
