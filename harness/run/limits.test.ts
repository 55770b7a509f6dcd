import { expect, test } from 'vitest'
import { limitsOf } from './limits.ts'

const privileged = { kind: 'privileged', url: 'http://127.0.0.1:1', secretKey: 'sb_secret_x' } as const
const target = { privileged, minting: { kind: 'secret', secret: 'x' } } as const
const whole = { sees: 'database', marked: ['data-api', 'rpc', 'storage', 'postgres'] } as const

test('configuration that the target does not apply is a limit of the run', () => {
  const undone = ['supabase/config.toml sets auth.captcha.enabled: no captcha is asked for']
  expect(limitsOf({ ...target, undone }, whole)).toEqual(undone)
  expect(limitsOf(target, whole)).toEqual([])
})

test('a look that sees the fixtures alone is a limit, for the access paths that have it', () => {
  expect(limitsOf(target, { ...whole, marked: ['data-api', 'rpc', 'postgres'] })).toEqual([
    expect.stringMatching(/among the fixtures of a cell alone for storage \(their marks do not reach/),
  ])
  expect(limitsOf(target, { sees: 'database', marked: [], unreadLog: 'no slot is free' })).toEqual([
    expect.stringMatching(/for data-api, rpc, storage, postgres \(no slot is free\)/),
  ])
})
