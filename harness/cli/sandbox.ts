import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import { importModule } from '../run/import-module.ts'
import { loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { openTarget } from '../workspace/open-target.ts'
import { workerVariable } from '../workspace/variables.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { print, printError } from './print.ts'

const flags = {
  ...workspaceFlag,
  port: { type: 'string', value: 'N', help: 'the port of its address (default: a free one)' },
  'old-default-grants': { type: 'boolean', help: 'new tables are granted to the API roles, as on older projects' },
} as const satisfies Readonly<Record<string, Flag>>

const stateSchema = z.object({ pid: z.int() })

/** Starts the embedded target and keeps it running until Ctrl-C; `reset` rebuilds a running one from its migrations. */
export const sandbox: Command = {
  summary: 'starts the embedded target and prints its URL and keys',
  words: '[start|reset]',
  flags,
  exits: {
    0: 'the sandbox was stopped, or reset',
    2: 'bad usage or configuration, or a failure of Trespass itself',
  },
  examples: ['npx trespass sandbox start', 'npx trespass sandbox reset --workspace ../your-project'],
  async run(args) {
    const given = readArguments(args, flags)
    const root = resolve(given.text('workspace') ?? '.')
    const [word = 'start'] = given.words
    if (word === 'reset') return reset(root)
    if (word !== 'start') throw new TrespassError('usage', `found sandbox ${word}, expected start or reset`)
    return start(root, portOf(given.text('port')), given.on('old-default-grants'))
  },
}

async function start(root: string, port: number | undefined, oldDefaultGrants: boolean): Promise<number> {
  const config = await loadConfig(root, importModule)
  const environment = loadEnvironment(root, 'sandbox', process.env)
  const sandboxOptions = { holes: [], oldDefaultGrants, ...(port === undefined ? {} : { port }) }
  const opened = await openTarget({ root, config, environment, sandbox: sandboxOptions, onProgress: printError })
  const { target } = opened
  await mkdir(join(root, '.trespass'), { recursive: true })
  await writeFile(stateFile(root), JSON.stringify({ pid: process.pid }), { mode: 0o600 })
  try {
    print(`TRESPASS_URL=${target.endpoint.url}`)
    print(`TRESPASS_PUBLISHABLE_KEY=${target.endpoint.publishableKey}`)
    if (target.privileged !== null) print(`TRESPASS_SECRET_KEY=${target.privileged.secretKey}`)
    print(`TRESPASS_DATABASE_URL=${target.databaseUrl}`)
    for (const [role, url] of Object.entries(target.workers ?? {})) print(`${workerVariable(role)}=${url}`)
    if (target.minting?.kind === 'secret') print(`TRESPASS_JWT_SECRET=${target.minting.secret}`)
    if (target.minting?.kind === 'jwk') print(`TRESPASS_JWT_PRIVATE_KEY=${JSON.stringify(target.minting.jwk)}`)
    printError('These lines make an .env.<alias> with which runs of any workspace reach this sandbox. Ctrl-C stops it.')
    const ended = opened.lost.then((reason) => Promise.reject(reason))
    await Promise.race([untilStopped(opened.reset ?? (() => Promise.resolve())), ended])
  } finally {
    await rm(stateFile(root), { force: true })
    await opened.close()
  }
  return 0
}

function reset(root: string): number {
  try {
    const state = stateSchema.parse(JSON.parse(readFileSync(stateFile(root), 'utf8')))
    process.kill(state.pid, 'SIGHUP')
  } catch (error) {
    throw new TrespassError('no-sandbox', 'found no running sandbox of this workspace, expected one to reset', {
      hint: 'Start one with `trespass sandbox start`.',
      cause: error,
    })
  }
  print('The sandbox is built again from its migrations, with the same address and keys.')
  return 0
}

/** Waits for a signal to stop; `SIGHUP` resets the target. */
function untilStopped(onReset: () => Promise<void>): Promise<void> {
  return new Promise((done, failed) => {
    process.on('SIGHUP', () => {
      onReset().then(() => printError('The sandbox was reset.'), failed)
    })
    process.once('SIGINT', () => done())
    process.once('SIGTERM', () => done())
  })
}

function stateFile(root: string): string {
  return join(root, '.trespass', 'sandbox.json')
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new TrespassError('usage', `found --port ${text}, expected a whole number from 1 to 65535`)
}
