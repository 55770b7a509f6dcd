import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { loadEnvironment, targetSettings } from '../harness/workspace/environment.ts'
import { withLocalStack } from '../harness/workspace/supabase-cli.ts'
import { sampleKeys } from './support/sample-keys.ts'
import { makeWorkspace } from './workspace.ts'

const ending: (() => void)[] = []
afterEach(() => {
  for (const end of ending.splice(0)) end()
})

/** The output of the CLI about its stack. */
const stack = {
  API_URL: 'http://127.0.0.1:54321',
  DB_URL: 'postgresql://postgres:postgres@127.0.0.1:54322/postgres',
  ANON_KEY: sampleKeys.jwt({ role: 'anon', iss: 'supabase-demo' }),
  SERVICE_ROLE_KEY: sampleKeys.jwt({ role: 'service_role', iss: 'supabase-demo' }),
  JWT_SECRET: 'a shared secret of thirty-two letters',
}

/** A workspace, and a folder with a `supabase` that prints it. */
function withCli(script: string | null): { root: string; env: NodeJS.ProcessEnv } {
  const { root, remove } = makeWorkspace({})
  ending.push(remove)
  const bin = join(root, 'bin')
  mkdirSync(bin)
  if (script !== null) {
    writeFileSync(join(bin, 'supabase'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, 'supabase'), 0o755)
  }
  return { root, env: { PATH: `${bin}:/bin:/usr/bin` } }
}

const saying = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `echo '${name}="${value}"'`)
    .join('\n')

async function settingsOf(script: string | null, alias = 'local', own: Readonly<Record<string, string>> = {}) {
  const { root, env } = withCli(script)
  const environment = loadEnvironment(root, alias, own)
  return targetSettings(await withLocalStack(root, environment, env))
}

test('`local` is the stack of this workspace, as the Supabase CLI reports it', async () => {
  const script = `[ "$*" = "status -o env" ] || exit 9\n${saying(stack)}\necho 'Stopped services: []' >&2`
  expect(await settingsOf(script)).toMatchObject({
    url: stack.API_URL,
    publishableKey: stack.ANON_KEY,
    secretKey: stack.SERVICE_ROLE_KEY,
    databaseUrl: stack.DB_URL,
    jwtSecret: stack.JWT_SECRET,
  })
})

test('the newer keys are preferred', async () => {
  const newer = { PUBLISHABLE_KEY: sampleKeys.publishable, SECRET_KEY: sampleKeys.secret }
  expect(await settingsOf(saying({ ...stack, ...newer }))).toMatchObject({
    publishableKey: sampleKeys.publishable,
    secretKey: sampleKeys.secret,
  })
})

test('a variable that is set has precedence over the output of the CLI', async () => {
  const own = { TRESPASS_JWT_SECRET: 'another' }
  expect(await settingsOf(saying(stack), 'local', own)).toMatchObject({ jwtSecret: 'another', url: stack.API_URL })
})

test('the CLI runs for `local` alone, and only without an address', async () => {
  const own = { TRESPASS_URL: 'http://127.0.0.1:9', TRESPASS_PUBLISHABLE_KEY: sampleKeys.publishable }
  const settings = await settingsOf(saying(stack), 'local', own)
  expect(settings).toMatchObject({ url: own.TRESPASS_URL, secretKey: null, databaseUrl: null })
  await expect(settingsOf(saying(stack), 'staging')).rejects.toMatchObject({ code: 'missing-variables' })
})

test('without the CLI, and without a stack, the message contains the next step', async () => {
  await expect(settingsOf(null)).rejects.toMatchObject({
    code: 'no-supabase-cli',
    hint: expect.stringContaining('supabase start'),
  })
  const away = settingsOf(`echo 'failed to inspect container health: No such container' >&2\nexit 1`)
  await expect(away).rejects.toMatchObject({
    code: 'local-stack-away',
    message: 'the target local has no TRESPASS_URL, and `supabase status` knows of no stack that runs here',
    hint: expect.stringContaining('supabase start'),
  })
})

test('an answer without an address is reported with the missing part', async () => {
  await expect(settingsOf(saying({ DB_URL: stack.DB_URL }))).rejects.toMatchObject({ code: 'missing-variables' })
})
