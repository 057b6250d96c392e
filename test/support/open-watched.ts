/** A watcher of a line's registrations that has its first document, without sockets. */
import type { NotifyAnswer } from '../../server/reg-event/subscriptions.ts'
import { openRegEvents } from './open-reg-events.ts'
import { Watcher } from './read-reginfo.ts'

export const watchedLines = [
  { username: '1001', password: 'pw', maxContacts: 10 },
  { username: '1002', password: 'pw' },
  { username: 'closed', password: 'pw', open: false },
]

const ok: NotifyAnswer = { status: 200 }

/** A watcher of line 1001 that has its first document. */
export function openWatched(expires = 600) {
  const opened = openRegEvents(watchedLines)
  const watcher = new Watcher()
  const { toTag = '' } = opened.subscribe({ expires })
  const takeAll = (answer: NotifyAnswer = ok) => opened.answerAll(answer).map(({ notify }) => watcher.take(notify.body))
  takeAll()
  return { ...opened, watcher, toTag, takeAll }
}
