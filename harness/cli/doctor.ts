import { resolve } from 'node:path'
import { diagnose, isUsable } from '../doctor/index.ts'
import { WorkspaceProblems } from '../errors.ts'
import { loadRoster } from '../matrix/load.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import { importModule } from '../run/import-module.ts'
import { loadConfig } from '../workspace/config.ts'
import { leftOutNote, loadEnvironment } from '../workspace/environment.ts'
import { openReadOnly } from '../workspace/open-target.ts'
import { secretsOf } from '../workspace/secrets.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { print, printError } from './print.ts'
import { diagnosis } from './terminal/diagnosis.ts'
import { terminalStyleOf } from './terminal/terminal-style.ts'

const flags = { ...targetFlag, ...workspaceFlag } satisfies Readonly<Record<string, Flag>>

/** Describes a target and what can be tested on it. It writes nothing and prints no secret. */
export const doctor: Command = {
  summary: 'says what a target is, what its keys can do, and what cannot be tested on it',
  flags,
  exits: {
    0: 'a run works on this target',
    2: 'a run would not work, or bad usage or configuration',
  },
  examples: ['npx trespass doctor --target staging', 'npx trespass doctor --workspace ../your-project --target local'],
  async run(args) {
    const given = readArguments(args, flags)
    const root = resolve(given.text('workspace') ?? '.')
    const config = await loadConfig(root, importModule)
    const environment = loadEnvironment(root, given.text('target') ?? null, process.env)
    const note = leftOutNote(environment)
    if (note !== null) printError(note)
    const opened = await openReadOnly({ root, config, environment, sandbox: { holes: [] }, onProgress: printError })
    try {
      const found = await diagnose(opened.target, config, opened.writesRefused, await workerRoles(root), root)
      const findings = redactor(secretsOf(opened.target, []))(found)
      print(diagnosis(opened.target, findings, terminalStyleOf(process.env, process.stdout)))
      return isUsable(findings) ? 0 : 2
    } finally {
      await opened.close()
    }
  },
}

/** The login roles of the workspace's workers; none if its files have mistakes, which `trespass run` reports. */
async function workerRoles(root: string): Promise<readonly string[]> {
  try {
    const { roster } = await loadRoster({ root, paths, importModule })
    return [...new Set(roster.actors.flatMap(({ role }) => role ?? []))]
  } catch (error) {
    if (error instanceof WorkspaceProblems) return []
    throw error
  }
}
