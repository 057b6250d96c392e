/** What each sample phone does all day. Runs on a thread of its own, so that it never takes time from the server's. */

import type { PhoneHabit } from './customers.ts'
import { type Answer, Phone, type PhoneSettings } from './phone.ts'

export interface SamplePhone extends PhoneSettings {
  habit: PhoneHabit
}

const seconds = 1000
const retryAfter = 30 * seconds

/** Runs the phones until the answer is called. */
export function runPhones(phones: readonly SamplePhone[]): () => void {
  const running = phones
    .filter((phone) => phone.habit !== '' && phone.habit !== 'never')
    .map((settings, index) => new Habit(settings, index))
  for (const habit of running) habit.start()
  return () => {
    for (const habit of running) habit.stop()
  }
}

class Habit {
  readonly #phone: Phone
  readonly #settings: SamplePhone
  readonly #index: number
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #signOffs = 0

  constructor(settings: SamplePhone, index: number) {
    this.#settings = settings
    this.#index = index
    this.#phone = new Phone(asSetUp(settings))
  }

  start(): void {
    this.#phone.open().then(
      // Not all in the same instant, as nowhere.
      () => this.#after(200 + this.#index * 60, () => this.#signIn()),
      () => {},
    )
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#phone.close()
  }

  #signIn(): void {
    this.#phone.register().then(
      (answer) => this.#next(answer),
      () => {},
    )
  }

  #next(answer: Answer | undefined): void {
    if (this.#stopped) return
    if (answer?.status !== 200) {
      this.#after(retryAfter, () => this.#signIn())
      return
    }
    switch (this.#settings.habit) {
      case 'steady':
      case 'wrong-password':
      case 'mistyped-name':
        this.#after((answer.granted * seconds) / 2, () => this.#signIn())
        return
      case 'goes-silent':
        this.#after(60 * seconds, () => this.stop())
        return
      case 'on-and-off':
        // The first time soon, so that a newcomer sees it; then seldom enough not to count as unstable.
        this.#after((this.#signOffs++ === 0 ? 60 : 900) * seconds, () => this.#signOff(30 * seconds))
        return
      case 'flapping':
        this.#after(6 * seconds, () => this.#signOff(2 * seconds))
        return
      case 'never':
      case '':
        return
    }
  }

  #signOff(pause: number): void {
    this.#phone.unregister().then(
      () => this.#after(pause, () => this.#signIn()),
      () => {},
    )
  }

  #after(ms: number, work: () => void): void {
    if (!this.#stopped) this.#timer = setTimeout(work, ms)
  }
}

/** The mistakes that people make when they set up a phone. */
function asSetUp(settings: SamplePhone): PhoneSettings {
  switch (settings.habit) {
    case 'wrong-password':
      return { ...settings, password: `${settings.password}x` }
    case 'mistyped-name':
      return { ...settings, username: settings.username.replace(/1(?=\d{3}$)/, 'l') }
    case 'goes-silent':
      return { ...settings, expires: 60 }
    case 'steady':
    case 'on-and-off':
    case 'flapping':
    case 'never':
    case '':
      return settings
  }
}
