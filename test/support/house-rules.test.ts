/** The checker itself: every rule is shown a small made-up tree that breaks it, and one that does not. */
import { expect, test } from 'vitest'
import * as house from './house-rules.ts'
import { sourcesOf, type Tree } from './source-tree.ts'

const tree = (files: Record<string, string>): Tree => new Map(Object.entries(files))
const abouts = (complaints: readonly house.Complaint[]) => complaints.map((one) => `${one.at} ${one.about}`)
const lines = (count: number) => Array.from({ length: count }, (_, i) => `export const n${i} = ${i}`).join('\n')
const page = (imports: string) => `# a\n\nImports: ${imports}\n`

test('a folder without a page, with too long a page or without its last line is found', () => {
  const files = tree({
    'server/a/one.ts': '',
    'server/b/one.ts': '',
    'server/b/README.md': `${'line\n'.repeat(12)}Imports: nothing\n`,
    'server/c/one.ts': '',
    'server/c/README.md': '# c\nImports: nothing\nand more\n',
    'server/d/one.ts': '',
    'server/d/README.md': page('nothing'),
    'server/e/only.test.ts': '',
  })
  expect(abouts(house.readmes(files, sourcesOf(files)))).toEqual(['server/a README.md', 'server/b README.md', 'server/c Imports'])
})

test('an import that the page does not name is found, in every way of writing it', () => {
  const ways = [
    `import { x } from '../b/x.ts'`,
    `import type { X } from '../b/x.ts'`,
    `export { x } from '../b/x.ts'`,
    `export * from '../b/x.ts'`,
    `import '../b/x.ts'`,
    `const x = await import('../b/x.ts')`,
    `export type X = import('../b/x.ts').X`,
    `new Worker(new URL('../b/x.ts', import.meta.url))`,
  ]
  for (const way of ways) {
    const files = tree({
      'server/a/one.ts': way,
      'server/a/README.md': page('nothing'),
      'server/b/x.ts': '',
      'server/b/README.md': page('nothing'),
    })
    expect(abouts(house.imports(files, sourcesOf(files))), way).toEqual(['server/a/one.ts server/b'])
  }
})

test('what stands in comments and strings is no import', () => {
  const files = tree({
    'server/a/one.ts': `// import '../b/x.ts'\nexport const s = "import '../b/x.ts'"`,
    'server/a/README.md': page('nothing'),
  })
  expect(house.imports(files, sourcesOf(files))).toEqual([])
})

test('a named folder does not cover the folders below it, a star does', () => {
  const with_ = (imports: string) =>
    tree({
      'server/a/one.ts': `import '../b/deep/x.ts'\nimport './own.ts'\nimport '#api/line.ts'`,
      'server/a/own.ts': '',
      'server/a/README.md': page(imports),
      'server/b/x.ts': '',
      'server/b/deep/x.ts': '',
      'api/line.ts': '',
    })
  const complaintsOf = (imports: string) => abouts(house.imports(with_(imports), sourcesOf(with_(imports))))
  expect(complaintsOf('server/b, api')).toEqual(['server/a/one.ts server/b/deep'])
  expect(complaintsOf('`server/b/*`, `api` (types)')).toEqual([])
  expect(complaintsOf('server/b/*')).toEqual(['server/a/one.ts api'])
  expect(complaintsOf('server/b/*, api, server/gone')).toEqual(['server/a server/gone'])
})

test('tests may import what they like', () => {
  const files = tree({
    'server/a/one.test.ts': `import '../b/x.ts'`,
    'server/a/one.ts': '',
    'server/a/README.md': page('nothing'),
    'server/b/x.ts': '',
  })
  expect(house.imports(files, sourcesOf(files))).toEqual([])
})

test('folders that import each other in a circle are found, however long the way round', () => {
  const files = tree({
    'server/a/one.ts': `import '../b/one.ts'`,
    'server/b/one.ts': `import '../c/one.ts'`,
    'server/c/one.ts': `import type { A } from '../a/one.ts'`,
    'server/d/one.ts': `import '../a/one.ts'\nimport './two.ts'`,
    'server/d/two.ts': `import './one.ts'`,
  })
  expect(abouts(house.cycles(sourcesOf(files)))).toEqual(['server/a + server/b + server/c server/a → server/b → server/c'])
})

test('an edge that imports another edge, and whatever imports the wiring, is found', () => {
  const files = tree({
    'server/main.ts': `import './http/server.ts'\nimport './storage/sql/open.ts'`,
    'server/http/server.ts': `import './routes/lines.ts'`,
    'server/http/routes/lines.ts': `import '../../storage/sql/open.ts'`,
    'server/storage/sql/open.ts': `import '../../sip/endpoint/resolve.ts'\nimport type { Sessions } from '../../http/session-store.ts'`,
    'server/storage/sql/sessions.ts': `import { sessions } from '../../http/session-store.ts'\nimport type { Guard } from '../../http/guard.ts'`,
    'server/http/session-store.ts': '/** Contract: who is signed in. */',
    'server/http/guard.ts': '',
    'server/sip/endpoint/resolve.ts': `import '../transport/udp.ts'`,
    'server/sip/transport/udp.ts': '',
    'server/status/board.ts': `import '../main.ts'`,
  })
  expect(abouts(house.edges(sourcesOf(files)))).toEqual([
    'server/http/routes/lines.ts server/storage/sql',
    'server/storage/sql/open.ts server/sip/endpoint',
    'server/storage/sql/sessions.ts server/http',
    'server/storage/sql/sessions.ts server/http',
    'server/status/board.ts server/main.ts',
  ])
})

test.each([
  ['const t = Date.now()', 'Date.now'],
  ['const t = new Date()', 'new Date()'],
  ['const t = performance.now()', 'performance.now'],
  ['setTimeout(work, 1)', 'setTimeout'],
  ['const later = setInterval', 'setInterval'],
  ['globalThis.setImmediate(work)', 'globalThis.setImmediate'],
  ['const n = Math.random()', 'Math.random'],
  ["import { randomBytes } from 'node:crypto'", 'node:crypto'],
  ["import crypto from 'node:crypto'\ncrypto.randomUUID()", 'crypto.randomUUID'],
  ["import { setTimeout as wait } from 'node:timers/promises'", 'node:timers/promises'],
  ["import dgram from 'node:dgram'", 'node:dgram'],
  ["import { connect } from 'node:net'", 'node:net'],
  ["import { WebSocketServer } from 'ws'", 'ws'],
  ["const answer = await fetch('http://x')", 'fetch'],
  ["import { sql } from 'kysely'", 'kysely'],
  ["import Database from 'better-sqlite3'", 'better-sqlite3'],
  ['const p = process.env.PATH', 'process.env'],
])('`%s` reaches for the outside world', (text, about) => {
  const at = (file: string) => abouts(house.outside(sourcesOf(tree({ [file]: text }))))
  expect(at('server/registrar/one.ts')).toEqual([`server/registrar/one.ts ${about}`])
  expect(at('server/registrar/one.test.ts')).toEqual([])
  expect(at('portal/one.ts')).toEqual([])
})

test.each([
  'const t = new Date(0)',
  'interface Timers { setTimeout(): void }',
  'clock.now()',
  'const o = { setTimeout: 1 }',
  'type T = ReturnType<typeof setTimeout>',
  "import { createHmac, timingSafeEqual } from 'node:crypto'",
  "import { isIP } from 'node:net'",
  "import type { Socket } from 'node:net'",
  '// Date.now()',
])('`%s` reaches for nothing', (text) => {
  expect(house.outside(sourcesOf(tree({ 'server/registrar/one.ts': text })))).toEqual([])
})

test('the outside world is allowed where the house has put it', () => {
  const files = tree({
    'server/runtime/clock.ts': 'Date.now()',
    'server/sip/endpoint/timer-wheel.ts': 'setTimeout(work, 1)',
    'server/sip/transport/udp.ts': `import dgram from 'node:dgram'`,
    'server/remotes/asterisk/client.ts': `import { connect } from 'node:net'`,
    'server/storage/sql/open.ts': `import { Kysely } from 'kysely'`,
    'server/config/read-config.ts': 'process.env',
  })
  expect(house.outside(sourcesOf(files))).toEqual([])
})

test('drawers, index files and other spellings are found', () => {
  const files = tree({
    'server/a/index.ts': '',
    'server/a/types.ts': '',
    'server/a/utils.ts': '',
    'portal/helpers/one.ts': '',
    'server/a/BindingStore.ts': '',
    'server/a/binding_store.ts': '',
    'server/a/binding-store.test.ts': '',
    'server/a/n1.ts': '',
  })
  expect(abouts(house.names(sourcesOf(files)))).toEqual([
    'server/a/index.ts index.ts',
    'server/a/types.ts types.ts',
    'server/a/utils.ts utils',
    'portal/helpers/one.ts helpers',
    'server/a/BindingStore.ts BindingStore.ts',
    'server/a/binding_store.ts binding_store.ts',
  ])
})

test('a file is too long from line 401 on, a test from line 601 on, a folder too full with 21 files', () => {
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`server/full/f${i}.ts`, '']))
  const files = tree({
    'server/a/at.ts': `${lines(400)}\n`,
    'server/a/over.ts': lines(401),
    'server/a/at.test.ts': lines(600),
    'test/over.ts': lines(601),
    ...many,
    'server/full/f0.test.ts': '',
  })
  expect(abouts(house.sizes(sourcesOf(files)))).toEqual(['server/a/over.ts 401', 'test/over.ts 601', 'server/full 21'])
})

test('an import that climbs three folders, another alias, and a way round #api are found', () => {
  const files = tree({
    'server/a/b/c/one.ts': `import '../../../x.ts'\nimport '../../x.ts'`,
    'server/a/two.ts': `import '#server/x.ts'\nimport '#api/line.ts'`,
    'portal/three.ts': `import '../api/line.ts'`,
    'api/four.ts': `import './line.ts'`,
    'server/a/b/c/one.test.ts': `import '../../../../test/support/phone.ts'\nimport '../../../x.ts'`,
  })
  expect(abouts(house.paths(sourcesOf(files)))).toEqual([
    'server/a/b/c/one.ts ../../../x.ts',
    'server/a/two.ts #server/x.ts',
    'portal/three.ts ../api/line.ts',
    'server/a/b/c/one.test.ts ../../../x.ts',
  ])
})

test('a hot file without a bench is found', () => {
  const files = tree({
    'server/a/parse.ts': '/** Bytes to values. Hot path. */\nexport const a = 1',
    'server/a/verify.ts': '/** Hot path. */\nexport const a = 1',
    'server/a/rows.ts': '/** Hot path: parse.bench.ts. */\nexport const a = 1',
    'server/a/uri.ts': '/** Hot path: uri.bench.ts. */\nexport const a = 1',
    'server/a/cold.ts': '/** Cold. */\n// not above\nexport const a = 1 // hot path is elsewhere',
    'bench/parse.bench.ts': '',
    'bench/digest.bench.ts': '',
  })
  expect(abouts(house.benches(sourcesOf(files)))).toEqual([
    'server/a/verify.ts bench/verify.bench.ts',
    'server/a/uri.ts bench/uri.bench.ts',
  ])
})

test('a contract without a suite, and a listed suite or contract that is gone, are found', () => {
  const files = tree({
    'server/a/store.ts': '/** Contract: who is there. */\nexport interface Store {}',
    'server/a/other.ts': '/** Contract between two. */\nexport interface Other {}',
    'server/a/plain.ts': '/** Signs a contract. */\nexport const a = 1',
    'test/contract/store.ts': '',
  })
  const of = (suites: Record<string, string>) => abouts(house.contracts(files, sourcesOf(files), suites))
  expect(of({ 'server/a/store.ts': 'test/contract/store.ts' })).toEqual(['server/a/other.ts suite'])
  expect(of({ 'server/a/store.ts': 'test/contract/store.ts', 'server/a/other.ts': 'test/contract/gone.ts' })).toEqual([
    'server/a/other.ts test/contract/gone.ts',
  ])
  expect(
    of({ 'server/a/store.ts': 'test/contract/store.ts', 'server/a/other.ts': 'test/contract/store.ts', 'server/a/plain.ts': 'x' }),
  ).toEqual(['server/a/plain.ts x'])
})

test('a cause without words in one language is found', () => {
  const full = { title: 'x', do: 'y' }
  const languages = {
    'en.ts': { cause: { expired: full, blocked: full } },
    'ja.ts': { cause: { expired: full, blocked: { title: 'x' } } },
    'fr.ts': {},
  }
  expect(abouts(house.causeWords(['expired', 'blocked'], languages))).toEqual(['ja.ts blocked', 'fr.ts expired', 'fr.ts blocked'])
})

test('a page that speaks of a file that is gone is found', () => {
  const files = tree({ 'server/a/one.ts': '' })
  const docs = tree({ 'server/a/README.md': 'Start in `one.ts`, then `two.ts`; see `server/a/one.ts`, `b/one.ts` and `x/*.ts`.' })
  expect(abouts(house.pages(files, docs))).toEqual(['server/a/README.md two.ts', 'server/a/README.md b/one.ts'])
})

test('an exception takes away exactly its complaint, and one that is needed no more is found', () => {
  const complaints = [
    { at: 'a.ts', about: 'x', say: 'is wrong.' },
    { at: 'b.ts', about: 'y', say: 'is wrong.' },
  ]
  const because = 'it is measured'
  expect(house.withExceptions('sizes', complaints, [{ rule: 'sizes', at: 'a.ts', about: 'x', because }])).toEqual(['b.ts: is wrong.'])
  expect(house.withExceptions('sizes', complaints, [{ rule: 'names', at: 'a.ts', because }])).toEqual([
    'a.ts: is wrong.',
    'b.ts: is wrong.',
  ])
  expect(house.withExceptions('sizes', [], [{ rule: 'sizes', at: 'a.ts', because }])).toEqual([
    'a.ts: the exception to "sizes" is needed no more. Take it out.',
  ])
})
