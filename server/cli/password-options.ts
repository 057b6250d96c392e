/** How passwords are given: on standard input, never as an argument that others see in the list of processes. */
import { Option } from 'commander'
import { whyWeak } from '../directory/line-rules.ts'

export function passwordStdin(): Option {
  return new Option('--password-stdin', 'take the password from standard input (else one is made)')
}

/** Warnings about a portal password that was given. */
export function warnShort(password: string | undefined): string[] {
  return password !== undefined && password.length < 8 ? ['the password is shorter than 8 characters.'] : []
}

/** Warnings about a SIP password that was given. */
export function warnWeak(password: string | undefined, names: readonly string[]): string[] {
  const why = password === undefined ? undefined : whyWeak(password, names)
  return why ? [`the password is ${why}; whoever guesses it can call at the customer's cost.`] : []
}
