/** Puts the sample customers into an empty directory, and sets up a sample phone for each line that has one. */
import type { Directory } from '../server/directory/directory.ts'
import type { DirectoryWriter } from '../server/directory/directory-writer.ts'
import { type KeyRing, sipPasswordPlace } from '../server/directory/secret-box.ts'
import { sampleAccounts, sampleLoginServer } from './customers.ts'
import type { SamplePhone } from './phone-habits.ts'

const operator = { kind: 'operator' } as const

/** Fills an empty directory and answers the logins made; one with any account is left as it is. */
export async function fillSample(directory: Directory, writer: DirectoryWriter): Promise<{ login: string; password: string }[]> {
  if ((await directory.accounts(operator)).length > 0) return []
  const logins: { login: string; password: string }[] = []
  await writer.addLoginServer(operator, sampleLoginServer)
  for (const { login, name, circles } of sampleAccounts) {
    const { password } = await writer.addAccount(operator, { login, name })
    logins.push({ login, password })
    for (const { number, name, department, person, lines } of circles) {
      await writer.addCircle(operator, { account: login, number, name, department, person })
      for (const { habit: _habit, phone: _phone, ...line } of lines) await writer.addLine(operator, { ...line, circle: number })
    }
  }
  return logins
}

/** The sample phones of lines that are there: a line that was removed or renamed has none. */
export async function samplePhones(
  directory: Directory,
  keys: KeyRing,
  server: { host: string; port: number; domain: string },
): Promise<SamplePhone[]> {
  const passwords = new Map<string, string>()
  for (const login of directory.sipLogins()) {
    const password = keys.open(login.sealedPassword, sipPasswordPlace(login.lineId))
    if (password !== undefined) passwords.set(login.username, password)
  }
  const phones: SamplePhone[] = []
  let office = 0
  for (const { circles } of sampleAccounts) {
    for (const { lines } of circles) {
      office++
      for (const { number, habit, phone } of lines) {
        const password = passwords.get(number)
        if (password === undefined || phone === undefined) continue
        phones.push({
          ...server,
          username: number,
          password,
          userAgent: phone,
          expires: 120,
          habit,
          // Each office at an address of its own, as in life: what is known of a phone rests on where it calls from.
          ...(process.platform === 'linux' && server.host === '127.0.0.1' ? { localHost: `127.0.0.${10 + office}` } : {}),
        })
      }
    }
  }
  return phones
}
