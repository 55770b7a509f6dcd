import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Candidate, explain } from './alike.ts'

let next = 0
function candidate(name: string, more: Partial<Candidate> = {}): Candidate {
  next += 1
  return { name, table: 'public.t', baseKey: { id: next }, asked: true, own: false, ...more }
}

const own = candidate('own', { asked: false, own: true })
const theirs = candidate('theirs')
const other = candidate('other', { asked: false })

describe('rows that look alike', () => {
  it('are the own ones first', () => {
    expect(explain(1, [own, theirs])).toMatchObject({ seen: [], along: ['own'], alike: [], unrecognised: false })
  })

  it('are others too when there are more than the own ones', () => {
    expect(explain(2, [own, theirs])).toMatchObject({ seen: ['theirs'], along: ['own'] })
  })

  it('leave a doubt where they may be rows that the request did not ask for', () => {
    expect(explain(1, [theirs, other])).toMatchObject({ seen: [], alike: ['theirs'] })
    expect(explain(2, [theirs, other])).toMatchObject({ seen: ['theirs'], along: ['other'], more: 0 })
    expect(explain(3, [theirs, other])).toMatchObject({ more: 1 })
  })

  it('never hide a requested row behind more rows than the others account for', () => {
    fc.assert(
      fc.property(fc.nat(4), fc.nat(4), fc.integer({ min: 1, max: 4 }), (owns, besides, asked) => {
        const candidates = [
          ...Array.from({ length: owns }, () => candidate('own', { asked: false, own: true })),
          ...Array.from({ length: besides }, () => candidate('beside', { asked: false })),
          ...Array.from({ length: asked }, (_, n) => candidate(`asked ${n}`)),
        ]
        const found = explain(owns + besides + 1, candidates)
        expect(found.seen.length > 0 || found.unrecognised).toBe(true)
      }),
    )
  })
})
