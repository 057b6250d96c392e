/** Server-Sent Events out of text that arrives in pieces (HTML standard, 9.2.6). */
export interface StreamEvent {
  name: string
  data: string
  id: string
}

/**
 * Give it each piece of text; it calls `onEvent` for every event that is complete. Comments are skipped; the id that stands with one
 * is still the place in the stream, so `onPlace` hears it.
 */
export function makeEventReader(onEvent: (event: StreamEvent) => void, onPlace: (id: string) => void): (piece: string) => void {
  let rest = ''
  let name = ''
  let data: string[] = []
  let id = ''
  function readLine(line: string): void {
    if (line === '') {
      if (id !== '') onPlace(id)
      if (data.length > 0 || name !== '') onEvent({ name: name || 'message', data: data.join('\n'), id })
      name = ''
      data = []
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) return
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') name = value
    else if (field === 'data') data.push(value)
    else if (field === 'id') id = value
  }
  return (piece) => {
    rest += piece
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) readLine(line)
  }
}
