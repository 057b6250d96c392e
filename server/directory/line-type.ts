/** The kinds of line (U種別), and whether a phone signs in to one at all. */
export const lineTypes = [
  'sip-phone',
  'smartphone',
  'softphone',
  'video-phone',
  'sip-phone-campaign',
  'sip-trunk',
  'sip-trunk-2',
  'forward',
  'outbound-forward',
  'from-call',
  'conference',
  'ivr',
  'mobile',
  'other',
] as const
export type LineType = (typeof lineTypes)[number]

const registering: ReadonlySet<LineType> = new Set<LineType>([
  'sip-phone',
  'smartphone',
  'softphone',
  'video-phone',
  'sip-phone-campaign',
  'sip-trunk',
  'sip-trunk-2',
])

/** Whether phones of this type sign in (and so have a sign other than —). */
export function typeRegisters(type: LineType): boolean {
  return registering.has(type)
}

export function isLineType(text: string): text is LineType {
  return (lineTypes as readonly string[]).includes(text)
}
