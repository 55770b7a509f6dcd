import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { claimNames, fieldsOf, isCompleted } from '../deployments/fields.ts'
import { committedMigration } from '../deployments/migration.ts'
import type { Deployment } from '../deployments/model.ts'
import { addEntry } from '../deployments/record-file.ts'
import { recordedReviews } from '../deployments/reviews.ts'
import { sidesOf } from '../deployments/runs.ts'
import {
  answerOf,
  expectedOf,
  type StatementFlag,
  statementFlags,
  statementOf,
  type TextCheck,
  textChecker,
} from '../deployments/statement.ts'
import { TrespassError } from '../errors.ts'
import { allTotals, exitCode } from '../evidence/totals.ts'
import { importModule } from '../run/import-module.ts'
import { type Config, declaredTarget, loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { projectDigest } from '../workspace/project-ref.ts'
import { secretsIn } from '../workspace/secrets.ts'
import { type Flag, type Given, readArguments } from './arguments.ts'
import { withQuestions } from './ask.ts'
import { type Command, workspaceFlag } from './command.ts'
import { print } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...workspaceFlag,
  migration: { type: 'string', value: 'FILE', help: 'the migration that was applied: supabase/migrations/<name>.sql' },
  target: { type: 'string', value: 'ALIAS', help: 'the environment that it was applied to' },
  report: {
    type: 'string',
    multiple: true,
    value: 'REPORT',
    help: 'a run before the application, or one after it (default: the newest of the target)',
  },
  'applied-by': { type: 'string', value: 'NAME', help: 'who applied it' },
  'applied-at': { type: 'string', value: 'TIME', help: 'when, in UTC: 2026-11-21T10:15:00Z' },
  method: { type: 'string', value: 'TEXT', help: 'how: "supabase db push"' },
  result: { type: 'string', value: 'RESULT', help: 'applied, failed-partial or corrected' },
  deviations: { type: 'string', value: 'TEXT', help: 'what was observed that was not planned, or none' },
  review: {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'what `trespass policies`, `privileges`, `advisors` or `readiness` printed with --json',
  },
  'follow-up': { type: 'string', value: 'FILE', help: 'the migration that corrects it' },
} as const satisfies Readonly<Record<string, Flag>>

/** Records the tests of a migration that was applied. */
export const record: Command = {
  summary: 'writes down what was tested when a migration was applied',
  flags,
  exits: {
    0: 'the record is complete',
    1: 'a run that it names has findings',
    2: 'bad usage or configuration, or a failure of Trespass itself',
    3: 'something is missing from it',
  },
  examples: [
    'npx trespass record --target production --migration supabase/migrations/20260301090000_polls.sql',
    'npx trespass record --target production --follow-up deployments/20260301-polls.md',
  ],
  async run(args) {
    const given = readArguments(args, flags)
    refuseWords(given)
    const root = resolve(given.text('workspace') ?? '.')
    const config = await loadConfig(root, importModule)
    const environment = loadEnvironment(root, required(given, 'target'), process.env)
    const { alias } = environment
    refuseUnknown(root, config, alias)
    const migration = await committedMigration(root, required(given, 'migration'))
    const followUp = given.text('follow-up')
    const following = followUp === undefined ? null : await committedMigration(root, followUp)
    const reviews = recordedReviews(await Promise.all(given.texts('review').map(reviewFile)), alias)
    const careful = textChecker([...secretsIn(environment), ...config.protected_refs])
    const said = statementOf(await answers(given, careful), following)
    const { appliedAt, result } = said
    const { values } = environment
    const project = projectDigest(values.TRESPASS_URL?.value ?? null, values.TRESPASS_DATABASE_URL?.value ?? null)
    const sides = await sidesOf({ root, alias, project, appliedAt, named: given.texts('report') })
    const deployment = { alias, appliedAt, result, ...sides, migration, said, reviews }
    const file = await addEntry(root, deployment, new Date())
    print(plain(relative(process.cwd(), resolve(root, file)) || file))
    return printDeployment(deployment)
  },
}

function refuseWords({ words: [stray] }: Given): void {
  if (stray === undefined) return
  throw new TrespassError('usage', `found ${stray}, expected flags only`, {
    hint: 'trespass record --migration supabase/migrations/<file>.sql --target <alias>',
  })
}

async function reviewFile(name: string): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const bytes = await readFile(name).catch((cause: unknown) => {
    throw new TrespassError('not-a-review', `found no file ${name}, expected a review`, { cause })
  })
  return { name, bytes }
}

function required(given: Given, flag: 'target' | 'migration'): string {
  const value = given.text(flag)
  if (value !== undefined) return value
  throw new TrespassError('usage', `found no --${flag}, expected ${flags[flag].help}`)
}

/** A misspelt alias would start a second history. */
function refuseUnknown(root: string, config: Config, alias: string): void {
  const places = [`reports/${alias}`, `supabase/deployments/${alias}`, `.env.${alias}`]
  if (declaredTarget(config, alias) !== undefined || places.some((place) => existsSync(join(root, place)))) return
  throw new TrespassError('unknown-target', `found the target ${alias}, expected one that this workspace knows`, {
    hint: 'Name it under `targets` in trespass.config.ts, or run its matrices first. Nothing was written.',
  })
}

/** Takes the answers from the flags, and asks for the others if a user is at the terminal. */
async function answers(given: Given, careful: TextCheck): Promise<ReadonlyMap<StatementFlag, string>> {
  const read = (flag: StatementFlag, text: string) => answerOf(flag, careful(flag, text), new Date())
  const found = new Map<StatementFlag, string>()
  for (const flag of statementFlags) {
    const text = given.text(flag)
    if (text !== undefined) found.set(flag, read(flag, text))
  }
  const optional = given.text('follow-up') === undefined ? [] : ['deviations']
  const missing = statementFlags.filter((flag) => !found.has(flag) && !optional.includes(flag))
  if (missing.length === 0) return found
  if (!process.stdin.isTTY) {
    const flagged = missing.map((flag) => `--${flag}: ${expectedOf(flag)}`)
    throw new TrespassError(
      'usage',
      `this is missing, and there is no terminal to ask on:\n  ${flagged.join('\n  ')}`,
      {
        hint: 'Nothing was written.',
      },
    )
  }
  return withQuestions({ input: process.stdin, output: process.stderr }, async (ask) => {
    for (const flag of missing) {
      found.set(flag, await ask(`${flag} (${expectedOf(flag)})`, (text) => read(flag, text)))
    }
    return found
  })
}

/** @returns 0 if everything is completed, 1 if a run has findings, else 3: a check is missing. */
function printDeployment(deployment: Deployment): number {
  const fields = fieldsOf(deployment)
  for (const name of claimNames) print(`  ${name}: ${plain(fields[name])}`)
  const runs = [deployment.before, deployment.after].flatMap(({ tested }) => (tested === null ? [] : [tested.run]))
  if (runs.some((run) => exitCode(allTotals(run), 0) === 1)) return 1
  return claimNames.every((name) => isCompleted(fields[name])) ? 0 : 3
}
