import { resolve } from 'node:path'
import { readInventory } from '../inventory/read-inventory.ts'
import { inventoryJson, inventoryText } from '../inventory/text.ts'
import { redactor } from '../redaction/redact.ts'
import { importModule } from '../run/import-module.ts'
import { keepTargetSchema } from '../run/keep-target-schema.ts'
import { withTiedConnections } from '../run/prove-database.ts'
import { loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { openReadOnly } from '../workspace/open-target.ts'
import { schemaDigest } from '../workspace/schema-sources.ts'
import { secretsOf } from '../workspace/secrets.ts'
import { type Flag, noWords, readArguments } from './arguments.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { print, printError } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...targetFlag,
  ...workspaceFlag,
  json: { type: 'boolean', help: 'prints the whole inventory as JSON' },
} as const satisfies Readonly<Record<string, Flag>>

/**
 * Lists the objects that requests can reach on a target. It writes nothing to the target and reads no row of its tables; the schema
 * is stored in the workspace for `trespass check`.
 */
export const inventory: Command = {
  summary: 'lists what is reachable on a target, by which role, and what deserves a second look',
  flags,
  exits: {
    0: 'everything reachable was listed',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
  },
  examples: ['npx trespass inventory', 'npx trespass inventory --target staging --json'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    const root = resolve(given.text('workspace') ?? '.')
    const config = await loadConfig(root, importModule)
    const environment = loadEnvironment(root, given.text('target') ?? null, process.env)
    const digest = await schemaDigest(root)
    const opened = await openReadOnly({ root, config, environment, sandbox: { holes: [] }, onProgress: printError })
    try {
      const { target } = opened
      const redact = redactor(secretsOf(target, []))
      const found = redact(await readInventory(root, target))
      const unwritten = await keepTargetSchema(root, withTiedConnections(target), { digest, found })
      if (unwritten !== null) printError(redact(unwritten))
      if (given.on('json')) print(inventoryJson(found, target.alias))
      else for (const line of inventoryText(found, target.alias).split('\n')) print(plain(line))
      return 0
    } finally {
      await opened.close()
    }
  },
}
