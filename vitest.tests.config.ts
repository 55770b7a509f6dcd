import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

/** Trespass's own tests. The workspace's matrices are the tests of `vitest.config.ts`. */
export default defineConfig({
  resolve: { alias: { trespass: new URL('./harness/index.ts', import.meta.url).pathname } },
  test: {
    include: ['{harness,sandbox,test}/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    allowOnly: false,
    retry: 0,
  },
})
