import { resolve } from 'node:path'
import { chosenWork, execute } from '../engine/execute.ts'
import { RunRecords } from '../engine/run-records.ts'
import { TrespassError } from '../errors.ts'
import { redactor } from '../redaction/redact.ts'
import { redactedError } from '../redaction/redact-error.ts'
import { openRun } from '../run/open-run.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { shardOf } from '../workspace/shard.ts'
import { type Flag, readArguments } from './arguments.ts'
import { concurrencyOf, namePattern, roundsOf } from './choices.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { Interruption } from './interruption.ts'
import { outputFlags, outputOf } from './output.ts'
import { explain, print } from './print.ts'
import { ProgressDisplay, silentScreen } from './progress-display.ts'
import { coverageWanted } from './run-coverage.ts'
import { report } from './run-report.ts'
import { failedResult } from './run-result.ts'
import { signing } from './signing.ts'
import { handlingStrayErrors } from './uncaught-errors.ts'

const flags = {
  ...targetFlag,
  ...workspaceFlag,
  scenario: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'only scenarios that match, by name or file; may be repeated',
  },
  round: { type: 'string', value: 'N', help: 'only this round of each scenario' },
  rounds: { type: 'string', value: 'N', help: 'so many rounds of each scenario, whatever it says itself' },
  matrix: {
    type: 'string',
    multiple: true,
    value: 'GLOB',
    help: 'only matrix files that match, such as documents or "{billing,seats}/**"; may be repeated',
  },
  cell: {
    type: 'string',
    multiple: true,
    value: 'ID',
    help: 'only this cell: "documents › {alice,bob} › rename own"; may be repeated',
  },
  'test-name': { type: 'string', short: 't', value: 'PATTERN', help: 'only cells whose name matches, as in Vitest' },
  shard: {
    type: 'string',
    value: 'I/N',
    help: 'the matrices and scenarios of one shard; `trespass merge` puts the reports together',
  },
  'with-hole': { type: 'string', multiple: true, value: 'NAME', help: 'opens holes/NAME.sql in the sandbox first' },
  coverage: {
    type: 'boolean',
    help: 'fails when something reachable is not tried: what the configuration requires, or all',
  },
  'old-default-grants': {
    type: 'boolean',
    help: 'new tables of the sandbox are granted to the API roles, as on projects made before 2026',
  },
  'before-apply': { type: 'boolean', help: 'rehearses a migration: the matrices before it and after it, on a sandbox' },
  migration: { type: 'string', value: 'FILE', help: 'the migration that --before-apply rehearses' },
  'applied-by': {
    type: 'string',
    value: 'TOOL',
    help: 'with --before-apply: supabase-cli (default), sql-editor, psql or psql-single-transaction',
  },
  concurrency: {
    type: 'string',
    value: 'N',
    help: 'how many requests are under way at once (default: 8 at first, then as the target takes them)',
  },
  ...outputFlags,
} as const satisfies Readonly<Record<string, Flag>>

/** The flags that leave cells out. */
const choosing = ['matrix', 'scenario', 'round', 'rounds', 'cell', 'test-name'] as const

/** Runs matrices, prints the findings, and writes the evidence. */
export const run: Command = {
  summary: 'tries every cell of the matrices and every scenario, and writes the evidence',
  flags,
  exits: {
    0: 'all held',
    1: 'findings: breach, lockout, wrong-layer or undecided, or coverage that is required and missing',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
    3: 'nothing wrong found, but not all of it is proven',
    130: 'broken off; what was made is swept',
  },
  examples: [
    'npx trespass run --target staging --matrix "{documents,projects}"',
    'npx trespass run --cell "documents › alice › rename own" --verbose',
  ],
  async run(args) {
    try {
      return await runMatrices(args)
    } catch (error) {
      // A program that reads standard output finds one JSON document there in any case.
      if (args.includes('--json')) print(JSON.stringify(failedResult(asShown(error), 2), null, 2))
      throw error
    }
  },
}

async function runMatrices(args: readonly string[]): Promise<number> {
  const given = readArguments(args, flags)
  const [stray] = given.words
  if (stray !== undefined) {
    throw new TrespassError('usage', `found ${stray}, expected flags only`, {
      hint: 'Name files with --matrix GLOB.',
    })
  }
  const output = outputOf(given)
  const root = resolve(given.text('workspace') ?? '.')
  if (given.on('before-apply') && given.on('old-default-grants')) {
    const hint = 'Set `auto_expose_new_tables = true` under `[api]` in supabase/config.toml instead.'
    throw new TrespassError('usage', 'found --old-default-grants beside --before-apply, expected one of the two', {
      hint,
    })
  }
  if (given.on('before-apply')) return (await import('./before-apply.ts')).beforeApply(root, given, output)
  if (given.text('applied-by') !== undefined) {
    throw new TrespassError('usage', 'found --applied-by, expected it beside --before-apply', {
      hint: 'It says by which tool the rehearsed migration is applied.',
    })
  }
  if (given.text('migration') !== undefined) {
    const hint = 'It rehearses a migration before it is applied.'
    throw new TrespassError('usage', 'found --migration, expected it beside --before-apply', { hint })
  }
  const holes = given.texts('with-hole')
  const oldDefaultGrants = given.on('old-default-grants')
  const shardText = given.text('shard')
  const shard = shardText === undefined ? undefined : shardOf(shardText)
  const pattern = namePattern(given.texts('cell'), given.text('test-name'))
  const concurrency = concurrencyOf(given.text('concurrency'))
  const alias = given.text('target')
  const only = given.texts('matrix')
  const onlyScenarios = given.texts('scenario')
  const cells = given.texts('cell')
  const rounds = roundsOf(given.text('round'), given.text('rounds'))
  const chosen = choosing.flatMap((flag) => {
    const value = given.text(flag)
    return [...given.texts(flag), ...(value === undefined ? [] : [value])].map((one) => `--${flag} ${one}`)
  })
  if (given.on('coverage') && chosen.length > 0) {
    throw new TrespassError('usage', `found --coverage beside ${chosen.join(', ')}, expected it alone`, {
      hint: 'Coverage is counted over all cells.',
    })
  }
  const gaps = await coverageWanted(root, [])
  const { sign, secrets } = await signing(loadEnvironment(root, alias ?? null, process.env))
  const display = new ProgressDisplay(output.detail === 'quiet' ? silentScreen : process.stderr)
  const startedAt = new Date()
  const interruption = new Interruption()
  const opened = await openRun({
    root,
    holes,
    inventory: chosen.length === 0,
    oldDefaultGrants,
    onProgress: (text) => display.step(text),
    onNote: (text) => display.note(text),
    onNamed: (run, alias) => interruption.about({ root, run, alias }),
    signal: interruption.signal,
    ...(alias === undefined ? {} : { alias }),
    ...(only.length === 0 ? {} : { only }),
    ...(onlyScenarios.length === 0 ? {} : { onlyScenarios }),
    ...(cells.length === 0 ? {} : { cells }),
    ...(rounds === undefined ? {} : { rounds }),
    ...(shard === undefined ? {} : { shard }),
    ...(concurrency === undefined ? {} : { concurrency }),
  }).catch((error: unknown) => {
    display.clear()
    return unlessBrokenOff(error)
  })
  if (opened instanceof TrespassError) {
    display.clear()
    const code = interruption.code ?? 2
    if (output.json) print(JSON.stringify(failedResult(asShown(opened), code), null, 2))
    explain(opened)
    return code
  }
  const { named } = opened
  const choice = {
    ...(pattern === undefined ? {} : { pattern }),
    ...(named === null ? {} : { named }),
    ...(shard === undefined ? {} : { shard }),
  }
  const work = chosenWork(opened, choice)
  const collected = work.reduce((sum, { count }) => sum + count, 0)
  display.expect(work)
  const records = new RunRecords((name, verdict) => display.ended(name, verdict))
  const failing = new AbortController()
  const signal = AbortSignal.any([interruption.signal, failing.signal])
  const failure = await handlingStrayErrors(
    (error) => {
      records.onFailure(error.message)
      failing.abort(error)
    },
    () => execute({ run: opened, listener: records, signal, ...choice }),
  ).then(
    () => null,
    (error: unknown) => error,
  )
  display.step('sweeping')
  const whole = failure === null && !interruption.signal.aborted && records.whole
  const cleanup = await opened.close(whole ? 'whole' : 'broken')
  display.clear()
  if (failure !== null) throw redactedError(failure, redactor([...opened.context.secrets, ...secrets]))
  const { code: interrupted } = interruption
  const required = given.on('coverage') && opened.required.length === 0 ? (['all'] as const) : opened.required
  const about = { root, startedAt, holes, shard: shardText ?? null, chosen, collected, sign, secrets, output }
  return report({ ...about, coverage: { ...gaps, required }, opened, records, cleanup, interrupted })
}

/** Cancelling a run before it is open is not a failure of Trespass. */
function unlessBrokenOff(error: unknown): TrespassError {
  if (error instanceof TrespassError && error.code === 'broken-off') return error
  throw error
}

/** An error in the form that {@link explain} prints. */
function asShown(error: unknown): unknown {
  return redactedError(error, redactor([]))
}
