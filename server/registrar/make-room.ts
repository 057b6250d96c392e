/**
 * Which bindings give way where a line holds as many as it may. Those that no answer comes from, the oldest first. Where nothing is known
 * of that: what the same phone left behind. A phone that writes another port into each Contact, tells no instance and takes a new
 * Call-ID after every power cut must not lock itself out until its old bindings run out.
 */
import { readUri } from '../sip/message/uri.ts'
import type { Binding } from './binding.ts'
import type { BindingOrigin, WantedContact } from './decide-bindings.ts'

/** `count` of `rest` that may go, oldest first; undefined if so many cannot be found: then none goes. */
export function whoGivesWay(
  rest: readonly Binding[],
  count: number,
  contacts: readonly WantedContact[],
  origin: BindingOrigin,
  isUnreachable: (bindingId: number) => boolean,
): readonly Binding[] | undefined {
  const unreachable = oldestFirst(rest.filter((binding) => isUnreachable(binding.id)))
  if (unreachable.length >= count) return unreachable.slice(0, count)
  const left = rest.filter(
    (binding) => !unreachable.includes(binding) && contacts.some((contact) => isLeftBehind(binding, contact, origin)),
  )
  const going = [...unreachable, ...oldestFirst(left)]
  return going.length < count ? undefined : going.slice(0, count)
}

/** From the same source address, by the same kind of phone, for the same user at the same host, and neither says which device it is. */
function isLeftBehind(binding: Binding, contact: WantedContact, origin: BindingOrigin): boolean {
  return (
    contact.expires > 0 &&
    contact.instance === '' &&
    binding.instance === '' &&
    binding.ip === origin.ip &&
    binding.userAgent === origin.userAgent &&
    placeOf(binding.uri) === placeOf(contact.uri)
  )
}

/** User and host of a contact: what stays the same when only its port is new. */
function placeOf(text: string): string {
  const uri = readUri(text)
  return uri !== undefined && 'host' in uri ? `${uri.user ?? ''}@${uri.host.toLowerCase()}` : text
}

function oldestFirst(bindings: readonly Binding[]): readonly Binding[] {
  return [...bindings].sort((a, b) => a.seenAt - b.seenAt)
}
