/** `regista circle set` and `regista line set`: how phones may sign in, changed afterwards. */
import { type Command, Option } from 'commander'
import { DirectoryRefusal } from '../directory/refusal.ts'
import { addVerb, operator, type Run } from './verb.ts'

interface SetOptions {
  strong?: 'yes' | 'no'
  maxContacts?: string
}

export function addCircleSetVerb(run: Run, circle: Command): void {
  addVerb<SetOptions>(
    run,
    circle,
    'set',
    'change how the phones of all lines of a circle prove themselves',
    (command) => command.argument('<number>').addOption(strongOption('only SHA-256 for all of its lines, not MD5').makeOptionMandatory()),
    async ({ writer }, { strong }, number = '') => {
      const json = await writer.setCircle(operator, number, { strong: strong === 'yes' })
      return { json, text: `Lines of circle ${number} take ${json.strong ? 'SHA-256 only' : 'what each of them says'}.\n` }
    },
  )
}

export function addLineSetVerb(run: Run, line: Command): void {
  addVerb<SetOptions>(
    run,
    line,
    'set',
    'change how phones sign in to a line; they stay signed in until their next renewal',
    (command) =>
      command
        .argument('<number>')
        .addOption(strongOption('only SHA-256, not MD5 (a strong circle asks for it all the same)'))
        .option('--max-contacts <count>', 'phones signed in at a time, 1 to 20'),
    async ({ writer }, { strong, maxContacts }, number = '') => {
      if (strong === undefined && maxContacts === undefined)
        throw new DirectoryRefusal('wrong-value', 'Say what to set: --strong yes, --strong no or --max-contacts.')
      const json = await writer.setLine(operator, number, {
        ...(strong !== undefined && { strong: strong === 'yes' }),
        ...(maxContacts !== undefined && { maxContacts: Number(maxContacts) }),
      })
      return { json, text: `Line ${number}: ${json.strong ? 'SHA-256 only' : 'MD5 or SHA-256'}, at most ${json.maxContacts} phones.\n` }
    },
  )
}

function strongOption(about: string): Option {
  return new Option('--strong <yes|no>', about).choices(['yes', 'no'])
}
