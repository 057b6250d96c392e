/** The project's source as values: what each file imports, uses and says of itself. The house's rules are read off these. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'vite'

/** Path from the project's root, with `/` → text. */
export type Tree = ReadonlyMap<string, string>

export interface Import {
  /** As written. */
  spec: string
  /** The file of ours it leads to, undefined for a package. */
  target: string | undefined
  typeOnly: boolean
  dynamic: boolean
  names: readonly string[]
}

export interface Source {
  path: string
  folder: string
  lines: number
  isTest: boolean
  /** Every comment above the first statement. */
  headComment: string
  imports: readonly Import[]
  /** What it takes from the outside world: `Date.now`, `setTimeout`, `process.env`, … */
  uses: readonly string[]
}

const codeFile = /\.(ts|tsx|mjs)$/
const textFile = /\.(ts|tsx|mjs|json|css|md)$/
const globalsThatReachOut = new Set(['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'WebSocket'])

/** Reads the folders `roots` of the project at `base`. */
export function readTree(base: string, roots: readonly string[]): Tree {
  const tree = new Map<string, string>()
  const walk = (at: string): void => {
    for (const name of readdirSync(path.join(base, at)).sort()) {
      if (name === 'node_modules' || name === 'dist' || name === 'results') continue
      const inside = `${at}/${name}`
      if (statSync(path.join(base, inside)).isDirectory()) walk(inside)
      else if (textFile.test(name)) tree.set(inside, readFileSync(path.join(base, inside), 'utf8'))
    }
  }
  for (const root of roots) if (statSync(path.join(base, root), { throwIfNoEntry: false })) walk(root)
  return tree
}

/** Every code file of the tree, parsed. */
export function sourcesOf(tree: Tree): Source[] {
  return [...tree].filter(([file]) => codeFile.test(file)).map(([file, text]) => readSource(file, text))
}

export function isTestFile(file: string): boolean {
  return /\.(test|bench)\.tsx?$/.test(file) || file.startsWith('test/') || file.startsWith('bench/')
}

function readSource(file: string, text: string): Source {
  const parsed = parseSync(file, text, { sourceType: 'module' })
  const firstStatement = parsed.program.body[0]?.start ?? text.length
  const found: Found = { file, imports: [], uses: new Set() }
  collect(parsed.program as unknown as Node, found)
  return {
    path: file,
    folder: path.posix.dirname(file),
    lines: text.replace(/\n$/, '').split('\n').length,
    isTest: isTestFile(file),
    headComment: parsed.comments
      .filter((comment) => comment.start < firstStatement)
      .map((comment) => comment.value)
      .join('\n'),
    imports: found.imports,
    uses: [...found.uses],
  }
}

interface Found {
  file: string
  imports: Import[]
  uses: Set<string>
}

/** A node of the syntax tree; only the few fields looked at here matter. */
type Node = { type: string } & Record<string, unknown>

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

function collect(node: Node, found: Found): void {
  switch (node.type) {
    case 'ImportDeclaration':
      note(found, node.source, namesOf(node), false, isTypeOnly(node))
      return
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      if (isNode(node.source)) note(found, node.source, namesOf(node), false, isTypeOnly(node))
      break
    case 'ImportExpression':
      note(found, node.source, [], true, false)
      break
    case 'TSImportType':
      note(found, node.source, [], false, true)
      break
    case 'NewExpression':
      collectNew(node, found)
      break
    case 'MemberExpression':
      found.uses.add(dotted(node))
      break
    case 'Identifier':
      if (globalsThatReachOut.has(String(node.name))) found.uses.add(String(node.name))
      break
    case 'TSTypeQuery':
      return
  }
  for (const [key, value] of Object.entries(node)) {
    const isName = (key === 'property' || key === 'key') && node.computed !== true && node.shorthand !== true
    if (isName) continue
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) collect(child, found)
  }
}

/** `new Date()` asks the clock; `new URL('./x.ts', import.meta.url)` names a file that runs on another thread. */
function collectNew(node: Node, found: Found): void {
  const callee = node.callee
  const given = node.arguments as Node[]
  if (!isNode(callee) || callee.type !== 'Identifier') return
  if (callee.name === 'Date' && given.length === 0) found.uses.add('new Date()')
  const [first, second] = given
  if (callee.name === 'URL' && first && second && dotted(second) === 'import.meta.url' && /\.(ts|tsx|mjs)$/.test(String(first.value)))
    note(found, first, [], true, false)
}

function note(found: Found, source: unknown, names: string[], dynamic: boolean, typeOnly: boolean): void {
  const spec = isNode(source) ? source.value : undefined
  if (typeof spec !== 'string') return
  found.imports.push({ spec, target: targetOf(found.file, spec), typeOnly, dynamic, names })
}

function targetOf(file: string, spec: string): string | undefined {
  if (spec.startsWith('#api/')) return spec.slice(1)
  if (spec.startsWith('.')) return path.posix.join(path.posix.dirname(file), spec)
  return undefined
}

function isTypeOnly(node: Node): boolean {
  if (node.importKind === 'type' || node.exportKind === 'type') return true
  const specifiers = (node.specifiers ?? []) as Node[]
  return specifiers.length > 0 && specifiers.every((one) => one.importKind === 'type' || one.exportKind === 'type')
}

function namesOf(node: Node): string[] {
  const specifiers = (node.specifiers ?? []) as Node[]
  return specifiers.map((one) => {
    const imported = one.imported ?? one.local
    if (one.type === 'ImportSpecifier' && isNode(imported)) return String(imported.name ?? imported.value)
    return one.type === 'ExportSpecifier' && isNode(one.local) ? String(one.local.name) : '*'
  })
}

/** `a.b.c` of a member expression; '' where a part is not a plain name. */
function dotted(node: Node): string {
  if (node.type === 'Identifier') return String(node.name)
  if (node.type === 'MetaProperty') return 'import.meta'
  if (node.type !== 'MemberExpression' || node.computed === true) return ''
  const before = isNode(node.object) ? dotted(node.object) : ''
  const last = isNode(node.property) ? String(node.property.name) : ''
  return before === '' ? '' : `${before}.${last}`
}
