import { resolve } from 'node:path'
import { diagnose, isUsable } from '../doctor/index.ts'
import { redactor } from '../evidence/redact.ts'
import { importModule } from '../run/import-module.ts'
import { loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { lookAtTarget } from '../workspace/open-target.ts'
import { secretsOf } from '../workspace/secrets.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { aside, say } from './print.ts'
import { diagnosis } from './terminal/diagnosis.ts'
import { lookOf } from './terminal/look.ts'

const flags = { ...targetFlag, ...workspaceFlag } satisfies Readonly<Record<string, Flag>>

/** Says what a target is and what can be tested on it. It writes nothing and prints no secret. */
export const doctor: Command = {
  summary: 'says what a target is, what its keys can do, and what cannot be tested on it',
  flags,
  async run(args) {
    const given = readArguments(args, flags)
    const root = resolve(given.text('workspace') ?? '.')
    const config = await loadConfig(root, importModule)
    const environment = loadEnvironment(root, given.text('target') ?? null, process.env)
    const opened = await lookAtTarget({ root, config, environment, sandbox: { holes: [] }, onProgress: aside })
    try {
      const found = await diagnose(opened.target, config, opened.writesRefused)
      const findings = redactor(secretsOf(opened.target, []))(found)
      say(diagnosis(opened.target, findings, lookOf(process.env, process.stdout)))
      return isUsable(findings) ? 0 : 2
    } finally {
      await opened.close()
    }
  },
}
