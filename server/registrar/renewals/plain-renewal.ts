/** Renewals that change nothing but numbers: nearly all there are. Hot path: register.bench.ts. */
import type { KnownBinding } from './known-line.ts'

/** Nothing changed but what RenewalRows hold. */
export function isPlain(before: KnownBinding, now: KnownBinding): boolean {
  return (
    before.uri === now.uri &&
    before.ip === now.ip &&
    before.callId === now.callId &&
    before.transport === now.transport &&
    before.userAgent === now.userAgent &&
    before.echo === now.echo &&
    before.instance === now.instance &&
    before.regId === now.regId &&
    before.q === now.q &&
    before.path === now.path
  )
}

/**
 * Makes of `before` what `now` is, if that is the same binding and a plain renewal: to hold another object in its place would make of each
 * renewal one that lives, and to clear those away costs more than all else when there are a million. False: hold `now`.
 */
export function renewInPlace(before: KnownBinding, now: KnownBinding): boolean {
  if (before.id !== now.id || before.port !== now.port || before.connection !== now.connection || !isPlain(before, now)) return false
  before.cseq = now.cseq
  before.expiresAt = now.expiresAt
  before.granted = now.granted
  before.seenAt = now.seenAt
  before.nonceId = now.nonceId
  before.nonceCount = now.nonceCount
  return true
}
