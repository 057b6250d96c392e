/** What the changes of a line's bindings are called in the state machine of a contact (RFC 3680 §4.7.1), and what of them waits to be told. Pure. */
import { hash } from 'node:crypto'
import type { Binding, BindingChange, EndHow } from '../registrar/binding.ts'

export type ContactState = 'active' | 'terminated'
export type ContactEventName = 'registered' | 'refreshed' | 'expired' | 'deactivated' | 'unregistered' | 'rejected'

/** A contact came into a state. */
export interface ContactEvent {
  /** As `contactId` gives it. */
  id: string
  binding: Binding
  state: ContactState
  event: ContactEventName
}

/** Of one line, by the contact's id: the newest of each contact. */
export type PendingEvents = Map<string, ContactEvent>

/** More wait for nobody: then all that is held is told. */
export const mostPending = 40

/** The same for one binding at one address; another where either differs (§5.1: contacts of different URIs differ in their ids). */
export function contactId({ id, uri }: Binding): string {
  return `${id}-${hash('sha256', Buffer.from(uri, 'latin1')).slice(0, 8)}`
}

/** What a change is to those who watch; nothing where a phone only renewed what it had. */
export function contactEvents(change: BindingChange): readonly ContactEvent[] {
  const { binding } = change
  switch (change.kind) {
    case 'added':
      return [active(binding, 'registered')]
    case 'ended':
      return [ended(binding, eventOf(change.how))]
    case 'renewed':
      if (change.before.uri !== binding.uri) return [ended(change.before, 'unregistered'), active(binding, 'registered')]
      return isPlain(change.before, binding) ? [] : [active(binding, 'refreshed')]
  }
}

/** Adds `event` to those that wait; false if they are too many. */
export function addPending(pending: PendingEvents, event: ContactEvent): boolean {
  const before = pending.get(event.id)
  // Who has not heard of a contact yet hears of its beginning, not of what happened to it since.
  const told: ContactEvent = event.event === 'refreshed' && before?.event === 'registered' ? { ...event, event: 'registered' } : event
  pending.set(event.id, told)
  return pending.size <= mostPending
}

function active(binding: Binding, event: ContactEventName): ContactEvent {
  return { id: contactId(binding), binding, state: 'active', event }
}

function ended(binding: Binding, event: ContactEventName): ContactEvent {
  return { id: contactId(binding), binding, state: 'terminated', event }
}

/** `deactivated` asks the phone to come back at once, `rejected` not to come back. */
function eventOf(how: EndHow): ContactEventName {
  switch (how) {
    case 'signed-off':
    case 'replaced':
      return 'unregistered'
    case 'expired':
      return 'expired'
    case 'signed-off-by-portal':
    case 'connection-lost':
      return 'deactivated'
    case 'evicted':
    case 'line-closed':
      return 'rejected'
  }
}

/** The same contact by the same way, for longer. */
function isPlain(before: Binding, now: Binding): boolean {
  return (
    before.echo === now.echo &&
    before.transport === now.transport &&
    before.ip === now.ip &&
    before.port === now.port &&
    before.connection === now.connection &&
    before.path === now.path
  )
}
