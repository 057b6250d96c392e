/** What the SIP role counted, as Prometheus text. */
import { questionRows } from './question-metrics.ts'
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
    '# HELP regista_sip_connections Open connections of phones.',
    '# TYPE regista_sip_connections gauge',
    ...Object.entries(numbers.connections).map(([transport, count]) => `regista_sip_connections{transport="${transport}"} ${count}`),
    '# HELP regista_bans Addresses, and names from one address, that are blocked now.',
    '# TYPE regista_bans gauge',
    `regista_bans ${numbers.bans}`,
    '# HELP regista_untold_failures_total Failed attempts that were too many to be shown to their owners.',
    '# TYPE regista_untold_failures_total counter',
    `regista_untold_failures_total ${numbers.untoldFailures}`,
    '# HELP regista_sip_turned_away_total Packets turned away in overload, by why: refused ones got 503, the others silence.',
    '# TYPE regista_sip_turned_away_total counter',
    ...Object.entries(numbers.overload.turnedAway).map(([why, count]) => `regista_sip_turned_away_total{why="${why}"} ${count}`),
    '# HELP regista_sip_overloaded Whether packets have been turned away in the last seconds.',
    '# TYPE regista_sip_overloaded gauge',
    `regista_sip_overloaded ${numbers.overload.overloaded ? 1 : 0}`,
    '# HELP regista_sip_waiting First attempts that wait for proven phones to be served.',
    '# TYPE regista_sip_waiting gauge',
    `regista_sip_waiting ${numbers.overload.waiting}`,
    '# HELP regista_sip_waited_total First attempts that waited and were served.',
    '# TYPE regista_sip_waited_total counter',
    `regista_sip_waited_total ${numbers.overload.waited}`,
    ...questionRows(numbers.questions),
    '# HELP regista_reg_subscriptions Phones that watch who is signed in on their line (SUBSCRIBE, Event: reg).',
    '# TYPE regista_reg_subscriptions gauge',
    `regista_reg_subscriptions ${numbers.regEvents.subscriptions}`,
    '# HELP regista_reg_subscribes_total SUBSCRIBE requests for that, by the status of the answer.',
    '# TYPE regista_reg_subscribes_total counter',
    ...Object.entries(numbers.regEvents.subscribes).map(([status, count]) => `regista_reg_subscribes_total{status="${status}"} ${count}`),
    '# HELP regista_reg_notifies_total NOTIFY requests to them, by what became of them; one that failed ended its subscription.',
    '# TYPE regista_reg_notifies_total counter',
    ...Object.entries(numbers.regEvents.notifies).map(([what, count]) => `regista_reg_notifies_total{what="${what}"} ${count}`),
  ]
  return `${rows.join('\n')}\n`
}
