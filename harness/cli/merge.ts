import { relative, resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { reportFolder } from '../evidence/evidence.ts'
import { mergeRuns } from '../evidence/merge.ts'
import { allTotals, judged } from '../evidence/totals.ts'
import { writeEvidence } from '../evidence/write.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { reportCode } from './exit-code.ts'
import { print } from './print.ts'
import { signing } from './signing.ts'
import { closing } from './terminal/closing.ts'
import { terminalStyleOf } from './terminal/terminal-style.ts'

const flags = { ...workspaceFlag } satisfies Readonly<Record<string, Flag>>

/** Merges the reports of a run's shards into one. */
export const merge: Command = {
  summary: 'puts the reports of shards together into one',
  words: 'REPORT REPORT…',
  flags,
  exits: {
    0: 'all held',
    1: 'findings, or coverage that is required and missing',
    2: 'bad usage, reports that do not belong together, or a failure of Trespass itself',
    3: 'nothing wrong found, but not all of it is proven',
  },
  examples: ['npx trespass merge reports/staging/*', 'npx trespass merge reports/staging/one reports/staging/two'],
  async run(args) {
    const given = readArguments(args, flags)
    if (given.words.length < 2) {
      throw new TrespassError('usage', `found ${given.words.length} report folders, expected those of all shards`, {
        hint: 'trespass merge reports/staging/<run of 1/2> reports/staging/<run of 2/2>',
      })
    }
    const root = resolve(given.text('workspace') ?? '.')
    const evidence = await mergeRuns(given.words.map((folder) => resolve(folder)))
    const { sign } = await signing(loadEnvironment(root, evidence.run.target.alias, process.env))
    await writeEvidence(root, evidence, sign)
    const style = terminalStyleOf(process.env, process.stdout)
    const collected = judged(allTotals(evidence.run))
    const report = relative(process.cwd(), resolve(root, reportFolder(evidence.run)))
    const code = reportCode(evidence.run, collected)
    const { coverage } = evidence
    const measured = coverage === undefined ? null : { record: coverage }
    print(closing({ run: evidence.run, collected, code, report, coverage: measured, expired: [] }, style))
    return code
  },
}
