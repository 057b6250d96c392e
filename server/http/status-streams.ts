/**
 * The open status streams: hands each change of the board to the streams that may see it. An event is made into text
 * once a circle, however many look on.
 */
import type { ServerResponse } from 'node:http'
import type { Circle, Scope } from '../directory/account.ts'
import type { Directory } from '../directory/directory.ts'
import type { Log } from '../runtime/log.ts'
import type { Timers } from '../runtime/timers.ts'
import type { BoardEvent, StatusBoard } from '../status/status-board.ts'
import { eventFrame, eventId, quietFrame, seqOf } from './event-frames.ts'
import type { CircleLines, LineCache } from './line-cache.ts'
import { countLines, presentCounts, presentLine, presentTime } from './present.ts'
import type { Caller, Sessions } from './session.ts'

/** Bytes that a reader may leave unread before its stream is closed. */
export const mostUnread = 1024 * 1024
/** Changes that are replayed one by one; for more, fetching the list anew is quicker. */
const mostReplayed = 1000
const quietEvery = 15_000
const checkEvery = 5_000
/** Streams one session or token may hold. */
const mostPerCaller = 64

export interface StatusStreams {
  /** Takes over an answer whose head was written. `circle` null: counts of every circle that the caller sees. */
  open(response: ServerResponse, caller: Caller, circle: Circle | null, resumeAt: string | undefined): Promise<void>
  /** Whether this caller holds as many streams as it may. */
  full(caller: Caller): boolean
  /** Ends the streams whose session, token or right is over. */
  checkRights(): Promise<void>
  readonly count: number
  /** Ends all streams. */
  close(): void
}

export interface StreamNeeds {
  board: StatusBoard
  directory: Directory
  cache: LineCache
  callers: Sessions
  timers: Timers
  log: Log
}

interface Stream {
  response: ServerResponse
  caller: Caller
  circle: Circle | null
  /** Circles whose counts it shows, by id; empty when it shows one circle's lines. */
  visible: Map<number, Circle>
  /** Newest event that it was given. */
  seq: number
}

export function openStatusStreams(needs: StreamNeeds): StatusStreams {
  const { board, directory, cache, callers, timers, log } = needs
  const streams = new Set<Stream>()
  const byCircle = new Map<number, Set<Stream>>()
  const overview = new Set<Stream>()
  const waiting = new Map<number, BoardEvent[]>()
  let checking = Promise.resolve()
  /** A look at the rights is asked for and has not begun. */
  let askedAgain = false

  const unfollow = board.follow((event) => {
    if (event.kind === 'outage') return broadcastOutage(event)
    for (const stream of overview) giveCounts(stream, event)
    if (!byCircle.has(event.circleId)) return
    const events = waiting.get(event.circleId)
    if (events !== undefined) events.push(event)
    else {
      waiting.set(event.circleId, [event])
      void handOut(event.circleId)
    }
  })
  const stopQuiet = timers.every(quietEvery, () => {
    for (const stream of streams) write(stream, quietFrame(eventId(board.epoch, stream.seq)))
  })
  const stopChecking = timers.every(checkEvery, () => void checkRights())
  callers.whenClosed((tokenHash) => {
    for (const stream of [...streams]) if (stream.caller.tokenHash === tokenHash) end(stream)
  })

  /** Gives one circle's events to its streams in order; the lines may have to be read in between. */
  async function handOut(circleId: number): Promise<void> {
    const events = waiting.get(circleId) ?? []
    for (let event = events.shift(); event !== undefined; event = events.shift()) {
      const watchers = byCircle.get(circleId)
      const circle = watchers?.values().next().value?.circle
      if (watchers === undefined || circle == null) break
      try {
        const held = await linesFor(circle, event)
        const frames = new Map<Scope['kind'], string>()
        for (const stream of watchers) if (event.seq > stream.seq) give(stream, event, held, frames)
      } catch (error) {
        log.error({ err: error, circleId }, 'A change could not be told to open pages; they fetch their list anew')
        for (const stream of watchers) write(stream, eventFrame(eventId(board.epoch, event.seq), 'reset', {}))
      }
    }
    waiting.delete(circleId)
  }

  /** The circle's lines; read anew when the event is of a line that was not there yet. */
  async function linesFor(circle: Circle, event: BoardEvent): Promise<CircleLines> {
    const held = await cache.of(circle)
    if (event.kind !== 'line' || held.byId.has(event.lineId)) return held
    cache.invalidate([], [circle.id])
    return cache.of(circle)
  }

  function give(stream: Stream, event: BoardEvent, held: CircleLines, frames: Map<Scope['kind'], string>): void {
    const { scope } = stream.caller
    if (scope.kind === 'line') giveOwnLine(stream, event, held, scope.lineId)
    else {
      let frame = frames.get(scope.kind)
      if (frame === undefined) {
        frame = frameOf(event, held, scope.kind)
        frames.set(scope.kind, frame)
      }
      write(stream, frame)
    }
    stream.seq = Math.max(stream.seq, event.seq)
  }

  /** A line's login is told of its line only, and counts only it. */
  function giveOwnLine(stream: Stream, event: BoardEvent, held: CircleLines, lineId: number): void {
    if (event.kind === 'outage') {
      write(stream, outageFrame(event))
      return
    }
    if (event.kind === 'counts' || event.lineId !== lineId) return
    const data = { circle: held.circle.number, counts: countLines(event.kind === 'line' ? [board.status(lineId)] : []) }
    write(stream, frameOf(event, held, 'line') + eventFrame(eventId(board.epoch, event.seq), 'counts', data))
  }

  function frameOf(event: BoardEvent, held: CircleLines, viewer: Scope['kind']): string {
    const id = eventId(board.epoch, event.seq)
    switch (event.kind) {
      case 'line': {
        const line = held.byId.get(event.lineId)
        return line === undefined ? '' : eventFrame(id, 'line', presentLine(line, board.status(line.id), viewer))
      }
      case 'gone':
        return eventFrame(id, 'gone', { number: event.number })
      case 'counts':
        return eventFrame(id, 'counts', { circle: held.circle.number, counts: presentCounts(board.counts(event.circleId)) })
      case 'outage':
        return outageFrame(event)
    }
  }

  function outageFrame(event: BoardEvent & { kind: 'outage' }): string {
    const data = { from: presentTime(event.from), to: event.to === null ? null : presentTime(event.to) }
    return eventFrame(eventId(board.epoch, event.seq), 'outage', data)
  }

  /** An outage concerns every circle; it waits behind the events that are still to be handed out. */
  function broadcastOutage(event: BoardEvent & { kind: 'outage' }): void {
    for (const [circleId, watchers] of byCircle) {
      const events = waiting.get(circleId)
      if (events !== undefined) events.push(event)
      else
        for (const stream of watchers)
          if (event.seq > stream.seq) {
            write(stream, outageFrame(event))
            stream.seq = event.seq
          }
    }
  }

  function giveCounts(stream: Stream, event: BoardEvent): void {
    if (event.kind === 'outage') return
    const circle = stream.visible.get(event.circleId)
    const { scope } = stream.caller
    const own = scope.kind === 'line' && event.kind !== 'counts' && event.lineId === scope.lineId
    if (circle === undefined || (scope.kind === 'line' ? !own : event.kind !== 'counts')) return
    const counts =
      scope.kind === 'line' ? countLines(event.kind === 'line' ? [board.status(scope.lineId)] : []) : presentCounts(board.counts(circle.id))
    write(stream, eventFrame(eventId(board.epoch, event.seq), 'counts', { circle: circle.number, counts }))
    stream.seq = Math.max(stream.seq, event.seq)
  }

  /** What the stream missed since `resumeAt`, each line and count once; `reset` when that is no longer known. */
  function catchUp(stream: Stream, resumeAt: string | undefined, held: CircleLines | null): void {
    const seq = resumeAt === undefined ? board.seq : seqOf(resumeAt, board.epoch)
    const missed = seq === undefined || seq > board.seq ? 'reset' : board.eventsAfter(seq, stream.circle?.id)
    const events = missed === 'reset' ? missed : newestOfEach(missed)
    stream.seq = board.seq
    if (events === 'reset' || events.length > mostReplayed) {
      write(stream, eventFrame(eventId(board.epoch, board.seq), 'reset', {}))
      return
    }
    for (const event of events) {
      if (held === null) giveCounts(stream, event)
      else give(stream, event, held, new Map())
    }
    write(stream, quietFrame(eventId(board.epoch, board.seq)))
  }

  function write(stream: Stream, text: string): void {
    const { response } = stream
    if (text === '' || response.writableEnded || response.destroyed) return
    response.write(text)
    if (response.writableLength <= mostUnread) return
    log.info({ unread: response.writableLength }, 'A page reads too slowly; its stream is closed, and it will fetch its list anew')
    drop(stream)
    response.destroy()
  }

  function end(stream: Stream): void {
    drop(stream)
    stream.response.end()
  }

  function drop(stream: Stream): void {
    streams.delete(stream)
    overview.delete(stream)
    if (stream.circle === null) return
    const watchers = byCircle.get(stream.circle.id)
    watchers?.delete(stream)
    if (watchers?.size === 0) byCircle.delete(stream.circle.id)
  }

  /** One look at a time; who asks during one gets that one's end, and another look after it. */
  function checkRights(): Promise<void> {
    checking = checking.then(askedAgain ? undefined : lookAtRights)
    askedAgain = true
    return checking
  }

  async function lookAtRights(): Promise<void> {
    askedAgain = false
    for (const stream of [...streams]) {
      try {
        if (!(await stillMay(stream))) end(stream)
      } catch (error) {
        log.error({ err: error }, 'The right to an open stream could not be looked up; it is looked up again soon')
      }
    }
  }

  async function stillMay(stream: Stream): Promise<boolean> {
    const { caller, circle } = stream
    if (!(await callers.stillValid(caller))) return false
    if (circle !== null) return (await directory.circle(caller.scope, circle.number))?.id === circle.id
    stream.visible = await visibleCircles(caller.scope)
    return true
  }

  async function visibleCircles(scope: Scope): Promise<Map<number, Circle>> {
    return new Map((await directory.circles(scope)).map((circle) => [circle.id, circle]))
  }

  return {
    async open(response, caller, circle, resumeAt) {
      const visible = circle === null ? await visibleCircles(caller.scope) : new Map<number, Circle>()
      const held = circle === null ? null : await cache.of(circle)
      if (response.destroyed) return
      const stream: Stream = { response, caller, circle, visible, seq: board.seq }
      streams.add(stream)
      if (circle === null) overview.add(stream)
      else byCircle.set(circle.id, (byCircle.get(circle.id) ?? new Set()).add(stream))
      response.on('close', () => drop(stream))
      catchUp(stream, resumeAt, held)
    },
    full(caller) {
      let open = 0
      for (const stream of streams) if (stream.caller.tokenHash === caller.tokenHash) open++
      return open >= mostPerCaller
    },
    checkRights,
    get count() {
      return streams.size
    },
    close() {
      unfollow()
      stopQuiet()
      stopChecking()
      for (const stream of [...streams]) end(stream)
    },
  }
}

/** Of several events of one line, or several counts of one circle, the last says it all. */
function newestOfEach(events: readonly BoardEvent[]): BoardEvent[] {
  const newest = new Map<string, BoardEvent>()
  for (const event of events) {
    const key = event.kind === 'outage' ? 'outage' : event.kind === 'counts' ? `counts ${event.circleId}` : `line ${event.lineId}`
    newest.delete(key)
    newest.set(key, event)
  }
  return [...newest.values()]
}
