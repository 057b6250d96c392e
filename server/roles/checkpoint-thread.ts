/** Thread that moves committed bindings from the write-ahead log into their file, so that the SIP thread never waits for the disk. */
import { parentPort, workerData } from 'node:worker_threads'
import { systemTimers } from '../runtime/timers.ts'
import { openCheckpointer } from '../storage/sqlite/checkpoint-bindings.ts'

const everyMs = 1000
const checkpointer = openCheckpointer(workerData as string)
const stop = systemTimers.every(everyMs, checkpointer.run)
parentPort?.on('message', () => {
  stop()
  checkpointer.close()
  parentPort?.close()
})
