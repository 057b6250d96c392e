/** Thread of the sample phones: starts them with what it is handed, ends with the program. */
import { parentPort, workerData } from 'node:worker_threads'
import { runPhones, type SamplePhone } from './phone-habits.ts'

const stop = runPhones(workerData as SamplePhone[])
parentPort?.on('message', () => {
  stop()
  parentPort?.close()
})
