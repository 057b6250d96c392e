/** A process that begins an import in the data directory it is given, writes some of the lines, and kills itself. */
import path from 'node:path'
import { rowsPerTransaction } from '../../server/directory/line-import.ts'
import { systemClock } from '../../server/runtime/clock.ts'
import { systemRandom } from '../../server/runtime/random.ts'
import { openDirectory } from '../../server/storage/sql/open-directory.ts'
import { bareImportedLine } from './bare-imported-line.ts'

const [folder = ''] = process.argv.slice(2)
const keyFile = path.join(folder, 'keys')
const { lineImport } = await openDirectory({ data: folder, keyFile, domain: 'sip.localhost', clock: systemClock, random: systemRandom })
const circle = lineImport.book({ kind: 'operator' }).circle('0600000001')
if (!circle) throw new Error('the circle 0600000001 is missing')
const line = { ...circle, ...bareImportedLine, loginServerId: 1, password: null }
const run = lineImport.begin({ kind: 'operator' }, 20_000)
run.add(Array.from({ length: rowsPerTransaction }, (_, i) => ({ ...line, number: String(i), username: String(i) })))
process.kill(process.pid, 'SIGKILL')
