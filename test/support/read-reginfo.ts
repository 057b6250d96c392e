/** Reads application/reginfo+xml as a strict XML parser would, and keeps a watcher's picture of a line (RFC 3680 §5.2). */

export interface XmlElement {
  name: string
  attributes: Record<string, string>
  children: XmlElement[]
  text: string
}

export interface ReadContact {
  id: string
  state: string
  event: string
  expires: number | undefined
  durationRegistered: number
  q: string | undefined
  callId: string
  cseq: number
  uri: string
  params: [name: string, value: string][]
}

export interface ReadReginfo {
  version: number
  state: string
  aor: string
  registrationId: string
  registrationState: string
  contacts: ReadContact[]
}

const attribute = /^\s+([A-Za-z_][\w.-]*)="([^<"]*)"/

/** Throws for whatever is not well-formed. `bytes`: one character a byte. */
export function readXml(bytes: string): XmlElement {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'))
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if ((code < 32 && ![9, 10, 13].includes(code)) || code === 0xfffe || code === 0xffff) throw new Error(`no XML character: ${code}`)
  }
  const start = text.indexOf('?>') + 2
  if (!text.startsWith('<?xml version="1.0"') || start < 2) throw new Error('no XML declaration')
  const top: XmlElement = { name: '', attributes: {}, children: [], text: '' }
  const open = [top]
  let at = start
  while (at < text.length) {
    const inner = open[open.length - 1] as XmlElement
    const next = text.indexOf('<', at)
    const piece = text.slice(at, next < 0 ? text.length : next)
    inner.text += unescaped(piece)
    if (next < 0) break
    const end = text.indexOf('>', next)
    if (end < 0) throw new Error('a tag that never closes')
    let tag = text.slice(next + 1, end)
    at = end + 1
    if (tag.startsWith('/')) {
      if (open.length < 2 || inner.name !== tag.slice(1)) throw new Error(`</${tag.slice(1)}> closes <${inner.name}>`)
      open.pop()
      continue
    }
    const name = /^[A-Za-z_][\w.-]*/.exec(tag)?.[0] ?? ''
    if (name === '') throw new Error(`no tag: <${tag}>`)
    tag = tag.slice(name.length)
    const element: XmlElement = { name, attributes: {}, children: [], text: '' }
    for (let found = attribute.exec(tag); found !== null; found = attribute.exec(tag)) {
      const [whole, key = '', value = ''] = found
      if (key in element.attributes) throw new Error(`${key} twice`)
      element.attributes[key] = unescaped(value)
      tag = tag.slice(whole.length)
    }
    if (tag !== '') throw new Error(`not of a tag: ${tag}`)
    inner.children.push(element)
    open.push(element)
  }
  if (open.length !== 1 || top.children.length !== 1 || top.text.trim() !== '') throw new Error('not one closed element')
  return top.children[0] as XmlElement
}

/** Throws unless it is a document with one registration and every attribute that §5.1 demands. */
export function readReginfo(bytes: string): ReadReginfo {
  const top = readXml(bytes)
  const [registration, ...more] = top.children
  if (top.name !== 'reginfo' || top.attributes.xmlns !== 'urn:ietf:params:xml:ns:reginfo' || registration === undefined || more.length > 0)
    throw new Error('no reginfo')
  return {
    version: Number(demanded(top, 'version')),
    state: demanded(top, 'state'),
    aor: demanded(registration, 'aor'),
    registrationId: demanded(registration, 'id'),
    registrationState: demanded(registration, 'state'),
    contacts: registration.children.map(readContact),
  }
}

function readContact(element: XmlElement): ReadContact {
  const [uri, ...params] = element.children
  if (element.name !== 'contact' || uri?.name !== 'uri') throw new Error('no contact')
  const { expires, q } = element.attributes
  return {
    id: demanded(element, 'id'),
    state: demanded(element, 'state'),
    event: demanded(element, 'event'),
    expires: expires === undefined ? undefined : Number(expires),
    durationRegistered: Number(demanded(element, 'duration-registered')),
    q,
    callId: demanded(element, 'callid'),
    cseq: Number(demanded(element, 'cseq')),
    uri: uri.text,
    params: params.map((param) => [demanded(param, 'name'), param.text]),
  }
}

function demanded({ name, attributes }: XmlElement, key: string): string {
  const value = attributes[key]
  if (value === undefined) throw new Error(`<${name}> has no ${key}`)
  return value
}

const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#9': '\t' }

function unescaped(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const char = characters[name]
    if (char === undefined || !whole.endsWith(';')) throw new Error(`no entity: ${whole}`)
    return char
  })
}

/** What one who gets every document believes. */
export class Watcher {
  readonly documents: ReadReginfo[] = []
  /** URIs by id. */
  readonly contacts = new Map<string, string>()
  registrationState = ''

  /** Throws when a document is missing or its like came before. */
  take(bytes: string): ReadReginfo {
    const document = readReginfo(bytes)
    const expected = this.documents.length
    if (document.version !== expected) throw new Error(`version ${document.version}, not ${expected}`)
    if (expected === 0 && document.state !== 'full') throw new Error('the first document is not full')
    this.documents.push(document)
    this.registrationState = document.registrationState
    if (document.state === 'full') this.contacts.clear()
    for (const { id, state, uri } of document.contacts) {
      if (state === 'terminated') this.contacts.delete(id)
      else this.contacts.set(id, uri)
    }
    const wanted = this.contacts.size > 0 ? ['active'] : ['terminated', 'init']
    if (!wanted.includes(document.registrationState)) throw new Error(`${document.registrationState} with ${this.contacts.size} contacts`)
    return document
  }

  get uris(): string[] {
    return [...this.contacts.values()].sort()
  }
}
