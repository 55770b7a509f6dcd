import { configDefaults, defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

/** Tests that start no sandbox and no command. They share a process, so each file restores what it changes there. */
const unit = [
  'harness/**/*.test.ts',
  'test/language.test.ts',
  'test/night/plan.test.ts',
  'sandbox/{config,config-*}.test.ts',
  'sandbox/auth/{app,bcrypt,totp}.test.ts',
  'sandbox/gateway/target.test.ts',
  'sandbox/migrations/{platform-commands,split}.test.ts',
  'sandbox/postgres/{extension-table,own-installation}.test.ts',
]

/**
 * Tests that run the whole demo or all holes, kill a run at many moments, take services away from it, or start a command for
 * every one of many inputs.
 */
const long = [
  'test/e2e/{holes,scenario-twins,demo,secrets,survey-demo,crash,less-crash,database-faults,gateway-faults,beside,side-by-side}.test.ts',
  'test/e2e/{vitest,configuration,kept-users,kept-rows,report-page,limits,bad-matrices,less,doctor-promise,shards,realtime}.test.ts',
  'test/{inventory/coverage,redaction/redaction,changes/looks}.test.ts',
  'test/realtime/cluster.test.ts',
  'test/migrations/polls.test.ts',
]

/** Every file has a process of its own, and temporary files are in memory if the machine offers that. */
const real = { isolate: true, globalSetup: ['./build/global-setup.js', './test/memory-folder.ts'] }

/** Trespass's own tests. The workspace's matrices are the tests of `vitest.config.ts`. */
export default defineConfig({
  resolve: { alias: { trespass: new URL('./harness/index.ts', import.meta.url).pathname } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Polling ends as soon as the condition holds; the limit is for conditions that never hold, also on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    allowOnly: false,
    retry: 0,
    projects: [
      { extends: true, test: { name: 'unit', include: unit, isolate: false } },
      {
        extends: true,
        test: {
          ...real,
          name: 'real',
          include: ['{sandbox,test}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...unit, ...long],
        },
      },
      { extends: true, test: { ...real, name: 'long', include: long } },
    ],
  },
})
