import { resolve } from 'node:path'
import { TrespassError, WorkspaceProblems } from '../errors.ts'
import { checkWorkspace } from '../run/check.ts'
import { type Flag, noWords, readArguments } from './arguments.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { explain, print, printError } from './print.ts'
import { checkLines, schemaLine } from './terminal/check.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...targetFlag,
  ...workspaceFlag,
  'require-schema': {
    type: 'boolean',
    help: 'fails when no current schema of the target is stored, so that names were not checked',
  },
} as const satisfies Readonly<Record<string, Flag>>

/** Reads every file of a workspace without a target: for a hook before a commit, and for editors. */
export const check: Command = {
  summary: 'checks every file of the workspace against the schema that was read last, without starting anything',
  flags,
  exits: {
    0: 'no mistake was found; the output says what could not be checked',
    2: 'a mistake in a file, bad usage, or a schema that --require-schema asks for and that is not stored',
  },
  examples: ['npx trespass check', 'npx trespass check --target staging --require-schema'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    const root = resolve(given.text('workspace') ?? '.')
    const checked = await checkWorkspace(root, given.text('target') ?? null)
    if (checked.unwritten !== null) printError(plain(checked.unwritten))
    const { problems, errors, schema } = checked
    const isUnchecked = schema.state === 'missing' || schema.state === 'stale'
    const failures = [
      ...(problems.length === 0 ? [] : [new WorkspaceProblems(problems)]),
      ...errors,
      ...(isUnchecked && given.on('require-schema')
        ? [new TrespassError('schema-not-stored', schemaLine(checked), { hint: '`--require-schema` asks for it.' })]
        : []),
    ]
    for (const failure of failures) explain(failure)
    if (failures.length > 0) {
      if (schema.state !== 'checked' && !given.on('require-schema')) printError(plain(schemaLine(checked)))
      return 2
    }
    for (const line of checkLines(checked)) print(plain(line))
    return 0
  },
}
