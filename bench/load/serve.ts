/** The whole server with the settings of the environment, as `regista serve` runs it; a process of its own, so that its CPU can be told apart. */
import { readConfig } from '../../server/config/read-config.ts'
import { serve } from '../../server/main.ts'

await serve(readConfig())
