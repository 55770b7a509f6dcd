import { describe, expect, it } from 'vitest'
import { matrixText, readMatrixText } from '../../test/support/matrix-texts.ts'

/** A matrix of channels. @returns the codes of its problems. */
function problems(operations: string, expected = 'expect: { "*": { "*": deny } }'): readonly string[] {
  const text = matrixText({
    resource: 'resource: { channel: rooms }',
    fixtures: `fixtures:
  room: { topic: "org:$acme.id" }
  member: { table: public.memberships, values: { organization_id: $acme.id, user_id: $actor.id } }
  mine: { table: public.profiles, find: { id: $actor.id } }`,
    operations: `operations: { try: ${operations} }`,
    expect: expected,
  })
  return readMatrixText(text).problems.map(({ code }) => code)
}

describe('a participant besides the caller', () => {
  it('is an actor, or the service', () => {
    expect(problems('{ receive: room, from: bob }')).toEqual([])
    expect(problems('{ receive: room, from: service }')).toEqual([])
    expect(problems('{ receive: room, from: nobody }')).toEqual(['unknown-actor'])
  })
})

describe('an event that a third party causes', () => {
  it('is done to a fixture of the cell’s own', () => {
    expect(problems('{ keep: room, after: { remove: member } }')).toEqual([])
    expect(problems('{ keep: room, after: { remove: nothing } }')).toEqual(['unknown-fixture'])
    expect(problems('{ keep: room, after: { remove: acme } }')).toEqual(['shared-row'])
  })

  it('does not remove a row that was found and cannot be put back', () => {
    expect(problems('{ keep: room, after: { remove: mine } }')).toEqual(['found-row'])
    expect(problems('{ receive: room, from: database, when: { insert: mine } }')).toEqual(['found-row'])
    expect(problems('{ receive: room, from: database, when: { update: mine, set: { name: new } } }')).toEqual([])
  })
})

describe('a topic', () => {
  it('is named by an operation on a channel, and by no row', () => {
    expect(problems('{ join: room }')).toEqual([])
    expect(problems('{ join: member }')).toEqual(['fixture-elsewhere'])
    expect(problems('{ subscribe: room, on: insert }')).toEqual(['verb-elsewhere'])
  })
})

describe('how long access goes on', () => {
  const soon = 'expect: { "*": { try: { allow: { ends_within: 1 } } } }'

  it('is declared where an event ends it', () => {
    expect(problems('{ keep: room, until: expiry }', soon)).toEqual([])
    expect(problems('{ keep: room, after: { remove: member } }', soon)).toEqual([])
    expect(problems('{ join: room }', soon)).toEqual(['nothing-meanwhile'])
  })
})
