import type { Command } from './command.ts'

/** Each command is loaded on demand: `run` has many dependencies that a command about reports does not need. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).run,
  sandbox: async () => (await import('./sandbox.ts')).sandbox,
  doctor: async () => (await import('./doctor.ts')).doctor,
  check: async () => (await import('./check.ts')).check,
  init: async () => (await import('./init.ts')).init,
  inventory: async () => (await import('./inventory.ts')).inventory,
  policies: async () => (await import('./policies.ts')).policies,
  privileges: async () => (await import('./privileges.ts')).privileges,
  advisors: async () => (await import('./advisors.ts')).advisors,
  readiness: async () => (await import('./readiness.ts')).readiness,
  drift: async () => (await import('./drift.ts')).drift,
  credentials: async () => (await import('./credentials.ts')).credentials,
  coverage: async () => (await import('./coverage.ts')).coverage,
  worksheet: async () => (await import('./worksheet.ts')).worksheet,
  reproduce: async () => (await import('./reproduce.ts')).reproduce,
  decide: async () => (await import('./decide.ts')).decide,
  survey: async () => (await import('./survey.ts')).survey,
  mutate: async () => (await import('./mutate.ts')).mutate,
  cleanup: async () => (await import('./cleanup.ts')).cleanup,
  merge: async () => (await import('./merge.ts')).merge,
  explain: async () => (await import('./explain.ts')).explain,
  diff: async () => (await import('./diff.ts')).diff,
  verify: async () => (await import('./verify.ts')).verify,
  attest: async () => (await import('./attest.ts')).attest,
  record: async () => (await import('./record.ts')).record,
  prune: async () => (await import('./prune.ts')).prune,
}

/** @returns every command by its name, loaded. */
export async function allCommands(): Promise<Readonly<Record<string, Command>>> {
  return Object.fromEntries(
    await Promise.all(Object.entries(commands).map(async ([name, load]) => [name, await load()] as const)),
  )
}
