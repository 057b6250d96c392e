/** What was counted of our requests to phones, as rows of Prometheus text. */
import type { QuestionNumbers } from './phone-questions.ts'

export function questionRows({ requests, pings, open, unreachable }: QuestionNumbers): string[] {
  return [
    '# HELP regista_sip_asked_total Requests of ours to phones (OPTIONS, NOTIFY), by what became of them.',
    '# TYPE regista_sip_asked_total counter',
    ...Object.entries(requests).map(([what, count]) => `regista_sip_asked_total{what="${what}"} ${count}`),
    '# HELP regista_sip_asking Requests of ours that are held now.',
    '# TYPE regista_sip_asking gauge',
    `regista_sip_asking ${open}`,
    '# HELP regista_sip_pings_total OPTIONS that ask phones whether they are there, by what became of them.',
    '# TYPE regista_sip_pings_total counter',
    ...Object.entries(pings).map(([what, count]) => `regista_sip_pings_total{what="${what}"} ${count}`),
    '# HELP regista_bindings_unreachable Bindings whose phones have not answered three pings in a row.',
    '# TYPE regista_bindings_unreachable gauge',
    `regista_bindings_unreachable ${unreachable}`,
  ]
}
