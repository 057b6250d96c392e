import path from 'node:path'
import { expect, test } from 'vitest'
import { causeCodes } from '#api/line.ts'
import * as house from './support/house-rules.ts'
import { readTree, sourcesOf } from './support/source-tree.ts'

const exceptions: readonly house.Exception[] = [
  {
    rule: 'folders form no circles',
    at: 'server/http + server/http/routes',
    because:
      'server.ts lists the routes, and each is written with what stands beside it: one part, with the routes in a folder so that they are found',
  },
  {
    rule: 'clocks, sockets, databases and the environment have their places',
    at: 'server/cli/control-client.ts',
    about: 'node:http',
    because: 'the operator’s command asks the running server over the socket file in the data directory',
  },
]

/** Each contract and the suite that every implementation of it passes. */
const suites: Readonly<Record<string, string>> = {
  'server/directory/directory.ts': 'test/contract/directory.contract.ts',
  'server/directory/directory-writer.ts': 'test/contract/directory.contract.ts',
  'server/directory/line-import.ts': 'test/contract/directory.contract.ts',
  'server/http/session-store.ts': 'test/contract/session-store.contract.ts',
  'server/registrar/binding-store.ts': 'test/contract/binding-store.contract.ts',
  'server/registrar/guard/ban-store.ts': 'test/contract/ban-store.test.ts',
  'server/status/history-store.ts': 'test/contract/history-store.test.ts',
  // Only memory makes these two real; what they promise is tested beside them.
  'server/registrar/line-book.ts': 'server/storage/memory/line-book.test.ts',
  'server/status/status-board.ts': 'server/status/recorder.test.ts',
}

const root = path.join(import.meta.dirname, '..')
const tree = readTree(root, ['server', 'api', 'portal', 'sample', 'test', 'bench', 'bin', 'docs'])
const sources = sourcesOf(tree)
const product = sources.filter((source) => !source.path.startsWith('bin/'))

/** The files of portal/words that are named after a language, loaded. */
const languages: Record<string, house.CauseWords> = {}
for (const file of tree.keys()) {
  const language = /^portal\/words\/([a-z]{2})\.ts$/.exec(file)?.[1]
  if (language) languages[file] = ((await import(path.join(root, file))) as Record<string, house.CauseWords>)[language] ?? {}
}

const rules: Readonly<Record<string, () => house.Complaint[]>> = {
  'each folder has a page of at most 12 lines that ends in its imports': () => house.readmes(tree, sources),
  'a folder imports only what its page names': () => house.imports(tree, sources),
  'folders form no circles': () => house.cycles(sources),
  'edges never touch, and nothing imports the wiring': () => house.edges(sources),
  'clocks, sockets, databases and the environment have their places': () => house.outside(sources),
  'names say what is inside': () => house.names(sources),
  'files fit in one reading': () => house.sizes(sources),
  'imports climb two folders at most, and #api is the one alias': () => house.paths(product),
  'hot files have a bench': () => house.benches(sources),
  'contracts have a suite': () => house.contracts(tree, sources, suites),
  'every cause has words in every language': () => house.causeWords(causeCodes, languages),
  'pages speak of files that are there': () => house.pages(tree, new Map([...tree].filter(([file]) => file.endsWith('.md')))),
}

for (const [rule, check] of Object.entries(rules)) {
  test(rule, () => {
    expect(house.withExceptions(rule, check(), exceptions)).toEqual([])
  })
}

test('every exception belongs to a rule', () => {
  expect(exceptions.filter((one) => !(one.rule in rules))).toEqual([])
})

test('the tree was read', () => {
  expect(sources.length).toBeGreaterThan(20)
  expect(Object.keys(languages)).toEqual(['portal/words/en.ts', 'portal/words/ja.ts'])
})
