import { createPublicKey, verify } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import type { RunRecord } from '../model/record.ts'
import { signingJwk } from '../workspace/environment.ts'
import { enveloped, overallResult, statementLimit, statementOf } from './attestation.ts'
import { totalsOf } from './totals.ts'

const held = exampleCell({ actor: 'carol' })
const unproven = exampleCell({ actor: 'dora', verdict: 'inconclusive' })

function statement(cells = [held, unproven, exampleBreach()], changes: Partial<RunRecord> = {}): unknown {
  return JSON.parse(statementOf({ run: exampleRun(cells, changes), cells, schema: null, scenarios: [] }, 'd1'))
}

describe('a statement', () => {
  it('names the report by its digest, the revision, the matrices, and every cell once', () => {
    expect(statement()).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [
        {
          name: 'reports/staging/r20260301-020000/manifest.json',
          digest: { sha256: 'd1' },
          annotations: {
            run: 'r20260301-020000',
            target: 'staging',
            kind: 'hosted',
            finishedAt: '2026-03-01T02:00:09.000Z',
            note: statementLimit,
          },
        },
        { name: 'git', digest: { gitCommit: '0123abc' } },
      ],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: {
        result: 'FAILED',
        configuration: [{ name: 'matrices/documents.matrix.yaml', digest: { sha256: 'aa11' } }],
        passedTests: ['documents › carol › rename theirs'],
        warnedTests: ['documents › dora › rename theirs'],
        failedTests: ['documents › mallory › rename theirs'],
      },
    })
  })

  it('contains no claim about a revision other than the tested one', () => {
    expect(statement([held], { git: { revision: '0123abc', dirty: true } })).toMatchObject({ subject: [{}] })
    expect(JSON.stringify(statement([held], { git: { revision: '0123abc', dirty: true } }))).not.toContain('0123abc')
    expect(JSON.stringify(statement([held], { git: null }))).not.toContain('gitCommit')
  })
})

const left = { made: 2, swept: 1, left: ['a row'] }
test.each<[string, string, readonly ReturnType<typeof exampleCell>[], Partial<RunRecord>]>([
  ['PASSED', 'everything held', [held], {}],
  ['WARNED', 'something is not proven', [held, unproven], {}],
  ['WARNED', 'it is a shard', [held], { shard: '1/2' }],
  ['WARNED', 'something was left out', [held], { chosen: ['--cell x'] }],
  ['WARNED', 'something was left behind', [held], { cleanup: left }],
  ['FAILED', 'there is a finding', [held, exampleBreach()], {}],
  ['FAILED', 'a scenario has a finding', [held], { scenarios: totalsOf([{ verdict: 'breach' }]) }],
  ['FAILED', 'Trespass failed', [exampleCell({ verdict: 'error' })], {}],
  ['FAILED', 'it was broken off', [held], { complete: false }],
  ['FAILED', 'nothing was tried', [], {}],
])('the result is %s when %s', (result, _, cells, changes) => {
  expect(overallResult({ run: exampleRun(cells, changes) })).toBe(result)
})

test.each(['ES256', 'EdDSA'] as const)('an envelope is signed with %s as DSSE does it', async (alg) => {
  const jwk = await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)
  const key = signingJwk({ values: { TRESPASS_SIGNING_JWK: { value: JSON.stringify(jwk), from: '.env' } } })
  if (key === null) throw new Error('there is a key')
  const text = await enveloped('{"é":1}', key)
  expect(text).not.toContain(key.d)
  const envelope = z
    .object({ payload: z.string(), payloadType: z.string(), signatures: z.tuple([z.object({ sig: z.string() })]) })
    .parse(JSON.parse(text))
  expect(Buffer.from(envelope.payload, 'base64').toString()).toBe('{"é":1}')
  const signed = Buffer.from('DSSEv1 28 application/vnd.in-toto+json 8 {"é":1}')
  const { d: _, ...shown } = key
  const signature = Buffer.from(envelope.signatures[0].sig, 'base64')
  const hash = alg === 'ES256' ? 'sha256' : null
  expect(verify(hash, signed, createPublicKey({ key: shown, format: 'jwk' }), signature)).toBe(true)
})
