/** For those who watch over the program: is it ready, and its figures. */

import { Type } from 'typebox'
import { Problem } from '#api/problem.ts'
import { refuse } from '../errors.ts'
import { type Door, forAnyone, type Route } from '../route.ts'

export function health({ sip }: Door): Route {
  return forAnyone({
    summary: 'Whether phones can sign in now',
    answers: { 200: Type.Object({ ready: Type.Boolean() }), 503: Problem },
    async handle({ reply }) {
      const { ready, reason } = sip.ready()
      return ready ? { ready } : refuse(reply, 'not-ready', reason)
    },
  })
}

export function metrics({ metrics, metricsText, streams }: Door): Route {
  return forAnyone({
    summary: 'Figures as Prometheus text',
    answers: { 200: Type.String() },
    async handle({ reply }) {
      metrics.streams.set(streams.count)
      const others = metricsText === undefined ? '' : await metricsText()
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(`${await metrics.text()}${others}`)
    },
  })
}
