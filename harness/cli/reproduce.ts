import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { replaceMatrix } from '../decide/write-matrix.ts'
import { flowText } from '../decide/yaml-scalars.ts'
import { messageOf, TrespassError } from '../errors.ts'
import { readSchema } from '../init/read-schema.ts'
import { tryPlans, untried } from '../init/try-plan.ts'
import { createFile } from '../init/write-files.ts'
import { loadWorkspace } from '../matrix/load.ts'
import { commandLine, workspaceFrom } from '../model/command-line.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import { type Reproduction, reproduce as reproduced } from '../reproduce/draft.ts'
import { readRequest } from '../reproduce/read-request.ts'
import { recognise } from '../reproduce/recognise.ts'
import { importModule } from '../run/import-module.ts'
import { openDatabase } from '../witness/connection.ts'
import { loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { openReadOnly } from '../workspace/open-target.ts'
import { secretsOf } from '../workspace/secrets.ts'
import { type Flag, type Given, readArguments } from './arguments.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { print, printError } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...targetFlag,
  ...workspaceFlag,
  actor: {
    type: 'string',
    value: 'NAME',
    help: 'the actor of the cell (default: the one that is most like the caller)',
  },
  entry: { type: 'string', value: 'N', help: 'the number of the request in a HAR file with several' },
  keep: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'writes the value of this column or argument as the request had it; repeatable',
  },
  write: { type: 'boolean', help: 'writes the cell into its matrix (default: prints it)' },
} as const satisfies Readonly<Record<string, Flag>>

/** The maximum duration of a transaction in milliseconds, in a database without other users. */
const sandboxHold = 120_000

/** Turns a request into a denied cell. Sends nothing to the API, and reads no row of the project's tables. */
export const reproduce: Command = {
  summary:
    'turns a request (curl, HAR, a line of the API gateway) into a denied cell with fixtures in the right matrix',
  words: 'FILE|-',
  flags,
  exits: {
    0: 'the cell was printed or written, or is there already',
    2: 'bad usage or configuration, a request that cannot be read or reproduced, or a failure of Trespass itself',
  },
  examples: [
    'npx trespass reproduce incident.har --entry 3',
    'npx trespass reproduce request.txt --actor mallory --write',
  ],
  async run(args) {
    const given = readArguments(args, flags)
    const request = readRequest(await inputOf(given), entryOf(given))
    const recognised = recognise(request)
    const root = resolve(given.text('workspace') ?? '.')
    const config = await loadConfig(root, importModule)
    const environment = loadEnvironment(root, given.text('target') ?? null, process.env)
    const workspace = await loadWorkspace({ root, paths, importModule, mayBeEmpty: true })
    const opened = await openReadOnly({ root, config, environment, sandbox: { holes: [] }, onProgress: printError })
    try {
      const { target } = opened
      const { databaseUrl, databaseCa, alias } = target
      if (databaseUrl === null) {
        throw new TrespassError(
          'no-database-url',
          `found no database URL of ${alias}, expected one to read the schema with`,
          {
            hint: 'Set TRESPASS_DATABASE_URL, or leave --target out to start a sandbox.',
          },
        )
      }
      const database = openDatabase(databaseUrl, {
        connections: 1,
        ca: databaseCa,
        hold: alias === 'sandbox' ? sandboxHold : config.hold * 1000,
      })
      try {
        const redact = redactor(secretsOf(target, []))
        const schema = redact(await readSchema(root, target, database))
        // Rows of a new matrix are tried where the database is thrown away; another target is not written to.
        const isNew = !workspace.matrices.some(({ matrix }) => matrix.resource.name === recognised.wanted.name)
        const isTried = isNew && alias === 'sandbox'
        const { plan } = isTried
          ? await tryPlans({ schema, database, hold: sandboxHold, disposable: true })
          : untried(schema)
        const result = reproduced(request, recognised, {
          workspace,
          textOf: (file) => readFileSync(join(root, file), 'utf8'),
          schema,
          plan: redact(plan),
          paths,
          actor: given.text('actor') ?? null,
          keep: new Set(given.texts('keep')),
        })
        if (given.on('write')) await write(root, result)
        for (const line of linesOf(result, given.on('write'))) print(plain(line))
        if (result.state !== 'there already') {
          const again = commandLine('run', ['--cell', result.cell], { ...workspaceFrom(root), target })
          print(plain(`${given.on('write') ? 'try it' : 'with --write, try it then'}: ${again}`))
        }
        return 0
      } finally {
        await database.close()
      }
    } finally {
      await opened.close()
    }
  },
}

async function inputOf({ words }: Given): Promise<string> {
  const [file, ...more] = words
  if (file === undefined || more.length > 0) {
    throw new TrespassError('usage', `found ${words.length} inputs, expected one file, or - for the standard input`, {
      hint: 'trespass reproduce request.txt',
    })
  }
  if (file === '-') return readAll(process.stdin)
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new TrespassError('usage', `found no readable file ${file}, expected a request: ${messageOf(error)}`, {
      cause: error,
    })
  })
}

function entryOf(given: Given): number | null {
  const entry = given.text('entry')
  if (entry === undefined) return null
  if (/^[1-9]\d{0,5}$/.test(entry)) return Number(entry)
  throw new TrespassError('usage', `found --entry ${entry}, expected the number of an entry, from 1`)
}

async function write(root: string, { state, file, text }: Reproduction): Promise<void> {
  if (text === null) return
  if (state === 'in a new file') return createFile(root, file, text)
  const path = join(root, file)
  return replaceMatrix(path, await readFile(path, 'utf8'), text)
}

function linesOf(
  { cell, file, state, text, operation, fixtures, notes }: Reproduction,
  isWritten: boolean,
): readonly string[] {
  const place = { 'in a new file': `a new matrix, ${file}`, 'in a file that is there': file, 'there already': file }[
    state
  ]
  const known = notes.map((note) => `  note: ${note}`)
  if (state === 'there already') return [`${cell} reproduces it, and is in ${file}: deny`, ...known]
  return [
    `${isWritten ? 'written into' : 'for'} ${place}: ${cell}`,
    ...fixtures.map(({ name, table, values }) => `  fixture ${name} of ${table}: ${flowText(values)}`),
    `  operation ${operation.name}: ${flowText(operation.body)}`,
    '  expectation: deny',
    ...known,
    ...(state === 'in a new file' && !isWritten ? ['', ...(text ?? '').trimEnd().split('\n')] : []),
  ]
}
