/**
 * Every line that may sign in here, in memory, by user name. Passwords stay sealed until a phone first uses them; what is
 * kept then is the HA1 of the form of the name that the phone writes. Hot path: register.bench.ts.
 */
import type { SipLogin } from '../../directory/directory.ts'
import type { HeldLine } from '../../registrar/held-lines.ts'
import type { LineBook, RegistrarLine } from '../../registrar/line-book.ts'
import { SipHashKey, sipHash, sipTag } from '../../sip/digest/siphash.ts'
import { type DigestAlgorithm, ha1 } from '../../sip/digest/verify.ts'

/** Opens a sealed SIP password; undefined when it cannot be opened (wrong key file). */
export type OpenPassword = (login: Pick<SipLogin, 'lineId' | 'sealedPassword'>) => string | undefined

export class MemoryLineBook implements LineBook {
  readonly #byName = new Map<string, HeldLogin>()
  readonly #byId = new Map<number, HeldLogin>()
  /** All of them in no order, and which comes next when a name that nobody has needs a password to open. */
  readonly #all: HeldLogin[] = []
  #next = 0
  readonly #open: OpenPassword
  readonly #nameKey: SipHashKey
  #strong = 0
  readonly nobody: RegistrarLine

  /** `nobody` is a sealed password that belongs to no line; `nameKey`, 16 bytes or more, decides which unknown names look strong. */
  constructor(open: OpenPassword, nobody: SipLogin, nameKey: Buffer) {
    this.#open = open
    this.#nameKey = new SipHashKey(nameKey)
    const spare = new HeldLogin(nobody, open, null)
    this.nobody = new HeldLogin(nobody, open, () => this.#any() ?? spare)
  }

  get size(): number {
    return this.#byId.size
  }

  find(username: string): RegistrarLine | undefined {
    return this.#byName.get(username) ?? this.#byName.get(username.toLowerCase())
  }

  nobodyIsStrong(username: string): boolean {
    if (this.#strong === 0) return false
    // The time of a challenge must not tell which names are lines: an HMAC alone would take 12 µs.
    sipHash(this.#nameKey, nameWords, packName(username.toLowerCase()))
    return (sipTag.low >>> 0) / 2 ** 32 < this.#strong / this.#byId.size
  }

  /** Takes a line in, or its new state. Says whether the line was open and is not any more. */
  put(login: SipLogin): { closed: boolean } {
    const before = this.#byId.get(login.lineId)
    this.remove(login.lineId)
    const held = new HeldLogin(login, this.#open, null)
    this.#byId.set(login.lineId, held)
    held.place = this.#all.push(held) - 1
    this.#byName.set(login.username.toLowerCase(), held)
    if (login.strong) this.#strong++
    return { closed: before?.open === true && !login.open }
  }

  remove(lineId: number): boolean {
    const held = this.#byId.get(lineId)
    if (held === undefined) return false
    this.#byId.delete(lineId)
    const last = this.#all.pop()
    if (last !== undefined && last !== held) {
      last.place = held.place
      this.#all[held.place] = last
    }
    if (this.#byName.get(held.username.toLowerCase()) === held) this.#byName.delete(held.username.toLowerCase())
    if (held.strong) this.#strong--
    return true
  }

  ids(): IterableIterator<number> {
    return this.#byId.keys()
  }

  /** Another line each time, far from the last: what is opened for nobody shall be as cold in memory as a line's first use. */
  #any(): HeldLogin | undefined {
    this.#next = (this.#next + stride) % Math.max(this.#all.length, 1)
    return this.#all[this.#next]
  }
}

/** A prime: the walk comes by every line unless there are as many. */
const stride = 15_485_863

/** Longer than any line's name. */
const mostCharacters = 128
const nameWords = new Int32Array(mostCharacters / 2)

/** Writes the name into nameWords, two characters a word; answers how many words it takes, an even number. */
function packName(name: string): number {
  nameWords.fill(0)
  const length = Math.min(name.length, mostCharacters)
  for (let at = 0; at < length; at++) nameWords[at >> 1] = (nameWords[at >> 1] as number) | (name.charCodeAt(at) << ((at & 1) << 4))
  return ((length + 3) >> 2) << 1
}

/** Nearly every phone has the same: a million lines need not have one each. */
let lastRealm = ''

/** A copy that stands alone: a slice of a message would hold all of the message in memory. */
function ownText(text: string): string {
  return Buffer.from(text).toString()
}

class HeldLogin implements RegistrarLine {
  readonly lineId: number
  readonly accountId: number
  readonly circleId: number
  readonly username: string
  readonly strong: boolean
  readonly maxContacts: number
  readonly open: boolean
  held: HeldLine | null
  readonly #sealedPassword: Buffer
  readonly #openPassword: OpenPassword
  /** Only of nobody: whose password is opened in its stead. */
  readonly #instead: (() => HeldLogin) | null
  /** In the book's list of all. */
  place = 0
  /** The form of the name that was used last, and its HA1. */
  #algorithm: DigestAlgorithm | ''
  #name: string
  #realm: string
  #ha1: string

  constructor(login: SipLogin, open: OpenPassword, instead: (() => HeldLogin) | null) {
    this.lineId = login.lineId
    this.accountId = login.accountId
    this.circleId = login.circleId
    this.username = login.username
    this.strong = login.strong
    this.maxContacts = login.maxContacts
    this.open = login.open
    this.held = null
    this.#sealedPassword = login.sealedPassword
    this.#openPassword = open
    this.#instead = instead
    this.#algorithm = ''
    this.#name = ''
    this.#realm = ''
    this.#ha1 = ''
  }

  isDerived(algorithm: DigestAlgorithm, username: string, realm: string): boolean {
    return this.#algorithm === algorithm && this.#name === username && this.#realm === realm
  }

  ha1(algorithm: DigestAlgorithm, username: string, realm: string): string {
    if (this.isDerived(algorithm, username, realm)) return this.#ha1
    const opened = this.#instead === null ? this : this.#instead()
    const password = this.#openPassword({ lineId: opened.lineId, sealedPassword: opened.#sealedPassword })
    // No response digests to this: a password that cannot be opened is a wrong one, not an accident.
    if (password === undefined) return '-'
    const derived = ha1(algorithm, username, realm, password)
    // Nobody does all that a line does, and forgets it: no algorithm is ''.
    this.#algorithm = this.#instead === null ? algorithm : ''
    this.#name = username === this.username ? this.username : ownText(username)
    if (realm !== lastRealm) lastRealm = ownText(realm)
    this.#realm = lastRealm
    this.#ha1 = derived
    return derived
  }
}
