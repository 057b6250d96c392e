/** What the SIP role counted, as Prometheus text. */
import type { SipNumbers } from './role-messages.ts'

/** One metric a thing: `regista_register_outcomes_total{outcome}`, `regista_sip_…_total`, and what is held now. */
export function sipMetricsText(numbers: SipNumbers): string {
  const rows = [
    '# HELP regista_register_outcomes_total How REGISTER requests ended.',
    '# TYPE regista_register_outcomes_total counter',
    ...Object.entries(numbers.outcomes).map(([outcome, count]) => `regista_register_outcomes_total{outcome="${outcome}"} ${count}`),
    '# HELP regista_sip_packets_total What the SIP sockets handed over, by kind.',
    '# TYPE regista_sip_packets_total counter',
    ...Object.entries(numbers.endpoint).map(([kind, count]) => `regista_sip_packets_total{kind="${kind}"} ${count}`),
    '# HELP regista_lines_held Lines with a binding, or one that ended lately.',
    '# TYPE regista_lines_held gauge',
    `regista_lines_held ${numbers.lines}`,
    '# HELP regista_sip_connections Open TCP connections of phones.',
    '# TYPE regista_sip_connections gauge',
    `regista_sip_connections ${numbers.connections}`,
  ]
  return `${rows.join('\n')}\n`
}
