import { expect, test } from 'vitest'
import { limitsOf } from './limits.ts'

test('what the workspace configures and the target does not do is a limit of the run', () => {
  const undone = ['supabase/config.toml sets auth.captcha.enabled: no captcha is asked for']
  const privileged = { kind: 'privileged', url: 'http://127.0.0.1:1', secretKey: 'sb_secret_x' } as const
  const target = { privileged, minting: { kind: 'secret', secret: 'x' } } as const
  expect(limitsOf({ ...target, undone }, 'database')).toEqual(undone)
  expect(limitsOf(target, 'database')).toEqual([])
})
