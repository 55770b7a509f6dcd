import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { recordingServer } from '../../test/support/recording-server.ts'
import { readPlatformAdvice } from './read-advice.ts'

const ref = 'abcdefghijklmnopqrst'
const token = 'sbp_0123456789abcdef0123456789abcdef01234567'
const root = mkdtempSync(join(tmpdir(), 'trespass-advice-'))
const server = recordingServer()

/** A lint in the form of V1ProjectAdvisorsResponse of the Management API. */
const lint = (name: string, category: 'SECURITY' | 'PERFORMANCE', metadata: object) => ({
  ...{ name, title: 'Title', level: 'WARN', facing: 'EXTERNAL', categories: [category], description: 'Why it matters' },
  ...{ detail: `about ${ref}`, remediation: 'https://supabase.com/docs/guides/database/database-linter' },
  ...{ cache_key: `${name}_key`, metadata },
})
const plans = { schema: 'public', name: 'plans', type: 'table' }
const lists: Readonly<Record<string, object>> = {
  security: lint('rls_disabled_in_public', 'SECURITY', plans),
  performance: lint('unindexed_foreign_keys', 'PERFORMANCE', { ...plans, fkey_name: 'plans_owner', fkey_columns: [2] }),
}

const target = (url = `https://${ref}.supabase.co`, databaseUrl: string | null = null) => ({
  ...{ alias: 'staging', endpoint: { url }, databaseUrl },
})
const advice = (of = target()) => readPlatformAdvice(root, of, server.caller().url)

beforeEach(() => {
  vi.stubEnv('SUPABASE_ACCESS_TOKEN', undefined)
  writeFileSync(join(root, '.env.staging'), `SUPABASE_ACCESS_TOKEN=${token}\n`)
  server.answer((response, { path, headers }) => {
    const isKnown = headers.authorization === `Bearer ${token}`
    const kind = path.split('/').at(-1) ?? ''
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isKnown ? { lints: [lists[kind]] } : { message: 'Unauthorized' }))
  })
})
afterEach(() => vi.unstubAllEnvs())
afterAll(() => rmSync(root, { recursive: true }))

describe('the advisors of a hosted project', () => {
  test('are requested by two GETs with the token, and their lints name no project', async () => {
    const found = await advice()
    expect(server.seen.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
      `GET /v1/projects/${ref}/advisors/performance`,
      `GET /v1/projects/${ref}/advisors/security`,
    ])
    expect(found).toMatchObject({
      source: 'management-api',
      lints: [
        { name: 'rls_disabled_in_public', object: 'table public.plans', tried: 'relation public.plans' },
        { name: 'unindexed_foreign_keys', object: 'table public.plans', about: 'performance' },
      ],
    })
    expect(JSON.stringify(found)).not.toMatch(new RegExp(`${ref}|${token}`))
  })

  test('are those of the project that the database URL names where the API has an address of its own', async () => {
    const database = `postgresql://postgres.${ref}:secret@aws-0-eu-central-1.pooler.supabase.com:5432/postgres`
    expect(await advice(target('https://api.example.com', database))).toMatchObject({ source: 'management-api' })
  })

  test.each([
    ['there is no token', () => writeFileSync(join(root, '.env.staging'), ''), target()],
    ['no address names a project', () => undefined, target('http://127.0.0.1:54321')],
  ])('are not requested where %s', async (_why, prepare, of) => {
    prepare()
    expect(await advice(of)).toMatchObject({ source: 'catalog', why: expect.stringContaining('was not asked') })
    expect(server.seen).toEqual([])
  })

  test.each<[string, number, string, RegExp]>([
    ['refuses the token', 401, '{"message":"Unauthorized"}', /answered with status 401 when/],
    ['lacks the scope', 403, '{"message":"Forbidden"}', /answered with status 403 when/],
    ['limits the rate', 429, '{"message":"Too many requests"}', /answered with status 429 when/],
    ['fails', 500, 'upstream error', /answered with status 500 when/],
    ['answers with no lints', 200, '{"data":{}}', /answered with status 200 and no lints when/],
    ['answers with a page', 200, '<html>Maintenance</html>', /answered with status 200 and no lints when/],
  ])('are an error where the Management API %s', async (_what, status, body, message) => {
    server.answer((response) => response.writeHead(status).end(body))
    const error: unknown = await advice().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'advisors-refused', message: expect.stringMatching(message) })
    expect(String(error)).not.toContain(token)
  })

  test('are an error where the Management API redirects: the token goes to its address only', async () => {
    server.answer((response) => response.writeHead(302, { location: `${server.caller().url}/elsewhere` }).end())
    await expect(advice()).rejects.toMatchObject({ code: 'advisors-refused' })
    expect(server.seen.filter(({ path }) => path === '/elsewhere')).toEqual([])
  })

  test('are an error where nothing answers', async () => {
    await expect(readPlatformAdvice(root, target(), 'http://127.0.0.1:1')).rejects.toMatchObject({
      code: 'advisors-refused',
      message: expect.stringContaining('did not answer'),
    })
  })
})
