import { resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { enveloped, statementLimit, statementOf } from '../evidence/attestation.ts'
import { findReport } from '../evidence/find-report.ts'
import { verifyReport } from '../evidence/verify.ts'
import { loadEnvironment, signingJwk } from '../workspace/environment.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { print, printError } from './print.ts'
import { signing } from './signing.ts'
import { plain } from './terminal/text.ts'

const flags = { ...workspaceFlag } satisfies Readonly<Record<string, Flag>>

/** Prints a verified report as a statement for attestation tools, signed if a key is set. */
export const attest: Command = {
  summary: 'prints a report as an in-toto test result, for attestation tools',
  words: 'REPORT',
  flags,
  exits: {
    0: 'the statement was printed',
    1: 'the report is not as it was written',
    2: 'bad usage, or no report',
  },
  examples: [
    'npx trespass attest reports/staging/20260301-020000-ab12',
    'npx trespass attest reports/staging/20260301-020000-ab12 > statement.json',
  ],
  async run(args) {
    const given = readArguments(args, flags)
    const [named, ...more] = given.words
    if (named === undefined || more.length > 0) {
      throw new TrespassError('usage', `found ${given.words.length} reports, expected one`, {
        hint: 'trespass attest reports/staging/<run id> > test-result.intoto.json',
      })
    }
    const root = resolve(given.text('workspace') ?? '.')
    const { evidence, digest, problems } = await verifyReport(await findReport(root, named))
    const { run, target } = evidence.run
    if (problems.length > 0) {
      printError(`${run} on ${target.alias}: not as it was written, so nothing is said about it`)
      for (const problem of problems) printError(`  ${plain(problem)}`)
      return 1
    }
    const environment = loadEnvironment(root, target.alias, process.env)
    const jwk = signingJwk(environment)
    const statement = statementOf(evidence, digest)
    // Reports an invalid key before it is used.
    await signing(environment)
    print(jwk === null ? statement : await enveloped(statement, jwk))
    printError(statementLimit)
    return 0
  },
}
