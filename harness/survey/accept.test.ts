import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ref } from '../../test/support/survey-catalog.ts'
import { fileOf, flowsNamed, withDecisions } from './accept.ts'
import type { Flow, SurveyMatrix } from './model.ts'

const flow = (changes: Partial<Flow> = {}): Flow => ({
  ...{ id: 'the id', object: 'table public.notes', kind: 'shown', actor: 'mia', actorKind: 'authenticated' },
  ...{ relation: 'another-tenant', whose: 'ann', door: 'a read', tables: [], columns: [], hidden: [], rules: [] },
  ...{ matrix: 'survey of public notes', operation: 'read all', rows: ["red's notes"] },
  ...changes,
})
const survey: Pick<SurveyMatrix, 'document' | 'operations'> = {
  document: {
    matrix: 'survey of public notes',
    resource: { table: 'public.notes' },
    fixtures: {
      "red's folders": { table: 'public.folders', values: { team_id: '$red.id' } },
      "red's notes": { table: 'public.notes', values: { folder_id: ref("red's folders", 'id') } },
      "blue's notes": { table: 'public.notes', values: { team_id: '$blue.id' } },
    },
    operations: {
      'read all': { select: '*' },
      'delete red': { delete: "red's notes" },
      'call with red': { call: {} },
      'call with nothing': { call: {} },
      'compare red': { distinguish: ['call with red', 'call with nothing'] },
    },
  },
  operations: {
    'read all': {
      ...{ door: 'a read', access: 'select', side: null, actors: null },
      narrowed: { "red's notes": { select: "red's notes" } },
    },
    'delete red': { door: 'a delete', access: 'delete', side: 'red', actors: null },
  },
}

describe('a decision', () => {
  const text = withDecisions(null, survey, [{ flow: flow(), decision: 'deny' }])

  it('makes a matrix of the row that came, with the rows that it needs', () => {
    expect(parse(text)).toEqual({
      matrix: 'survey of public notes',
      resource: { table: 'public.notes' },
      fixtures: { "red's notes": expect.anything(), "red's folders": expect.anything() },
      operations: { "read: red's notes": { select: "red's notes" } },
      expect: { mia: { "read: red's notes": 'deny' }, '*': { '*': 'define' } },
    })
    expect(fileOf(survey)).toBe('matrices/survey-of-public-notes.matrix.yaml')
  })

  it('is added to the content of the file, whose comments and order stay', () => {
    const written = text
      .replace('expect:', '# decided by dana\nexpect:')
      .replace('mia:', 'mia: # the cross-tenant actor')
    const removed = flow({ kind: 'removed', operation: 'delete red', actor: 'ben' })
    const more = withDecisions(written, survey, [{ flow: removed, decision: 'allow' }])
    expect(more).toContain('# decided by dana')
    expect(more).toContain('# the cross-tenant actor')
    expect(Object.keys(parse(more).expect)).toEqual(['mia', 'ben', '*'])
    expect(parse(more).expect.ben).toEqual({ 'delete red': 'allow' })
  })

  it('replaces the one before', () => {
    const again = withDecisions(text, survey, [{ flow: flow(), decision: 'allow' }])
    expect(parse(again).expect.mia).toEqual({ "read: red's notes": 'allow' })
  })

  it('about rows that the run did not make lets others come along', () => {
    const strangers = flow({ relation: 'not-of-the-run', rows: [] })
    const { operations } = parse(withDecisions(null, survey, [{ flow: strangers, decision: 'allow' }]))
    expect(operations).toEqual({ 'read all': { select: '*', others: 'allow' } })
  })

  it('about a comparison brings both of its halves, which no actor has to try', () => {
    const revealed = flow({ kind: 'revealed', operation: 'compare red', rows: [] })
    const { operations, expect: expected } = parse(withDecisions(null, survey, [{ flow: revealed, decision: 'deny' }]))
    expect(Object.keys(operations).sort()).toEqual(['call with nothing', 'call with red', 'compare red'])
    expect(expected['*']).toEqual({ '*': 'define', 'call with red': 'n/a', 'call with nothing': 'n/a' })
  })

  it.each([
    ['- a list', 'not-a-matrix'],
    ['a: [', 'not-a-matrix'],
    ['matrix: x\nresource: { table: public.other }', 'other-matrix'],
  ])('leaves a file alone that is something else: %j', (before, code) => {
    expect(() => withDecisions(before, survey, [{ flow: flow(), decision: 'deny' }])).toThrow(
      expect.objectContaining({ code }),
    )
  })
})

describe('flows by name', () => {
  const flows = [flow({ id: 'a' }), flow({ id: 'b' }), flow({ id: 'c' })]

  it.each([
    ['2', ['b']],
    ['2-3', ['b', 'c']],
    ['c', ['c']],
  ])('%s', (named, ids) => {
    expect(flowsNamed({ flows }, named).map(({ id }) => id)).toEqual(ids)
  })

  it.each(['0', '4', '2-9', '3-2', 'd', ''])('%j is none', (named) => {
    expect(() => flowsNamed({ flows }, named)).toThrow(expect.objectContaining({ code: 'no-such-flow' }))
  })
})
