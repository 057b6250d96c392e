/** Which tests there are and how each kind runs. Kinds run one after another; two cores are shared by all. */
import { defineConfig } from 'vitest/config'

const minute = 60_000

export default defineConfig({
  test: {
    maxWorkers: 2,
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{server,api,portal,sample}/**/*.test.{ts,tsx}',
            'test/*.test.ts',
            'test/{support,contract,property,torture}/**/*.test.ts',
          ],
          environment: 'node',
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'scenario',
          include: ['test/scenario/**/*.test.ts'],
          environment: 'node',
          fileParallelism: false,
          testTimeout: minute,
          hookTimeout: minute,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          environment: 'node',
          fileParallelism: false,
          testTimeout: minute,
          hookTimeout: 2 * minute,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
