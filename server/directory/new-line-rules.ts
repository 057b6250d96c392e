/** What a new line must be, before any store is asked. */
import type { NewLine } from './directory-writer.ts'
import { mayAuthenticateByAddress, whyNotIpAddress, whyNotLineNumber, whyNotSipPassword, whyNotText, whyNotUsername } from './line-rules.ts'
import { DirectoryRefusal } from './refusal.ts'

/** Throws a DirectoryRefusal `wrong-value` with one sentence. */
export function refuseWrongLine(line: NewLine): void {
  const auth = line.auth ?? 'password'
  refuse('The number', line.number === undefined ? undefined : whyNotLineNumber(line.number))
  refuse('The user name', line.username === undefined ? undefined : whyNotUsername(line.username))
  refuse('The password', line.password === undefined ? undefined : whyNotSipPassword(line.password))
  refuse('The IP address', line.ipAddress ? whyNotIpAddress(line.ipAddress) : undefined)
  refuse('A line that authenticates by its address', auth === 'ip' && !line.ipAddress ? 'needs an IP address' : undefined)
  refuse(`A ${line.type} line`, auth === 'ip' && !mayAuthenticateByAddress(line.type) ? 'cannot authenticate by its address' : undefined)
  refuse('The number of contacts', whyNotContacts(line.maxContacts ?? contactsUnlessGiven))
  const texts = [line.name, line.department, line.pickupGroup, ...Object.values(line.inbound ?? {}), ...Object.values(line.outbound ?? {})]
  for (const text of texts) refuse('A name, number or kind', whyNotText(text ?? '', 200))
  refuse('The note', whyNotText(line.note ?? '', 1000))
}

/** Contacts that a line may hold at a time unless it says otherwise. */
export const contactsUnlessGiven = 10

/** The end of a sentence, undefined where it may be so many. */
export function whyNotContacts(count: number): string | undefined {
  return Number.isInteger(count) && count >= 1 && count <= 20 ? undefined : 'must be from 1 to 20'
}

function refuse(what: string, why: string | undefined): void {
  if (why) throw new DirectoryRefusal('wrong-value', `${what} ${why}.`)
}
