import { describe, expect, it } from 'vitest'
import { whyUnknown } from './not-run.ts'

const user = { id: 'an id', email: null }

describe('a name', () => {
  const means = {
    absent: { guest: { why: 'no key', user: null }, expired: { why: 'no signing key', user } },
    unmade: { acme: 'it needs guest: no key' },
  }

  it('of an actor without a user stands for nothing', () => {
    expect(whyUnknown('guest', means)).toBe('no key')
  })

  it('of an actor that cannot ask, and has a user all the same, stands for that', () => {
    expect(whyUnknown('expired', means)).toBeNull()
  })

  it('of a row of the world that was not made stands for nothing', () => {
    expect(whyUnknown('acme', means)).toBe('it needs guest: no key')
    expect(whyUnknown('alice', means)).toBeNull()
  })
})
