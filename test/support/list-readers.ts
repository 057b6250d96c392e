/** People who look at a list, each asking again as soon as it has come. They stand for other machines, so they take what is left of this one. */
import { Agent, get } from 'node:http'
import os from 'node:os'

export interface ReadLists {
  url: string
  headers: Record<string, string>
  readers: number
}

os.setPriority(os.constants.priority.PRIORITY_LOW)

let read = 0
let reading = false
let ask: (() => void) | undefined

function askFor({ url, headers, readers }: ReadLists): () => void {
  const agent = new Agent({ keepAlive: true, maxSockets: readers })
  return () => {
    get(url, { agent, headers }, (answer) => {
      answer.resume()
      answer.on('end', () => {
        if (answer.statusCode === 200) read++
        if (reading) ask?.()
      })
    }).on('error', () => process.exit(1))
  }
}

/** What to read begins it; 'pause' ends it and is answered with how many lists were read since. */
process.on('message', (message: ReadLists | 'pause') => {
  if (message === 'pause') {
    reading = false
    process.send?.(read)
    return
  }
  read = 0
  reading = true
  ask ??= askFor(message)
  for (let i = 0; i < message.readers; i++) ask()
})
process.on('disconnect', () => process.exit())
