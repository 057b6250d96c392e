import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeEventReader, type StreamEvent } from './event-reader.ts'
import { retryDelay } from './follow-status.ts'

const stream = ': hello\nid: e-1\n\nevent: line\nid: e-2\ndata: {"a":1}\n\nevent: reset\r\ndata:\r\n\r\ndata: x\ndata: y\n\n'

function readAll(pieces: string[]): { events: StreamEvent[]; places: string[] } {
  const events: StreamEvent[] = []
  const places: string[] = []
  const read = makeEventReader(
    (event) => events.push(event),
    (id) => places.push(id),
  )
  for (const piece of pieces) read(piece)
  return { events, places }
}

describe('the reader of the stream', () => {
  it('reads events, skips comments, and keeps the place that stands with a comment', () => {
    const { events, places } = readAll([stream])
    expect(events).toEqual([
      { name: 'line', data: '{"a":1}', id: 'e-2' },
      { name: 'reset', data: '', id: 'e-2' },
      { name: 'message', data: 'x\ny', id: 'e-2' },
    ])
    expect(places[0]).toBe('e-1')
  })

  it('reads the same wherever the text is cut', () => {
    const whole = readAll([stream]).events
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), stream.length]
        const pieces = places.slice(1).map((end, at) => stream.slice(places[at], end))
        expect(readAll(pieces).events).toEqual(whole)
      }),
    )
  })
})

describe('the wait before a new try', () => {
  it('grows to 15 s and a quarter of chance', () => {
    expect([0, 1, 2, 9, 500].map((attempt) => retryDelay(attempt, 0))).toEqual([500, 1000, 2000, 15_000, 15_000])
    expect(retryDelay(9, 1)).toBe(18_750)
  })
})
