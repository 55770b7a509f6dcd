import { expect, test } from 'vitest'
import type { Target } from '../model/target.ts'
import { targetRecord } from './run-record.ts'

const target: Target = {
  alias: 'staging',
  kind: 'hosted',
  endpoint: { url: 'https://abcdefghijklmnopqrst.supabase.co', publishableKey: 'sb_publishable_x' },
  privileged: null,
  databaseUrl: null,
  databaseCa: null,
  minting: null,
  users: {},
  versions: { postgrest: '14.1' },
}

test('a report identifies its project by a digest', () => {
  expect(targetRecord(target)).toEqual({
    alias: 'staging',
    kind: 'hosted',
    project: expect.stringMatching(/^[0-9a-f]{64}$/),
    versions: { postgrest: '14.1' },
  })
})

test('a report of a project whose ref is unknown has no digest', () => {
  const local: Target = { ...target, kind: 'local', endpoint: { ...target.endpoint, url: 'http://127.0.0.1:54321' } }
  expect(targetRecord(local)).toEqual({ alias: 'staging', kind: 'local', versions: { postgrest: '14.1' } })
})
