import { describe, expect, it } from 'vitest'
import { whyUnknown } from './not-run.ts'

const user = { id: 'an id', email: null }

describe('a name', () => {
  const means = {
    absent: { guest: { why: 'no key', user: null }, expired: { why: 'no signing key', user } },
    unmade: { acme: 'it needs guest: no key' },
  }

  it('of an actor without a user has no row', () => {
    expect(whyUnknown('guest', means)).toBe('no key')
  })

  it('of an actor that cannot send requests but has a user is that user', () => {
    expect(whyUnknown('expired', means)).toBeNull()
  })

  it('of a row of the world that was not made has no row', () => {
    expect(whyUnknown('acme', means)).toBe('it needs guest: no key')
    expect(whyUnknown('alice', means)).toBeNull()
  })
})
