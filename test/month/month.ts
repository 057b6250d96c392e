/** Days of a whole exchange on a clock that does not wait: phones with habits, people who change things, outages; every sign compared with the truth. */
import { Deadlines } from '../../server/status/deadlines.ts'
import { Dice } from '../fuzz/dice.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { startOfTests } from '../support/open-registrar.ts'
import { Exchange, type SimLine, type Stores } from './exchange.ts'
import { type Habits, SimPhone, type Told } from './phone.ts'
import { Truth } from './truth.ts'

export interface MonthWish {
  lines: number
  days: number
  seed: number
  /** On average; each lasts from seconds to hours. */
  outagesPerDay: number
  open(clock: FakeClock): Stores
  /** Told at the end of every simulated day. */
  dayOver?(report: MonthReport): void
}

export interface MonthReport {
  day: number
  registers: number
  outages: number
  signsCompared: number
  historyCompared: number
  sizes: ReturnType<Exchange['sizes']>
  /** Each with the line and the moment. */
  lies: string[]
}

const linesPerCircle = 10
const compareEverySeconds = 120
const hour = 3600
const day = 24 * hour
const mostLies = 20

interface Seen {
  lineId: number
  at: number
  sign: string
}

const signOfState: Readonly<Record<string, string>> = {
  registered: 'registered',
  late: 'registered',
  unreachable: 'registered',
  unstable: 'registered',
  'no-data': 'no-data',
  expired: 'unregistered',
  left: 'unregistered',
  never: 'unregistered',
  failing: 'unregistered',
  blocked: 'unregistered',
  disabled: 'unregistered',
}

export function simulate(wish: MonthWish): MonthReport {
  return new Month(wish).run()
}

class Month {
  readonly #wish: MonthWish
  readonly #dice: Dice
  readonly #clock = new FakeClock(startOfTests)
  readonly #lines: SimLine[]
  readonly #phones: SimPhone[] = []
  /** Address of each circle's office. */
  readonly #offices: string[] = []
  /** When each phone next acts on its own. */
  readonly #due = new Deadlines()
  readonly #dueAt: number[] = []
  readonly #tries: number[] = []
  readonly #exchange: Exchange
  readonly #truth = new Truth()
  readonly #report: MonthReport = {
    day: 0,
    registers: 0,
    outages: 0,
    signsCompared: 0,
    historyCompared: 0,
    sizes: { timers: 0, lines: 0, waiting: 0 },
    lies: [],
  }
  readonly #seen: Seen[] = []
  #outageUntil = 0
  #wholeProgram = false

  constructor(wish: MonthWish) {
    this.#wish = wish
    this.#dice = new Dice(wish.seed)
    const now = this.#clock.now()
    this.#lines = Array.from({ length: wish.lines }, (_, at) => ({
      id: at + 1,
      circleId: 1 + Math.floor(at / linesPerCircle),
      username: `${2000 + at}`,
      password: `secret-${at}`,
      disabledAt: null,
      createdAt: now - day * 1000,
    }))
    this.#exchange = new Exchange(this.#clock, this.#lines, wish.open)
    for (const line of this.#lines) {
      this.#offices[line.circleId] ??= `203.0.${line.circleId >> 8}.${line.circleId & 255}`
      // One line in twenty never gets a phone; one in ten has two.
      const phones = this.#dice.oneIn(20) ? 0 : this.#dice.oneIn(10) ? 2 : 1
      for (let one = 0; one < phones; one++) this.#addPhone(line)
    }
  }

  run(): MonthReport {
    for (let second = 1; second <= this.#wish.days * day; second++) {
      this.#exchange.second()
      this.#phonesAct()
      this.#peopleAct(second)
      if (second % compareEverySeconds === 0) this.#compare(second)
      if (second % hour === 0) this.#recount()
      if (second % day === 0) this.#endDay(second / day)
      if (this.#report.lies.length >= mostLies) break
    }
    return this.#report
  }

  #addPhone(line: SimLine): void {
    const dice = this.#dice
    const habits: Habits = {
      expires: dice.oneIn(20) ? dice.pick([30, 120, 300]) : dice.pick([600, 1800, 3600, 3600, 7200]),
      share: dice.pick([0.5, 0.9]),
      instance: dice.oneIn(2),
      night: dice.oneIn(8),
      reboots: 4 * day,
      wanders: dice.pick([2 * hour, 30 * day]),
      powerCuts: 10 * day,
      flaps: dice.oneIn(30) ? 3 * day : 1000 * day,
    }
    const phone = new SimPhone(line, this.#phones.length, habits, this.#offices[line.circleId] ?? '', dice)
    this.#phones.push(phone)
    this.#tries.push(0)
    this.#plan(phone, dice.below(600))
  }

  #plan(phone: SimPhone, seconds: number): void {
    const at = this.#clock.now() + Math.max(1, Math.floor(seconds)) * 1000
    this.#dueAt[phone.index] = at
    this.#due.add(at, phone.index)
  }

  #phonesAct(): void {
    for (;;) {
      const due = this.#due.takeDue(this.#clock.now())
      if (due === null) return
      const phone = this.#phones[due.lineId]
      if (phone !== undefined && this.#dueAt[phone.index] === due.at) this.#act(phone)
    }
  }

  /** A phone's time has come: it comes back, goes, or renews. */
  #act(phone: SimPhone): void {
    const dice = this.#dice
    const { habits } = phone
    const now = this.#clock.now()
    const within = (mean: number) => dice.next() / 2 ** 32 < (habits.expires * habits.share) / mean
    if (!phone.on) {
      phone.on = true
      phone.reboot()
    } else if (phone.flapsUntil > now) {
      this.#signOff(phone, 60 + dice.below(240))
      return
    } else if (habits.night && hourOf(now) >= 20) {
      this.#signOff(phone, 11 * hour + dice.below(2 * hour))
      return
    } else if (within(habits.powerCuts)) {
      phone.on = false
      this.#plan(phone, 600 + dice.below(12 * hour))
      return
    } else if (within(habits.reboots)) phone.reboot()
    else if (within(habits.flaps)) phone.flapsUntil = now + hour * 1000
    else if (within(habits.wanders)) phone.move()
    const told = phone.register(this.#exchange)
    this.#report.registers++
    this.#plan(phone, this.#heard(phone, told, now))
  }

  /** What the phone was told, as the model must know it; answers the seconds until the phone acts again. */
  #heard(phone: SimPhone, told: Told, now: number): number {
    const { habits, line } = phone
    switch (told.kind) {
      case 'bound':
        this.#tries[phone.index] = 0
        this.#truth.bound(line.id, phone.identity, placeOf(phone), now, told.granted)
        return phone.flapsUntil > now ? 60 + this.#dice.below(120) : told.granted * habits.share
      case 'nobody':
        return this.#backOff(phone)
      case 'refused':
        if (told.why === 'wrong-password') this.#truth.refused(line.id, placeOf(phone), now)
        else if (told.why !== 'line-closed') this.#lie(line.id, `refused a right request: ${told.why}`)
        return 120 + this.#dice.below(600)
      case 'signed-off':
        return 60
    }
  }

  /** Signs off, and comes back after so many seconds. */
  #signOff(phone: SimPhone, seconds: number): void {
    const told = phone.register(this.#exchange, 0)
    this.#report.registers++
    if (told.kind === 'signed-off') this.#truth.signedOff(phone.line.id, phone.identity, this.#clock.now())
    if (told.kind === 'refused' && told.why === 'wrong-password') this.#truth.refused(phone.line.id, placeOf(phone), this.#clock.now())
    phone.on = false
    this.#plan(phone, seconds)
  }

  #backOff(phone: SimPhone): number {
    const tries = Math.min(5, (this.#tries[phone.index] ?? 0) + 1)
    this.#tries[phone.index] = tries
    return 15 * 2 ** tries * (0.5 + this.#dice.next() / 2 ** 33)
  }

  /** What people and machines do that no phone knows of. */
  #peopleAct(second: number): void {
    const dice = this.#dice
    const now = this.#clock.now()
    if (this.#outageUntil > 0 && now >= this.#outageUntil) this.#endOutage()
    if (second % 60 !== 0 || this.#outageUntil > 0) return
    const line = dice.pick(this.#lines)
    if (dice.oneIn(Math.ceil((24 * 60) / this.#wish.outagesPerDay))) this.#beginOutage()
    else if (dice.oneIn(180)) {
      // A new password, which the phone learns hours later.
      line.password = `secret-${line.id}-${second}`
      this.#exchange.changed(line)
    } else if (dice.oneIn(60)) {
      for (const phone of this.#phones) if (dice.oneIn(3)) phone.password = phone.line.password
    } else if (dice.oneIn(240)) {
      line.disabledAt = line.disabledAt === null ? now : null
      this.#exchange.changed(line)
      this.#truth.disabled(line.id, line.disabledAt !== null, now)
    } else if (dice.oneIn(10 * 60)) {
      // An office gets another address from its provider.
      const office = `198.51.${dice.below(256)}.${dice.below(256)}`
      this.#offices[line.circleId] = office
      for (const phone of this.#phones) if (phone.line.circleId === line.circleId) phone.move(office)
    }
    for (const one of this.#lines) {
      if (one.disabledAt === null || !dice.oneIn(600)) continue
      one.disabledAt = null
      this.#exchange.changed(one)
      this.#truth.disabled(one.id, false, now)
    }
  }

  #beginOutage(): void {
    const now = this.#clock.now()
    this.#wholeProgram = this.#dice.oneIn(2)
    this.#outageUntil = now + this.#dice.pick([20, 300, 2000, 9000]) * 1000
    this.#report.outages++
    this.#truth.outage(false, now, this.#wholeProgram)
    if (this.#wholeProgram) this.#exchange.loseAll()
    else this.#exchange.loseSip()
  }

  #endOutage(): void {
    this.#outageUntil = 0
    if (this.#wholeProgram) this.#exchange.startAll()
    else this.#exchange.startSip()
    this.#truth.outage(true, this.#clock.now(), false)
    this.#wholeProgram = false
  }

  #compare(second: number): void {
    // While the whole program is down nobody sees a sign.
    if (this.#wholeProgram) return
    const now = this.#clock.now()
    const noted = this.#dice.pick(this.#lines).id
    for (const { id } of this.#lines) {
      const status = this.#exchange.board.status(id)
      this.#report.signsCompared++
      const lie = this.#truth.lie(id, status, now)
      if (lie !== '') this.#lie(id, lie)
      if (this.#truth.unsettled(id, now)) continue
      if (id === noted && second % (5 * compareEverySeconds) === 0) this.#seen.push({ lineId: id, at: now, sign: status.sign })
      const live = this.#truth.live(id, now)
      const held = this.#exchange.held(id)
      if (this.#exchange.serves && live !== held) this.#lie(id, `${held} bindings are held, ${live} phones hold a 200`)
    }
  }

  #recount(): void {
    if (this.#wholeProgram) return
    const { board } = this.#exchange
    for (const circleId of new Set(this.#lines.map((line) => line.circleId))) {
      const signs = this.#lines.filter((line) => line.circleId === circleId).map((line) => board.status(line.id).sign)
      const of = (sign: string) => signs.filter((one) => one === sign).length
      const counts = board.counts(circleId)
      const told = [counts.lines, counts.registered, counts.unregistered, counts.unknown].join(' ')
      const counted = [signs.length, of('registered'), of('unregistered'), of('no-data')].join(' ')
      if (told !== counted) this.#lie(0, `circle ${circleId} counts ${told}, has ${counted}`)
    }
  }

  #endDay(number: number): void {
    const report = this.#report
    report.day = number
    report.sizes = this.#exchange.sizes()
    // What was seen of a line is what its history says of that moment.
    if (!this.#wholeProgram) {
      for (const { lineId, at, sign } of this.#seen.splice(0)) {
        const state = this.#exchange.history.stateBefore(lineId, at)
        report.historyCompared++
        const told = state === null ? 'unregistered' : (signOfState[state] ?? state)
        if (told !== sign) this.#lie(lineId, `its history says ${told} (${state}) of ${new Date(at).toISOString()}, when it showed ${sign}`)
      }
    }
    this.#wish.dayOver?.(report)
  }

  #lie(lineId: number, what: string): void {
    if (this.#report.lies.length < mostLies) this.#report.lies.push(`${this.#clock.now()} line ${lineId}: ${what}`)
  }
}

function placeOf(phone: SimPhone): string {
  return `${phone.line.circleId} ${phone.ip}`
}

function hourOf(now: number): number {
  return new Date(now).getUTCHours()
}
