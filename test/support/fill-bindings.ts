/** Writes bindings straight into a data directory, through the store's own code: as if that many phones had signed in. */
import path from 'node:path'
import type { Binding } from '../../server/registrar/binding.ts'
import type { StoredRequest } from '../../server/registrar/binding-store.ts'
import { openBindings } from '../../server/storage/sqlite/bindings.ts'

export interface FilledBindings {
  count: number
  /** Epoch ms at which they signed in. */
  at: number
  /** Seconds. */
  granted: number
  /** Parts of a second over which their ends are spread, in ms; 0: all end in the same moment. */
  spreadMs?: number
}

const rowsAtOnce = 5000

/** Line `n` (ids from 1 on) gets one binding, of a phone that no other line has. */
export function fillBindings(data: string, { count, at, granted, spreadMs = 0 }: FilledBindings): void {
  const store = openBindings(path.join(data, 'bindings.db'))
  try {
    for (let from = 0; from < count; from += rowsAtOnce) {
      const batch: StoredRequest[] = []
      for (let index = from; index < Math.min(count, from + rowsAtOnce); index++) {
        const seenAt = at - (spreadMs === 0 ? 0 : Math.floor((index * spreadMs) / count))
        batch.push({ at, changes: [{ kind: 'added', binding: filledBinding(index, seenAt, granted) }] })
      }
      store.commit(batch, (stored) => {
        if (stored.includes(false)) throw new Error('The bindings could not be written.')
      })
    }
    store.noteAlive(at)
  } finally {
    store.close()
  }
}

/** As a desk phone of a private network behind its own address makes it. */
export function filledBinding(index: number, seenAt: number, granted: number): Binding {
  return {
    id: index + 1,
    lineId: index + 1,
    uri: `sip:u${index}@192.168.${index & 255}.${(index >> 8) & 255}:5060;line=${index * 7919}`,
    echo: '',
    instance: '',
    regId: 0,
    q: 1000,
    callId: `${index}_4f1a2b@192.168.0.1`,
    cseq: 1,
    expiresAt: seenAt + granted * 1000,
    granted,
    transport: 'udp',
    ip: `203.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
    port: 5060,
    connection: 0,
    path: '',
    userAgent: 'Bench Phone 1.0',
    boundAt: seenAt,
    seenAt,
    nonceId: index.toString(16).padStart(32, '0'),
    nonceCount: 1,
  }
}
