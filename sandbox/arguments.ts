import { parseArgs } from 'node:util'
import { messageOf, SandboxError } from './errors.ts'
import type { SandboxOptions } from './index.ts'

const USAGE =
  '--workspace DIR [--port N] [--until FILE.sql] [--no-seed] [--apply FILE.sql]... [--copy NAME] [--old-default-grants] ' +
  '[--skip-extension NAME]... [--signing-key es256|hs256] [--realtime-refusal-delay MS]'

/**
 * Parses the command line of the sandbox process.
 *
 * @param argv the arguments after the script's name
 * @throws SandboxError `usage`
 */
export function readArguments(argv: readonly string[]): SandboxOptions {
  const parsed = parse(argv)
  const {
    workspace,
    port,
    until,
    apply,
    copy,
    'no-seed': withoutSeed,
    'old-default-grants': oldDefaultGrants,
    'skip-extension': skipExtensions,
    'signing-key': signWith,
  } = parsed
  const delay = parsed['realtime-refusal-delay']
  if (workspace === undefined) throw usage('--workspace is missing.')
  if (signWith !== undefined && signWith !== 'es256' && signWith !== 'hs256') {
    throw usage(`--signing-key is ${signWith}; expected es256 or hs256.`)
  }
  if (copy !== undefined && !/^[a-z_]{1,40}$/.test(copy)) {
    throw usage(`--copy is ${copy}; expected a name of small letters and underscores.`)
  }
  return {
    workspace,
    ...(port === undefined ? {} : { port: readPort(port) }),
    ...(until === undefined ? {} : { until }),
    ...(withoutSeed ? { withoutSeed } : {}),
    apply: apply ?? [],
    ...(copy === undefined ? {} : { copy }),
    oldDefaultGrants: oldDefaultGrants ?? false,
    skipExtensions: skipExtensions ?? [],
    signWith: signWith ?? 'es256',
    ...(delay === undefined ? {} : { realtimeRefusalDelay: readDelay(delay) }),
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        workspace: { type: 'string' },
        port: { type: 'string' },
        until: { type: 'string' },
        'no-seed': { type: 'boolean' },
        apply: { type: 'string', multiple: true },
        copy: { type: 'string' },
        'old-default-grants': { type: 'boolean' },
        'skip-extension': { type: 'string', multiple: true },
        'signing-key': { type: 'string' },
        'realtime-refusal-delay': { type: 'string' },
      },
    }).values
  } catch (error) {
    throw usage(messageOf(error))
  }
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port > 0 && port < 65_536) return port
  throw usage(`--port is ${text}; expected a number from 1 to 65535.`)
}

function readDelay(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw usage(`--realtime-refusal-delay is ${text}; expected milliseconds, 5000 for the platform's own delay.`)
}

function usage(what: string): SandboxError {
  return new SandboxError('usage', what, `Usage: node node_modules/@trespass/sandbox/dist/main.js ${USAGE}`)
}
