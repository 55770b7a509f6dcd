import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { exampleCell } from '../support/example-records.ts'
import { migration, Repository, staged } from './deployments.ts'
import { patience, trespass } from './support.ts'

const merged = 'reports/staging/one-merged'
const [cell, other] = [[exampleCell()], [exampleCell({ actor: 'bob' })]]

async function newKey(): Promise<{ readonly secret: string; readonly all: string; readonly shown: string }> {
  const jwk: JWK = await exportJWK((await generateKeyPair('EdDSA', { extractable: true })).privateKey)
  const { d = '', ...shown } = jwk
  return { secret: d, all: JSON.stringify(jwk), shown: JSON.stringify(shown) }
}

describe('a key in the environment', { timeout: patience }, () => {
  const repository = new Repository()
  const inRoot = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    trespass([...args, '--workspace', repository.root], { cwd: repository.root, env })
  let key: Awaited<ReturnType<typeof newKey>>

  beforeAll(async () => {
    key = await newKey()
    await repository.report('one', '2026-03-03', { shard: '1/2' }, cell)
    await repository.report('two', '2026-03-03', { shard: '2/2' }, other)
    repository.write('key.json', key.shown)
    repository.write('other.json', (await newKey()).shown)
  })

  it('that is invalid stops signing, and is not printed', async () => {
    const env = { TRESPASS_SIGNING_JWK: key.all.replace('"crv":"Ed25519"', '"crv":"Ed448"') }
    for (const args of [['run'], ['merge', 'reports/staging/one', 'reports/staging/two']]) {
      const { code, text } = await inRoot(args, env)
      expect(code).toBe(2)
      expect(text).toContain('TRESPASS_SIGNING_JWK in the environment has another form; expected a private JWK')
      expect(text).not.toContain(key.secret)
    }
  })

  it('signs a report, and a change is named', async () => {
    const args = ['merge', 'reports/staging/one', 'reports/staging/two']
    const made = await inRoot(args, { TRESPASS_SIGNING_JWK: key.all })
    expect([made.code, made.err]).toEqual([0, ''])
    expect(made.text).not.toContain(key.secret)
    for (const name of readdirSync(join(repository.root, merged))) {
      expect(readFileSync(join(repository.root, merged, name), 'utf8')).not.toContain(key.secret)
    }
    const found = await inRoot(['verify', merged, '--public-key', 'key.json'])
    expect(found.code).toBe(0)
    expect(found.out).toMatch(/, signed by the key [\w-]{43}\n$/)
  })

  it('is verified by its public half', async () => {
    expect(await inRoot(['verify', merged, '--public-key', 'other.json'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/it is signed by the key [\w-]{43}, and not by [\w-]{43}/),
    })
    expect(await inRoot(['verify', 'one', '--public-key', 'key.json'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/it is not signed by the key [\w-]{43}, nor by any/),
    })
    expect(await inRoot(['verify', 'one'])).toMatchObject({ code: 0, out: expect.stringContaining(', not signed\n') })
    expect(await inRoot(['verify', 'one', '--public-key', 'no.json'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('found no file no.json, expected a public JWK'),
    })
  })

  it('is named by a deployment record, and its reports have to be signed by it', async () => {
    const said = ['--applied-by', 'Dana', '--method', 'supabase db push', '--result', 'applied', '--deviations', 'none']
    const times = ['--applied-at', '2026-03-03T00:00:00Z', '--report', merged]
    await inRoot(['record', '--migration', migration, '--target', 'staging', ...said, ...times])
    expect(readFileSync(join(repository.root, staged), 'utf8')).toMatch(/- Signed by: the key `[\w-]{43}`\n/)
    expect((await inRoot(['verify', staged, '--public-key', 'key.json'])).code).toBe(0)
    expect(await inRoot(['verify', staged, '--public-key', 'other.json'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('the report of one-merged: it is signed by the key'),
    })
  })

  it('attests a report, and without one a plain statement is printed', async () => {
    const signed = await inRoot(['attest', merged], { TRESPASS_SIGNING_JWK: key.all })
    expect(signed.code).toBe(0)
    expect(JSON.parse(signed.out)).toMatchObject({ payloadType: 'application/vnd.in-toto+json' })
    expect(signed.text).not.toContain(key.secret)
    const bare = await inRoot(['attest', merged])
    expect(JSON.parse(bare.out)).toMatchObject({ predicate: { result: 'PASSED', warnedTests: [], failedTests: [] } })
    expect(bare.err).toContain('cannot say "not proven"')
    expect(await inRoot(['attest'])).toMatchObject({ code: 2, err: expect.stringContaining('found 0 reports') })
  })

  it('signs nothing that is not as it was written', async () => {
    appendFileSync(join(repository.root, merged, 'summary.md'), ' ')
    const { code, out, err } = await inRoot(['attest', merged])
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('summary.md was changed after it was written')
    rmSync(join(repository.root, merged, 'signature.json'))
    expect(await inRoot(['verify', merged, '--public-key', 'key.json'])).toMatchObject({ code: 1 })
  })
})
