/**
 * Programs that look for exchanges to break into, by the name they give themselves. Who hides his name gets no further either
 * (server/registrar/guard); silence towards the honest ones spares both sides the traffic. Hot path: register.bench.ts.
 */

/** Beginnings of User-Agent, in lower case. Testing tools that operators use (sipsak, SIPp) are none of them. */
const scanners = [
  'friendly-scanner',
  'friendly-request',
  'sipvicious',
  'sip-scan',
  'sipscan',
  'sipcli',
  'sundayddr',
  'iwar',
  'vaxsipuseragent',
  'pplsip',
  'siparmyknife',
  'smap ',
  'scanner',
]
/** By the first letter's code in lower case: nearly every phone's name is told from all of them by one look. */
const byFirst: (readonly string[] | undefined)[] = []
for (const name of scanners) byFirst[name.charCodeAt(0)] = [...(byFirst[name.charCodeAt(0)] ?? []), name]

/** Whether a User-Agent is that of a known scanner. */
export function isScanner(userAgent: string): boolean {
  const known = byFirst[userAgent.charCodeAt(0) | 32]
  if (known === undefined) return false
  for (const name of known) if (beginsWith(userAgent, name)) return true
  return false
}

/** `beginning` in lower case; letters of either case count. */
function beginsWith(text: string, beginning: string): boolean {
  if (text.length < beginning.length) return false
  for (let at = 1; at < beginning.length; at++) {
    const code = text.charCodeAt(at)
    const lower = code >= 65 && code <= 90 ? code | 32 : code
    if (lower !== beginning.charCodeAt(at)) return false
  }
  return true
}
