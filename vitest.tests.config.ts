import { configDefaults, defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

/** What starts no sandbox and no command: tests of pure functions and of small servers, all beside their code. */
const unit = [
  'harness/**/*.test.ts',
  'sandbox/config.test.ts',
  'sandbox/auth/{app,bcrypt,totp}.test.ts',
  'sandbox/gateway/target.test.ts',
  'sandbox/migrations/split.test.ts',
]

/** Trespass's own tests. The workspace's matrices are the tests of `vitest.config.ts`. */
export default defineConfig({
  resolve: { alias: { trespass: new URL('./harness/index.ts', import.meta.url).pathname } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    allowOnly: false,
    retry: 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      // These files share a process, so that every module is evaluated once: what a file changes it puts back.
      { extends: true, test: { name: 'unit', include: unit, isolate: false } },
      {
        extends: true,
        test: {
          name: 'real',
          globalSetup: ['./test/memory-folder.ts'],
          include: ['{sandbox,test}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...unit],
        },
      },
    ],
  },
})
