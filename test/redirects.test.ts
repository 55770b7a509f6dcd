import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Server } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAuthAdmin } from '../harness/actors/admin.ts'
import { diagnose } from '../harness/doctor/index.ts'
import type { PrivilegedSession } from '../harness/model/session.ts'
import type { Target } from '../harness/model/target.ts'
import { paths } from '../harness/paths/registry.ts'
import { connectDataApi } from '../harness/witness/data-api/index.ts'
import { connectWitness } from '../harness/witness/postgres.ts'
import { alone } from './support/example-answers.ts'
import { sampleKeys } from './support/sample-keys.ts'

/** A project that redirects every request to another host, and that host. */
let project: { readonly url: string; readonly requests: IncomingHttpHeaders[] }
let elsewhere: typeof project
let privileged: PrivilegedSession
const servers: Server[] = []

async function serve(answer: RequestListener): Promise<typeof project> {
  const requests: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    requests.push(request.headers)
    answer(request, response)
  })
  servers.push(server)
  return { url: `http://127.0.0.1:${await portOf(server)}`, requests }
}

async function portOf(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

beforeAll(async () => {
  elsewhere = await serve((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('[]'))
  project = await serve(({ url }, response) => response.writeHead(307, { location: `${elsewhere.url}${url}` }).end())
  privileged = { kind: 'privileged', url: project.url, secretKey: sampleKeys.secret }
})
beforeEach(() => project.requests.splice(0))
afterAll(() => {
  for (const server of servers) server.close()
})

/** The result does not matter here. */
const tried = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

describe('a privileged key is not sent along a redirect', () => {
  /** The project got requests with the key, and the other host got none. */
  const expectKept = () => {
    const keyed = project.requests.filter(({ apikey }) => apikey === sampleKeys.secret)
    expect(keyed.length).toBeGreaterThan(0)
    expect(elsewhere.requests).toEqual([])
  }

  test('by the witness that reads through the Data API', async () => {
    expect(await tried(connectDataApi(privileged))).toMatchObject({ code: 'target-redirects' })
    expectKept()
  })

  test('by Auth’s admin API', async () => {
    const admin = createAuthAdmin({ privileged })
    expect(await tried(admin.deleteUser(crypto.randomUUID()))).toMatchObject({ code: 'target-redirects' })
    expect(await tried(admin.findMarkedUsers('a mark'))).toMatchObject({ code: 'target-redirects' })
    expectKept()
  })

  test.each(paths.flatMap((path) => (path.stores ?? []).map((store) => [store.table, store] as const)))(
    'by the store %s',
    async (_, store) => {
      const open = store.open(privileged)
      const key = Object.fromEntries(store.key.map((name) => [name, 'a']))
      await tried(open.read(key))
      await tried(open.make(key))
      await tried(open.change(key, {}))
      await tried(open.remove(key))
      expect(elsewhere.requests).toEqual([])
    },
  )

  test('by the doctor, which does not even send it', async () => {
    const target: Target = {
      ...{
        alias: 'staging',
        kind: 'local',
        endpoint: { url: project.url, publishableKey: sampleKeys.publishable },
        privileged,
      },
      ...{ databaseUrl: null, databaseCa: null, minting: null, users: {}, versions: {} },
    }
    const findings = await diagnose(target, { targets: {}, protected_refs: [] }, null, [])
    expect(findings.filter(({ state }) => state === 'bad')).toMatchObject([{ about: 'Auth' }])
    expect(project.requests.map(({ apikey }) => apikey)).toEqual([sampleKeys.publishable])
    expect(elsewhere.requests).toEqual([])
  })

  test.each([
    ['data-api', 'public.notes', 'table', 'insert', { insert: { id: 1 } }],
    ['rpc', 'public.whoami', 'function', 'call', { call: {} }],
  ])('by a control on the path %s', async (name, resource, kind, verb, body) => {
    const path = paths.find((one) => one.name === name)
    const call = { resource: { kind, name: resource }, verb, body, targets: [], ...alone }
    const answer = await path?.attempt(privileged, call)
    expect(answer?.status).toBe(307)
    expectKept()
  })
})

describe('a database that is spoken to over TLS', () => {
  test('hears neither user nor password when it offers none', async () => {
    const heard: Buffer[] = []
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (bytes) => {
        heard.push(bytes)
        socket.write('N')
      })
    })
    servers.push(server)
    const url = `postgresql://somebody:a-password@127.0.0.1:${await portOf(server)}/postgres?sslmode=require`
    expect(await tried(connectWitness(url))).toMatchObject({ code: 'database-not-encrypted' })
    // The request for TLS alone: its length, and 1234 and 5679 (PostgreSQL, protocol message formats).
    expect(Buffer.concat(heard)).toEqual(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))
  })
})
