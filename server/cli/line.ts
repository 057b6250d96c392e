/** `regista line …`: one line at a time. Lists are in line-list.ts, many at once in line-import.ts. */
import { type Command, Option } from 'commander'
import type { NewLine } from '../directory/directory-writer.ts'
import { type LineType, lineTypes } from '../directory/line-type.ts'
import { addLineImportVerb } from './line-import.ts'
import { addLineListVerbs } from './line-list.ts'
import { passwordStdin, warnShort, warnWeak } from './password-options.ts'
import { serverAddress } from './server-address.ts'
import { addLineSetVerb } from './sign-in-settings.ts'
import { addVerb, asTable, givenPassword, operator, type Run } from './verb.ts'

interface AddOptions {
  circle: string
  type: LineType
  number?: string
  name?: string
  username?: string
  loginServer?: string
  department?: string
  pickupGroup?: string
  extension?: string
  note?: string
  auth?: 'password' | 'ip'
  ipAddress?: string
  strong?: boolean
  maxContacts?: string
  passwordStdin?: boolean
}

export function addLineVerbs(run: Run, program: Command): void {
  const line = program.command('line').description('lines: a number, a type, a login server, SIP credentials')
  addAddVerb(run, line)
  addLineListVerbs(run, line)
  addLineImportVerb(run, line)
  addLineSetVerb(run, line)
  addChangeVerbs(run, line)
}

function addAddVerb(run: Run, line: Command): void {
  addVerb<AddOptions>(
    run,
    line,
    'add',
    'add a line; prints what its phone is set to, once',
    (command) =>
      command
        .requiredOption('--circle <number>', 'circle that it belongs to')
        .addOption(new Option('--type <type>', 'what it is').choices(lineTypes).makeOptionMandatory())
        .option('--number <number>', 'its number (else the circle’s next free one)')
        .option('--name <name>', 'name shown in lists')
        .option('--username <name>', 'SIP user name (else the number)')
        .option('--login-server <name>', 'server that its phone signs in to (else main)')
        .option('--department <name>', 'department')
        .option('--pickup-group <name>', 'pickup group')
        .option('--extension <number>', 'extension on which it is called')
        .option('--note <text>', 'note')
        .addOption(new Option('--auth <how>', 'how a trunk proves itself (password unless given)').choices(['password', 'ip']))
        .option('--ip-address <address>', 'address of a trunk')
        .option('--strong', 'only SHA-256, not MD5')
        .option('--max-contacts <count>', 'phones signed in at a time, 1 to 20 (10 unless given)')
        .addOption(passwordStdin()),
    async (context, { passwordStdin: fromInput, extension, ...given }) => {
      const password = await givenPassword(context, { passwordStdin: fromInput ?? false })
      const wanted: NewLine = {
        circle: given.circle,
        type: given.type,
        ...definedOnly(given),
        ...(given.maxContacts !== undefined && { maxContacts: Number(given.maxContacts) }),
        ...(extension !== undefined && { inbound: { extension } }),
        ...(password !== undefined && { password }),
      }
      const added = await context.writer.addLine(operator, wanted)
      const json = { ...added.credentials, server: serverAddress(context.config, added.line.loginServer) }
      return { json, text: asTable(json), warnings: warnWeak(password, [json.number, json.username]) }
    },
  )
}

/** Commander sets only what was given, but lends its option object: keep what a NewLine knows. */
function definedOnly({
  number,
  name,
  username,
  loginServer,
  department,
  pickupGroup,
  note,
  auth,
  ipAddress,
  strong,
}: AddOptions): Partial<NewLine> {
  const all = { number, name, username, loginServer, department, pickupGroup, note, auth, ipAddress, strong }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Partial<NewLine>
}

function addChangeVerbs(run: Run, line: Command): void {
  addVerb<{ passwordStdin?: boolean; portal?: boolean }>(
    run,
    line,
    'set-password',
    'give a line a new SIP password; a phone stays signed in until its next renewal',
    (command) =>
      command.argument('<number>').addOption(passwordStdin()).option('--portal', 'the line’s own password for the portal instead'),
    async (context, options, number = '') => {
      const password = await givenPassword(context, options)
      if (options.portal) {
        const json = await context.writer.setLinePortalPassword(operator, number, password)
        return { json, text: asTable(json), warnings: warnShort(password) }
      }
      const { domain: _, ...json } = await context.writer.setLinePassword(operator, number, password)
      return { json, text: asTable(json), warnings: warnWeak(password, [json.number, json.username]) }
    },
  )

  addVerb(
    run,
    line,
    'disable',
    'close a line to phones; ends its bindings at once',
    byNumber,
    async ({ writer }, _options, number = '') => {
      await writer.disableLine(operator, number, 'operator')
      return { json: { number, disabled: true }, text: `${number} is disabled.\n` }
    },
  )

  addVerb(run, line, 'enable', 'open a disabled line again', byNumber, async ({ writer }, _options, number = '') => {
    await writer.enableLine(operator, number)
    return { json: { number, disabled: false }, text: `${number} is enabled.\n` }
  })

  addVerb<{ on?: string }>(
    run,
    line,
    'cancel',
    'end a line: closed to phones at once and gone after today, or in service until a day',
    (command) => byNumber(command).option('--on <day>', 'last day of service, YYYY-MM-DD'),
    async ({ writer }, { on }, number = '') => {
      const json = await writer.cancelLine(operator, number, on)
      return { json, text: `${number} is cancelled; its last day is ${json.cancelOn}.\n` }
    },
  )
}

function byNumber(command: Command): Command {
  return command.argument('<number>')
}
