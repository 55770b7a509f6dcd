import { resolve } from 'node:path'
import { measure } from '../coverage/measure.ts'
import { trialsOf } from '../coverage/trials.ts'
import { readInventory } from '../inventory/read-inventory.ts'
import { loadWorkspace } from '../matrix/load.ts'
import { coverageTotals, missingFrom } from '../model/coverage.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import { importModule } from '../run/import-module.ts'
import { loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { openReadOnly } from '../workspace/open-target.ts'
import { secretsOf } from '../workspace/secrets.ts'
import { type Flag, noWords, readArguments } from './arguments.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { print, printError } from './print.ts'
import { coverageWanted } from './run-coverage.ts'
import { coverageLines, coverageTable } from './terminal/coverage.ts'
import { terminalStyleOf } from './terminal/terminal-style.ts'

const flags = {
  ...targetFlag,
  ...workspaceFlag,
  json: { type: 'boolean', help: 'prints every unit as JSON, in the form of coverage.json' },
} as const satisfies Readonly<Record<string, Flag>>

/**
 * Compares the declared matrices with the objects that requests can reach on a target. Nothing is tried and nothing is written.
 */
export const coverage: Command = {
  summary: 'shows what is reachable on a target and which of it the matrices would try, without a run',
  flags,
  exits: {
    0: 'everything that the configuration requires would be tried',
    1: 'something required would not be tried',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
  },
  examples: ['npx trespass coverage', 'npx trespass coverage --target staging --json'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    const root = resolve(given.text('workspace') ?? '.')
    const config = await loadConfig(root, importModule)
    const environment = loadEnvironment(root, given.text('target') ?? null, process.env)
    const workspace = await loadWorkspace({ root, paths, importModule })
    const { gaps, expired, required } = await coverageWanted(root, config.coverage?.require ?? [])
    const opened = await openReadOnly({ root, config, environment, sandbox: { holes: [] }, onProgress: printError })
    try {
      const { target } = opened
      const redact = redactor(secretsOf(target, []))
      const inventory = await readInventory(root, target)
      const matrices = workspace.matrices.map(({ matrix }) => matrix)
      const record = redact(
        measure(
          inventory,
          trialsOf(matrices, workspace.roster, paths, () => true),
          gaps,
        ),
      )
      const style = terminalStyleOf(process.env, process.stdout)
      if (given.on('json')) print(JSON.stringify(record, null, 2))
      else {
        const run = { coverage: coverageTotals(record, required), shard: null }
        print(coverageTable(record, style))
        print(coverageLines({ record }, run, style).join('\n'))
        for (const { gap, until } of expired) print(`accepted.yaml: the gap ${gap} expired on ${until}`)
      }
      return missingFrom(record, required).length === 0 ? 0 : 1
    } finally {
      await opened.close()
    }
  },
}
