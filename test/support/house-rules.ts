/** The rules of the house. Each takes the source as values and returns complaints; test/architecture.test.ts runs them on this project. */
import path from 'node:path'
import type { Import, Source, Tree } from './source-tree.ts'

export interface Complaint {
  /** The file or folder it is about. */
  at: string
  /** What was found there: an import, a name, a number. An exception may name it. */
  about: string
  /** What is wrong, and how to mend it. */
  say: string
}

export interface Exception {
  rule: string
  at: string
  about?: string
  because: string
}

/** Leaves out what an exception of this rule allows, and complains of an exception that nothing needs any more. */
export function withExceptions(rule: string, complaints: readonly Complaint[], exceptions: readonly Exception[]): string[] {
  const own = exceptions.filter((one) => one.rule === rule)
  const fits = (one: Exception, complaint: Complaint) =>
    one.at === complaint.at && (one.about === undefined || one.about === complaint.about)
  const left = complaints.filter((complaint) => !own.some((one) => fits(one, complaint)))
  const idle = own.filter((one) => !complaints.some((complaint) => fits(one, complaint)))
  return [
    ...left.map((complaint) => `${complaint.at}: ${complaint.say}`),
    ...idle.map((one) => `${one.at}: the exception to "${rule}"${one.about ? ` for ${one.about}` : ''} is needed no more. Take it out.`),
  ]
}

/** Folders that hold the product's source; tests and benches may import what they like. */
export const sourceRoots = ['server', 'api', 'portal', 'sample'] as const

function product(sources: readonly Source[]): Source[] {
  return sources.filter((source) => !source.isTest && sourceRoots.some((root) => source.path.startsWith(`${root}/`)))
}

export function foldersOf(sources: readonly Source[]): string[] {
  return [...new Set(product(sources).map((source) => source.folder))].sort()
}

/** The folders a README's last line allows; undefined if it has no such line. */
export function importsLine(readme: string): string[] | undefined {
  const last = readme.trimEnd().split('\n').at(-1) ?? ''
  const line = /^`?Imports:(.*)$/.exec(last.trim())?.[1]
  if (line === undefined) return undefined
  const names = line
    .replace(/\([^)]*\)/g, '')
    .split(',')
    .map((name) => name.replace(/[`\s]/g, '').replace(/[./]+$/, ''))
  return names.filter((name) => name !== '' && name !== 'nothing')
}

/** Each folder has a page of at most 12 lines that ends in the line of what it may import. */
export function readmes(tree: Tree, sources: readonly Source[]): Complaint[] {
  return foldersOf(sources).flatMap((folder) => {
    const readme = tree.get(`${folder}/README.md`)
    if (readme === undefined)
      return [
        complain(
          folder,
          'README.md',
          'has no README.md. Say in a few lines what it is, where to start and what it must never do; end with `Imports: …`.',
        ),
      ]
    const count = readme.trimEnd().split('\n').length
    const found: Complaint[] = []
    if (count > 12)
      found.push(complain(folder, 'README.md', `its README.md has ${count} lines; 12 are allowed. Longer texts belong in docs/.`))
    if (!importsLine(readme))
      found.push(complain(folder, 'Imports', 'the last line of its README.md is not `Imports: a, b` (or `Imports: nothing`).'))
    return found
  })
}

/** A folder imports only itself and what its README's last line names; `server/sip/*` names every folder below. */
export function imports(tree: Tree, sources: readonly Source[]): Complaint[] {
  const folders = new Set(foldersOf(sources))
  const strangers = product(sources).flatMap((source) => {
    const allowed = importsLine(tree.get(`${source.folder}/README.md`) ?? '')
    if (!allowed) return []
    return ours(source)
      .filter(({ folder }) => folder !== source.folder && !allowed.some((name) => covers(name, folder)))
      .map(({ one, folder }) =>
        complain(
          source.path,
          folder,
          `imports ${one.spec}, but ${source.folder}/README.md does not name ${folder} (it says: ${allowed.join(', ') || 'nothing'}). Take the import out, hand the thing in from above, or add the folder there and say why in review.`,
        ),
      )
  })
  const ghosts = [...folders].flatMap((folder) =>
    (importsLine(tree.get(`${folder}/README.md`) ?? '') ?? [])
      .filter((name) => ![...folders].some((other) => covers(name, other)))
      .map((name) =>
        complain(folder, name, `its README.md allows ${name}, which holds no source. Name a folder as it is written from the root.`),
      ),
  )
  return [...strangers, ...ghosts]
}

/** Folders form no circle, whichever way round. */
export function cycles(sources: readonly Source[]): Complaint[] {
  const edges = new Map<string, Map<string, string>>()
  for (const source of product(sources))
    for (const { one, folder } of ours(source)) {
      if (folder === source.folder) continue
      const from = edges.get(source.folder) ?? new Map<string, string>()
      edges.set(source.folder, from)
      if (!from.has(folder)) from.set(folder, `${source.path} → ${one.target}`)
    }
  const found: Complaint[] = []
  const done = new Set<string>()
  const visit = (folder: string, way: string[]): void => {
    const at = way.indexOf(folder)
    if (at >= 0) {
      const round = way.slice(at)
      const proof = round.map((name, i) => edges.get(name)?.get(round[(i + 1) % round.length] ?? '')).join('; ')
      found.push(
        complain(
          [...round].sort().join(' + '),
          round.join(' → '),
          `import each other in a circle (${proof}). Move what both need below both, or hand it in from above.`,
        ),
      )
      return
    }
    if (done.has(folder)) return
    for (const next of edges.get(folder)?.keys() ?? []) visit(next, [...way, folder])
    done.add(folder)
  }
  for (const folder of edges.keys()) visit(folder, [])
  return found
}

/** Where I/O lives. None of them knows another; main.ts joins them. */
export const edgeFolders = ['server/http', 'server/cli', 'server/storage', 'server/sip/endpoint'] as const

function isContract(source: Source | undefined): boolean {
  return source !== undefined && /^\W*contract\b/i.test(source.headComment)
}

/** Edges never import one another, but for the types of a contract that one has written and another makes real; and nothing imports the wiring. */
export function edges(sources: readonly Source[]): Complaint[] {
  const edgeOf = (folder: string) => edgeFolders.find((edge) => folder === edge || folder.startsWith(`${edge}/`))
  return product(sources).flatMap((source) =>
    ours(source).flatMap(({ one, folder }) => {
      if (folder === 'server' && source.folder !== 'server')
        return [
          complain(source.path, one.target ?? '', `imports ${one.target}. Nothing imports the wiring: let main.ts hand in what is needed.`),
        ]
      const mine = edgeOf(source.folder)
      const theirs = edgeOf(folder)
      if (!mine || !theirs || mine === theirs) return []
      if (one.typeOnly && isContract(sources.find((other) => other.path === one.target))) return []
      return [
        complain(
          source.path,
          folder,
          `imports ${one.spec}: ${mine} and ${theirs} are both edges and never touch. Write a contract beside its user and join them in main.ts.`,
        ),
      ]
    }),
  )
}

interface OutsideRule {
  what: string
  uses?: RegExp
  /** Whether an import (never one of types only) reaches for it. */
  takes?: (one: Import) => boolean
  where: readonly RegExp[]
  mend: string
}

const pureNetNames = new Set(['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'])

export const outsideWorld: readonly OutsideRule[] = [
  {
    what: 'a clock, timer or randomness',
    uses: /^(Date\.now|new Date\(\)|performance\.now|process\.hrtime(\.bigint)?|Math\.random|crypto\.(random\w+|getRandomValues)|(globalThis\.)?set(Timeout|Interval|Immediate))$/,
    takes: (one) =>
      /^node:timers(\/promises)?$/.test(one.spec) ||
      (one.spec === 'node:crypto' && one.names.some((name) => /^(random|getRandomValues)/.test(name))),
    where: [/^server\/runtime\//, /^server\/sip\/endpoint\/timer-wheel\.ts$/],
    mend: 'Take a Clock, Timers or Random as an argument (server/runtime).',
  },
  {
    what: 'a socket',
    uses: /^(fetch|WebSocket)$/,
    takes: (one) =>
      /^(node:(dgram|tls|https?|http2)|ws|undici)$/.test(one.spec) ||
      (one.spec === 'node:net' && !one.names.every((name) => pureNetNames.has(name))),
    where: [
      /^server\/sip\/transport\//,
      /^server\/remotes\/[^/]+\/client\.ts$/,
      /^server\/http\/server\.ts$/,
      /^server\/alerts\/send-[^/]+\.ts$/,
    ],
    mend: 'Sockets live in server/sip/transport and in the client.ts of a vendor under server/remotes.',
  },
  {
    what: 'a database driver',
    takes: (one) => /^(better-sqlite3|kysely|pg|redis|node:sqlite)(\/|$)/.test(one.spec),
    where: [/^server\/storage\//],
    mend: 'Ask through a contract beside its user; server/storage makes it real.',
  },
  {
    what: 'the environment',
    uses: /^process\.env$/,
    where: [/^server\/config\/read-config\.ts$/],
    mend: 'Declare a setting in server/config/config.ts and take it as an argument.',
  },
]

/** Clocks, sockets, databases and the environment only where the house has put them. Holds inside server/. */
export function outside(sources: readonly Source[]): Complaint[] {
  return product(sources)
    .filter((source) => source.path.startsWith('server/'))
    .flatMap((source) =>
      outsideWorld
        .filter((rule) => !rule.where.some((place) => place.test(source.path)))
        .flatMap((rule) =>
          reachesFor(source, rule).map((found) => complain(source.path, found, `reaches for ${rule.what} (${found}). ${rule.mend}`)),
        ),
    )
}

function reachesFor(source: Source, rule: OutsideRule): string[] {
  const uses = source.uses.filter((use) => rule.uses?.test(use))
  const taken = source.imports.filter((one) => !one.typeOnly && rule.takes?.(one))
  return [...uses, ...taken.map((one) => one.spec)]
}

const drawers = /^(utils?|helpers?|common|lib|misc|shared)$/

/** Names say what is inside: kebab-case, no drawers, no index. */
export function names(sources: readonly Source[]): Complaint[] {
  return sources.flatMap((source) => {
    const base = path.posix.basename(source.path)
    const parts = source.path.split('/')
    const found: Complaint[] = []
    if (/^(index|types)\.(ts|tsx|mjs)$/.test(base))
      found.push(
        complain(source.path, base, 'says nothing of its subject. Name the file after the one thing in it and import it by that name.'),
      )
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.(ts|tsx|mjs)$/.test(base))
      found.push(complain(source.path, base, 'is not in kebab-case (decide-bindings.ts).'))
    const drawer = parts.map((part) => part.split('.')[0] ?? '').find((part) => drawers.test(part))
    if (drawer) found.push(complain(source.path, drawer, `"${drawer}" is a drawer for everything. Put each thing where its subject lives.`))
    return found
  })
}

const limits = { source: 400, test: 600, folder: 20 } as const

/** Files fit in one reading; folders in one glance. */
export function sizes(sources: readonly Source[]): Complaint[] {
  const long = sources.flatMap((source) => {
    const limit = source.isTest ? limits.test : limits.source
    return source.lines <= limit
      ? []
      : [
          complain(
            source.path,
            String(source.lines),
            `has ${source.lines} lines; ${limit} are allowed. Look for the second subject in it and give that a file.`,
          ),
        ]
  })
  const full = foldersOf(sources).flatMap((folder) => {
    const count = product(sources).filter((source) => source.folder === folder).length
    return count <= limits.folder
      ? []
      : [complain(folder, String(count), `holds ${count} source files; ${limits.folder} are allowed. Part it by subject.`)]
  })
  return [...long, ...full]
}

/** An import climbs two folders at most (a test to test/support as many as it takes), and `#api` is the one alias. */
export function paths(sources: readonly Source[]): Complaint[] {
  return sources.flatMap((source) =>
    source.imports.flatMap((one) => {
      if (one.spec.startsWith('../../../') && !(source.isTest && one.target?.startsWith('test/')))
        return [
          complain(
            source.path,
            one.spec,
            `imports ${one.spec}, which climbs more than ../../. The two are too far apart: move one, or hand it in.`,
          ),
        ]
      if (one.spec.startsWith('#') && !one.spec.startsWith('#api/'))
        return [complain(source.path, one.spec, `imports ${one.spec}. The one alias is #api.`)]
      if (one.spec.startsWith('.') && one.target?.startsWith('api/') && !source.path.startsWith('api/'))
        return [complain(source.path, one.spec, `imports ${one.spec}. From outside api/ write #api/….`)]
      return []
    }),
  )
}

/** A file that calls itself hot is watched by a bench: of its own name, or the one its head names (`Hot path: parse.bench.ts`). */
export function benches(sources: readonly Source[]): Complaint[] {
  const benchFiles = new Set(sources.filter((source) => source.path.startsWith('bench/')).map((source) => source.path))
  return product(sources).flatMap((source) => {
    const hot = /\bhot path\b(?:[^.]*?([\w-]+\.bench\.ts))?/i.exec(source.headComment)
    if (!hot) return []
    const bench = `bench/${hot[1] ?? path.posix.basename(source.path).replace(/\.tsx?$/, '.bench.ts')}`
    return benchFiles.has(bench)
      ? []
      : [
          complain(
            source.path,
            bench,
            `says it is on the hot path, but there is no ${bench} to notice when it gets slower. Write it, or name the one that does in the head.`,
          ),
        ]
  })
}

/** Every file whose head says it is a contract has a suite, or a reason why a test beside it is enough. */
export function contracts(tree: Tree, sources: readonly Source[], suites: Readonly<Record<string, string>>): Complaint[] {
  const all = product(sources).filter(isContract)
  const missing = all
    .filter((source) => !(source.path in suites))
    .map((source) =>
      complain(
        source.path,
        'suite',
        'is a contract without a suite. Write one in test/contract that every store must pass, and list it in test/architecture.test.ts.',
      ),
    )
  const gone = Object.entries(suites).flatMap(([contract, suite]) => {
    if (!all.some((source) => source.path === contract))
      return [complain(contract, suite, 'is listed as a contract, but there is no such file whose head comment begins with "Contract".')]
    return tree.has(suite) ? [] : [complain(contract, suite, `its suite ${suite} is not there.`)]
  })
  return [...missing, ...gone]
}

/** What a language's file in portal/words holds, as far as causes go. */
export interface CauseWords {
  cause?: Readonly<Record<string, { title?: string; do?: string }>>
}

/** Every cause code is told to the customer in every language: what it is and what to do. */
export function causeWords(codes: readonly string[], languages: Readonly<Record<string, CauseWords>>): Complaint[] {
  return Object.entries(languages).flatMap(([file, words]) =>
    codes
      .filter((code) => !words.cause?.[code]?.title || !words.cause[code].do)
      .map((code) => complain(file, code, `has no words for the cause ${code}. Add its title and what to do about it.`)),
  )
}

/** A page names only files that are there: by their path from the root or from the page, or by a bare name. */
export function pages(tree: Tree, docs: Tree): Complaint[] {
  const bareNames = new Set([...tree.keys()].map((file) => path.posix.basename(file)))
  const isThere = (page: string, name: string) =>
    name.includes('/') ? tree.has(name) || tree.has(path.posix.join(path.posix.dirname(page), name)) : bareNames.has(name)
  return [...docs].flatMap(([page, text]) =>
    [...text.matchAll(/`([\w./*-]+\.(?:ts|tsx|mjs|md))`/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => !name.includes('*') && !isThere(page, name))
      .map((name) => complain(page, name, `speaks of ${name}, which is not there. Correct the page.`)),
  )
}

function ours(source: Source): { one: Import; folder: string }[] {
  return source.imports.flatMap((one) => (one.target === undefined ? [] : [{ one, folder: path.posix.dirname(one.target) }]))
}

function covers(name: string, folder: string): boolean {
  return name.endsWith('/*') ? folder.startsWith(name.slice(0, -1)) : name === folder
}

function complain(at: string, about: string, say: string): Complaint {
  return { at, about, say }
}
