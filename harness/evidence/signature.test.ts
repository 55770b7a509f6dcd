import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { exampleCell, exampleRun } from '../../test/support/example-records.ts'
import { signingJwk } from '../workspace/environment.ts'
import { reportFolder } from './evidence.ts'
import { signedBy, signer, thumbprintOf } from './signature.ts'
import { verifyReport } from './verify.ts'
import { writeEvidence } from './write.ts'

let workspace = ''
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'trespass-signature-'))
})
afterEach(() => rm(workspace, { recursive: true, force: true }))

async function newKey(alg: 'ES256' | 'EdDSA'): Promise<JWK> {
  return exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)
}

function signerOf(jwk: JWK) {
  const parsed = signingJwk({ values: { TRESPASS_SIGNING_JWK: { value: JSON.stringify(jwk), from: '.env' } } })
  if (parsed === null) throw new Error('there is a key')
  return signer(parsed)
}

function publicHalf({ d: _, ...shown }: JWK): JWK {
  return shown
}

async function written(jwk: JWK | null): Promise<string> {
  const cells = [exampleCell()]
  const evidence = { run: exampleRun(cells), cells, schema: null, scenarios: [] }
  await writeEvidence(workspace, evidence, jwk === null ? null : await signerOf(jwk))
  return join(workspace, reportFolder(evidence.run))
}

describe.each(['ES256', 'EdDSA'] as const)('a report that is signed with %s', (alg) => {
  it('is valid, and verify prints the key', async () => {
    const jwk = await newKey(alg)
    const folder = await written(jwk)
    const key = await calculateJwkThumbprint(publicHalf(jwk))
    expect(await verifyReport(folder)).toMatchObject({ problems: [], signedBy: key })
    expect(await verifyReport(folder, key)).toMatchObject({ problems: [] })
    expect(await thumbprintOf(JSON.stringify(publicHalf(jwk)), 'key.json')).toBe(key)
  })

  it('holds nothing of the private key', async () => {
    const jwk = await newKey(alg)
    const folder = await written(jwk)
    const names = await readdir(folder)
    expect(names).toContain('signature.json')
    for (const name of names) {
      const text = await readFile(join(folder, name), 'utf8')
      const decoded = text.replace(/[\w-]{24,}/g, (part) => Buffer.from(part, 'base64url').toString('utf8'))
      expect(`${text}${decoded}`).not.toContain(jwk.d)
    }
  })

  it('is not signed by another key, nor in any other bytes', async () => {
    const folder = await written(await newKey(alg))
    const other = await calculateJwkThumbprint(publicHalf(await newKey(alg)))
    const { problems, signedBy: by } = await verifyReport(folder, other)
    expect(problems).toEqual([`it is signed by the key ${by}, and not by ${other}`])
    const manifest = await readFile(join(folder, 'manifest.json'))
    const text = await readFile(join(folder, 'signature.json'), 'utf8')
    expect(await signedBy(text, manifest)).toBe(by)
    expect(await signedBy(text, Buffer.concat([manifest, Buffer.from(' ')]))).toBeNull()
  })
})

describe('a broken signature', () => {
  it('is named', async () => {
    const folder = await written(await newKey('EdDSA'))
    const manifest = await readFile(join(folder, 'manifest.json'))
    const text = await readFile(join(folder, 'signature.json'), 'utf8')
    const { protected: header, signature } = JSON.parse(text) as { protected: string; signature: string }
    const forged = (changes: object) => {
      const read: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))
      const changed = { ...Object(read), ...changes }
      return JSON.stringify({ protected: Buffer.from(JSON.stringify(changed)).toString('base64url'), signature })
    }
    const stranger = publicHalf(await newKey('EdDSA'))
    for (const broken of [
      '',
      'null',
      '{"signature":""}',
      text.replace('"protected"', '"payload":"e30","protected"'),
      forged({ alg: 'none' }),
      forged({ jwk: stranger }),
      forged({ kid: 'another' }),
      forged({ typ: 'JWT' }),
    ]) {
      expect(await signedBy(broken, manifest)).toBeNull()
    }
    await writeFile(join(folder, 'signature.json'), forged({ jwk: stranger }))
    expect((await verifyReport(folder)).problems).toEqual(['signature.json is no signature of manifest.json'])
  })

  it('is an error only where a signature is required', async () => {
    const folder = await written(null)
    expect(await verifyReport(folder)).toMatchObject({ problems: [], signedBy: null })
    expect((await verifyReport(folder, 'a-key')).problems).toEqual(['it is not signed by the key a-key, nor by any'])
  })
})

test.each([
  ['no JSON', 'x'],
  ['a shared key', '{"kty":"oct","k":"x"}'],
  ['a public key', '{"kty":"OKP","crv":"Ed25519","x":"x"}'],
  ['another curve', '{"kty":"EC","crv":"P-384","x":"x","y":"y","d":"planted-secret"}'],
])('%s does not sign', (_, value) => {
  const values = { TRESPASS_SIGNING_JWK: { value, from: '.env' } }
  const message = 'TRESPASS_SIGNING_JWK in .env has another form; expected a private JWK as JSON on one line'
  expect(() => signingJwk({ values })).toThrow(message)
})

test('members that do not belong together are no key', async () => {
  const [one, other] = [await newKey('ES256'), await newKey('ES256')]
  await expect(signerOf({ ...one, d: other.d ?? '' })).rejects.toMatchObject({ code: 'bad-variable' })
})

test('a private key is not taken for a public one', async () => {
  const jwk = await newKey('ES256')
  const error = await thumbprintOf(JSON.stringify(jwk), 'key.json').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'bad-public-key',
    message: expect.stringContaining('found a private key in key'),
  })
  expect(String(error)).not.toContain(jwk.d)
  await expect(thumbprintOf('{}', 'key.json')).rejects.toThrow('found another form in key.json')
})
