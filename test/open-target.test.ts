import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { TrespassError } from '../harness/errors.ts'
import { sampleKeys } from './support/sample-keys.ts'
import { makeWorkspace, openWith } from './workspace.ts'

/** Runs TypeScript in a process of its own. */
const typescript = new URL('../build/typescript.js', import.meta.url).href

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

function workspace(files: Readonly<Record<string, string>> = {}): string {
  const made = makeWorkspace(files)
  ending.push(made.remove)
  return made.root
}

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('the sandbox', () => {
  test('starts with the workspace’s migrations and the holes, and ends with its last address', async () => {
    const hole = 'create table public.hole (id int);'
    const root = workspace({
      'supabase/migrations/1_first.sql': 'create table public.first (id int primary key);',
      'holes/hole.sql': `${hole} grant select on public.first, public.hole to anon;`,
    })
    const { target, close } = await openWith(root, {}, [`${root}/holes/hole.sql`])
    ending.push(close)
    expect(target).toMatchObject({ alias: 'sandbox', kind: 'sandbox', minting: { kind: 'jwk' } })
    expect(target.versions.postgres).toMatch(/^17/)
    const { url, publishableKey } = target.endpoint
    const read = (table: string) => fetch(`${url}/rest/v1/${table}`, { headers: { apikey: publishableKey } })
    for (const table of ['first', 'hole']) {
      const answer = await read(table)
      expect([answer.status, await answer.json()]).toEqual([200, []])
    }
    await close()
    await close()
    await expect(read('first')).rejects.toThrow('fetch failed')
  })

  test('a migration that fails is reported with its file and line, under the sandbox’s own code', async () => {
    const root = workspace({ 'supabase/migrations/1_first.sql': 'select 1;\nselect nonsense;\n' })
    expect(await thrownBy(openWith(root, {}))).toMatchObject({
      name: 'TrespassError',
      code: 'migration-failed',
      message: expect.stringMatching(/1_first\.sql:2:.*nonsense/),
      hint: expect.any(String),
    })
  })

  test('ends when the process that opened it is killed', async () => {
    const root = workspace()
    const script = `
      import { openWith } from ${JSON.stringify(new URL('./workspace.ts', import.meta.url).href)}
      const { target } = await openWith(${JSON.stringify(root)}, {})
      process.stdout.write(target.endpoint.url)`
    const parent: ChildProcess = spawn(
      process.execPath,
      ['--import', typescript, '--input-type=module', '-e', script],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    ending.push(() => parent.kill('SIGKILL'))
    if (parent.stdout === null) throw new Error('no output')
    const url = String((await once(parent.stdout, 'data'))[0])
    expect((await fetch(url)).status).toBeGreaterThan(0)
    parent.kill('SIGKILL')
    await expect
      .poll(
        () =>
          fetch(url).then(
            () => 'there',
            () => 'gone',
          ),
        { timeout: 10_000 },
      )
      .toBe('gone')
  })
})

interface Project {
  readonly url: string
  /** The headers of every request. */
  readonly requests: IncomingHttpHeaders[]
}

async function serve(answer: RequestListener): Promise<Project> {
  const requests: IncomingHttpHeaders[] = []
  const server: Server = createServer((request, response) => {
    requests.push(request.headers)
    answer(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  ending.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${portOf(server)}`, requests }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const answering =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  }

const healthy = answering(200, { version: 'v2.196.0', name: 'GoTrue', description: 'Auth' })

const variablesFor = (url: string, changed: Readonly<Record<string, string>> = {}) => ({
  TRESPASS_TARGET: 'staging',
  TRESPASS_URL: url,
  TRESPASS_PUBLISHABLE_KEY: sampleKeys.publishable,
  TRESPASS_SECRET_KEY: sampleKeys.secret,
  TRESPASS_DATABASE_URL: 'postgresql://postgres:postgres@127.0.0.1:54322/postgres',
  ...changed,
})

/** Makes a workspace with the line that the target's refusal asks for. */
async function allowing(variables: Readonly<Record<string, string>>): Promise<string> {
  const refusal = await thrownBy(openWith(workspace(), variables))
  expect(refusal).toMatchObject({ code: 'target-not-tied' })
  const line = /`targets` of trespass\.config\.ts: (.+)$/.exec(
    refusal instanceof TrespassError ? (refusal.hint ?? '') : '',
  )
  return workspace({ 'trespass.config.ts': `export default { targets: { ${line?.[1]} } }` })
}

describe('another target', () => {
  test('is opened as configured by its variables', async () => {
    const { url, requests } = await serve(healthy)
    const worker = 'postgresql://task_worker:pass@127.0.0.1:54322/postgres'
    const more = { TRESPASS_JWT_SECRET: 'shared', TRESPASS_WORKER_URL_TASK_WORKER: worker }
    const variables = variablesFor(`${url}/`, more)
    const { target, close } = await openWith(await allowing(variables), variables)
    const databaseUrl = 'postgresql://postgres:postgres@127.0.0.1:54322/postgres'
    const database = { url: databaseUrl, ca: null }
    expect(target).toEqual({
      alias: 'staging',
      kind: 'local',
      endpoint: { url, publishableKey: sampleKeys.publishable, patience: 30_000 },
      privileged: { kind: 'privileged', url, secretKey: sampleKeys.secret, database, patience: 30_000 },
      databaseUrl,
      databaseCa: null,
      workers: { task_worker: worker },
      hold: 10_000,
      minting: { kind: 'secret', secret: 'shared' },
      users: {},
      versions: { auth: 'v2.196.0' },
    })
    expect(requests.slice(-2).map(({ apikey }) => apikey)).toEqual([sampleKeys.publishable, sampleKeys.secret])
    await close()
  })

  test.each([
    ['another database', { TRESPASS_DATABASE_URL: 'postgresql://postgres:postgres@127.0.0.1:54399/postgres' }],
    ['another key', { TRESPASS_PUBLISHABLE_KEY: `${sampleKeys.publishable}_new` }],
    ['a worker elsewhere', { TRESPASS_WORKER_URL_TASK_WORKER: 'postgresql://task_worker:p@127.0.0.1:54399/postgres' }],
  ])('that is allowed by its digest is refused with %s', async (_, changed) => {
    const { url, requests } = await serve(healthy)
    const root = await allowing(variablesFor(url))
    const before = requests.length
    expect(await thrownBy(openWith(root, variablesFor(url, changed)))).toMatchObject({ code: 'target-not-tied' })
    expect(requests).toHaveLength(before)
  })

  test('on this machine is refused when it is a tunnel to a protected project', async () => {
    const { url } = await serve(answering(200, { version: 'v2.196.0' }, { 'sb-project-ref': 'red' }))
    const config = `export default { protected_refs: ['red'], targets: { staging: {} } }`
    const error = await thrownBy(openWith(workspace({ 'trespass.config.ts': config }), variablesFor(url)))
    expect(error).toMatchObject({ code: 'project-protected', message: expect.stringContaining('the answer to') })
    expect(inspect(error)).not.toContain('red ')
  })

  test('is refused when its answer names a project and its address is on this machine', async () => {
    const { url } = await serve(answering(200, { version: 'sandbox' }, { 'sb-project-ref': 'blue' }))
    expect(await thrownBy(openWith(workspace(), variablesFor(url)))).toMatchObject({ code: 'target-not-tied' })
  })

  test('is refused when it has a value of a protected target', async () => {
    const { url, requests } = await serve(healthy)
    const files = {
      'trespass.config.ts': `export default { targets: { Prod: { protected: true } } }`,
      '.env.prod': `TRESPASS_SECRET_KEY=${sampleKeys.secret}`,
    }
    const error = await thrownBy(openWith(workspace(files), variablesFor(url)))
    expect(error).toMatchObject({ code: 'project-protected', message: expect.stringContaining('TRESPASS_SECRET_KEY') })
    expect(requests).toEqual([])
  })

  test('is refused when an exported variable moves it, unless the configuration allows that', async () => {
    const { url, requests } = await serve(healthy)
    const files = { '.env.staging': 'TRESPASS_URL=https://blue.supabase.co' }
    const error = await thrownBy(openWith(workspace(files), variablesFor(url)))
    expect(error).toMatchObject({
      code: 'target-moved',
      hint: expect.stringContaining(`staging: { exported: 'allowed' }`),
    })
    expect(requests).toEqual([])
    const allowed = {
      ...files,
      'trespass.config.ts': `export default { targets: { staging: { exported: 'allowed' } } }`,
    }
    expect(await thrownBy(openWith(workspace(allowed), variablesFor(url)))).toMatchObject({ code: 'target-not-tied' })
  })

  test('gets nothing sent when it is protected', async () => {
    const { url, requests } = await serve(healthy)
    const config = 'export default { targets: { staging: { protected: true } } }'
    const error = await thrownBy(openWith(workspace({ 'trespass.config.ts': config }), variablesFor(url)))
    expect(error).toMatchObject({ code: 'target-protected' })
    expect(requests).toEqual([])
  })

  test.each([
    ['a protected project', { TRESPASS_DATABASE_URL: 'postgresql://postgres:p@db.red.supabase.co/postgres' }],
    [
      'a database of another project',
      { TRESPASS_DATABASE_URL: 'postgresql://postgres:p@db.blue.supabase.co/postgres' },
    ],
    ['a secret key in the wrong place', { TRESPASS_PUBLISHABLE_KEY: sampleKeys.secret }],
    ['a missing key', { TRESPASS_PUBLISHABLE_KEY: '' }],
  ])('gets nothing sent with %s', async (_, changed) => {
    const { url, requests } = await serve(healthy)
    const root = workspace({ 'trespass.config.ts': `export default { protected_refs: ['red'] }` })
    expect(await thrownBy(openWith(root, variablesFor(url, changed)))).toMatchObject({ name: 'TrespassError' })
    expect(requests).toEqual([])
  })

  test('that redirects is not followed, and never sees the secret key', async () => {
    const elsewhere = await serve(healthy)
    const { url, requests } = await serve(answering(307, '', { location: `${elsewhere.url}/auth/v1/health` }))
    expect(await thrownBy(openWith(workspace(), variablesFor(url)))).toMatchObject({ code: 'target-redirects' })
    expect(requests.map(({ apikey }) => apikey)).toEqual([sampleKeys.publishable])
    expect(elsewhere.requests).toEqual([])
  })

  test('that refuses the publishable key never sees the secret one', async () => {
    const { url, requests } = await serve(answering(401, { message: 'Invalid API key', hint: 'Double check' }))
    expect(await thrownBy(openWith(workspace(), variablesFor(url)))).toMatchObject({
      code: 'key-refused',
      message: 'the target staging does not accept TRESPASS_PUBLISHABLE_KEY',
    })
    expect(requests.length).toBe(1)
  })

  test("that refuses the secret key is reported with the variable's name", async () => {
    const { url } = await serve((request, response) => {
      const refuse = request.headers.apikey === sampleKeys.secret
      ;(refuse ? answering(401, { message: 'Invalid API key' }) : healthy)(request, response)
    })
    expect(await thrownBy(openWith(workspace(), variablesFor(url)))).toMatchObject({
      code: 'key-refused',
      message: 'the target staging does not accept TRESPASS_SECRET_KEY',
    })
  })

  test.each([
    ['503', answering(503, '<html>restoring</html>'), 'answered its health check with status 503'],
    ['401 with a code', answering(401, { code: 'no_authorization' }), 'answered its health check with status 401'],
    ['nothing', ((request) => request.socket.destroy()) satisfies RequestListener, 'did not answer'],
  ])('that answers %s is unreachable', async (_, answer, says) => {
    const { url } = await serve(answer)
    expect(await thrownBy(openWith(workspace(), variablesFor(url)))).toMatchObject({
      code: 'target-unreachable',
      message: expect.stringContaining(says),
    })
  })

  test.each([
    ['away', 'http://127.0.0.1:9', 'did not answer'],
    ['not in the DNS', 'https://project.invalid', 'did not answer (ENOTFOUND)'],
  ])('that is %s is reported without its address', async (_, url, says) => {
    const key = sampleKeys.jwt({ role: 'anon', ref: 'blue' })
    const rest = { TRESPASS_ALLOW_WRITES: 'staging', TRESPASS_DATABASE_URL: '' }
    const variables = variablesFor(url, url.includes('127') ? rest : { ...rest, TRESPASS_PUBLISHABLE_KEY: key })
    const error = await thrownBy(openWith(workspace(), variables))
    expect(error).toMatchObject({ code: 'target-unreachable', message: expect.stringContaining(says) })
    expect(inspect(error)).not.toMatch(/127\.0\.0\.1|project\.invalid/)
  })
})
