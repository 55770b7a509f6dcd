import { expect, it } from 'vitest'
import { sampleKeys } from '../../test/support/sample-keys.ts'
import { privilegedS3, s3Access } from './s3-access.ts'

const hosted = 'https://db.example.com'
const local = 'http://127.0.0.1:54321'
const named = sampleKeys.jwt({ role: 'anon', ref: 'blue' })
const nameless = sampleKeys.jwt({ role: 'anon' })
const service = sampleKeys.jwt({ role: 'service_role', ref: 'blue' })

it.each([
  ['a legacy key that names its project', hosted, named, { ref: 'blue', secret: named }],
  ['a legacy key of a local stack', local, nameless, { ref: 'stub', secret: nameless }],
  ['a legacy key that names no project', hosted, nameless, null],
  ['a publishable key', hosted, 'sb_publishable_x', null],
])('sessions sign with %s', (_, url, key, access) => {
  expect(s3Access(url, key)).toEqual(access)
})

it('controls need a legacy key of the service role', () => {
  const access = s3Access(hosted, named)
  expect(privilegedS3(access, service)).toEqual({ s3: { ref: 'blue', secret: named, token: service } })
  expect(privilegedS3(access, 'sb_secret_x')).toEqual({})
  expect(privilegedS3(null, service)).toEqual({})
})
