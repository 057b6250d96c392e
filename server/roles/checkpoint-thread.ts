/** Thread that moves what the SIP thread committed (bindings, bans) from the write-ahead logs into their files, so that the SIP thread never waits for the disk. */
import { parentPort, workerData } from 'node:worker_threads'
import { giveWay } from '../runtime/thread-priority.ts'
import { systemTimers } from '../runtime/timers.ts'
import { openCheckpointer } from '../storage/sqlite/checkpoint-bindings.ts'

const everyMs = 1000
giveWay()
const checkpointers = (workerData as string[]).map(openCheckpointer)
const stop = systemTimers.every(everyMs, () => {
  for (const checkpointer of checkpointers) checkpointer.run()
})
parentPort?.on('message', () => {
  stop()
  for (const checkpointer of checkpointers) checkpointer.close()
  parentPort?.close()
})
