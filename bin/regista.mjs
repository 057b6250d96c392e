#!/usr/bin/env node
/** The operator's command: `npx regista <verb>`, in the directory where it was typed. */
import path from 'node:path'
import { root, run } from './run-node.mjs'

try {
  process.exitCode = await run([path.join(root, 'server', 'command.ts'), ...process.argv.slice(2)], { cwd: process.cwd() })
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
