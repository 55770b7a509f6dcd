import { resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { loadWorkspace } from '../matrix/load.ts'
import { paths } from '../paths/registry.ts'
import { asMarkdown, asText } from '../reviews/document.ts'
import { readDrift } from '../reviews/drift/read-drift.ts'
import { migrationsSide } from '../reviews/drift/read-side.ts'
import { driftSections, isDrift } from '../reviews/drift/sections.ts'
import { importModule } from '../run/import-module.ts'
import { loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { type Flag, noWords, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { print, printError } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = {
  from: { type: 'string', value: 'SIDE', help: 'migrations (default): the schema that they make; or an alias' },
  to: { type: 'string', value: 'ALIAS', help: 'the target to compare with (default: the one of TRESPASS_TARGET)' },
  ...workspaceFlag,
  gate: { type: 'boolean', help: 'exit code 1 when something differs' },
  json: { type: 'boolean', help: 'prints the comparison as JSON' },
  markdown: { type: 'boolean', help: 'prints it as Markdown, for a pull request or a deployment record' },
} as const satisfies Readonly<Record<string, Flag>>

/** Compares the schema of the committed migrations, or a target, with a target. It writes nothing to either. */
export const drift: Command = {
  summary: 'compares the schema of the migrations, or a target, with a target, and says why each object differs',
  flags,
  exits: {
    0: 'the two were compared; with --gate: nothing differs',
    1: 'with --gate: an object differs, or the history of migrations does not fit',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
  },
  examples: ['npx trespass drift --to staging --gate', 'npx trespass drift --from staging --to production --markdown'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    if (given.on('json') && given.on('markdown')) throw usage('found --json and --markdown, expected one of the two')
    const root = resolve(given.text('workspace') ?? '.')
    const from = given.text('from') ?? migrationsSide
    const to = given.text('to') ?? loadEnvironment(root, null, process.env).alias
    if (to === 'sandbox' || to === migrationsSide) throw usage(`found --to ${to}, expected the alias of a target`)
    if (from === to) throw usage(`found ${to} on both sides, expected two targets, or the migrations and a target`)
    const config = await loadConfig(root, importModule)
    const workspace = await loadWorkspace({ root, paths, importModule })
    const found = await readDrift({ from, to }, workspace, { root, config, onProgress: printError })
    const differs = isDrift(found)
    const title = `Drift from ${from} to ${to}: ${differs ? 'they differ' : 'nothing differs'}`
    if (given.on('json')) print(JSON.stringify({ schema: 'trespass/drift@1', drift: differs, ...found }, null, 2))
    else if (given.on('markdown')) print(asMarkdown(title, driftSections(found)))
    else for (const line of asText(title, driftSections(found)).split('\n')) print(plain(line))
    return given.on('gate') && differs ? 1 : 0
  },
}

function usage(found: string): TrespassError {
  return new TrespassError('usage', found, { hint: 'Name the target after --to: `npx trespass drift --to staging`.' })
}
