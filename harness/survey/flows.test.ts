import { describe, expect, it } from 'vitest'
import { exampleInventory, examplePolicy, exampleTable } from '../../test/support/example-inventory.ts'
import { catalogOf, column, exampleRoster, id, table } from '../../test/support/survey-catalog.ts'
import type { JsonObject } from '../json.ts'
import type { LoadedMatrix, RowDeclaration } from '../model/matrix.ts'
import type { CellRecord, OutcomeRecord } from '../model/record.ts'
import type { Reading } from '../model/verdict.ts'
import { bySuspicion, flowsOf, suspicion } from './flows.ts'
import type { Flow, SurveyMatrix, SurveyOperation } from './model.ts'

const at = { file: 'survey', line: 1, column: 1 }
const note = (name: string, owner: string, team: string): RowDeclaration => {
  return { name, table: 'public.notes', values: { owner_id: `$${owner}.id`, team_id: `$${team}.id`, title: 'x' }, at }
}
const fixtures = [note("red's notes", 'ann', 'red'), note("blue's notes", 'mia', 'blue')]
const notes = table('public.notes', [
  id,
  column('title'),
  column('secret'),
  column('made_at', { type: 'timestamp with time zone' }),
])
const relation = exampleTable({
  columns: ['id', 'title', 'secret', 'made_at'],
  privileges: {},
  columnPrivileges: [{ column: 'title', privileges: { authenticated: ['select'] } }],
  policies: [examplePolicy({ name: 'team reads' })],
})
const sources = {
  roster: exampleRoster,
  inventory: exampleInventory({ relations: [relation] }),
  catalog: catalogOf([notes]),
}

interface Sample {
  readonly actor: string
  readonly resource?: string
  readonly about?: Partial<SurveyOperation>
  readonly reading?: Partial<Reading>
  readonly sightings?: OutcomeRecord['sightings']
  readonly body?: JsonObject
  readonly record?: Partial<CellRecord>
}

function flows({
  actor,
  resource = 'table public.notes',
  about = {},
  reading,
  sightings,
  body = {},
  record = {},
}: Sample): readonly Flow[] {
  const [kind = '', name = ''] = resource.split(' ')
  const survey: SurveyMatrix = {
    object: resource,
    document: { matrix: 'survey', resource: {}, fixtures: {}, operations: {} },
    operations: { try: { door: 'a door', access: 'select', side: null, actors: null, ...about } },
  }
  const matrix = {
    name: 'survey',
    file: 'survey',
    resource: { kind, name },
    invariants: {},
    fixtures,
    operations: [],
    cells: [],
  }
  const loaded: LoadedMatrix = { matrix, locate: () => at }
  const whole: Reading = { reach: [], seen: [], columns: [], others: 0, ...reading }
  const outcome: OutcomeRecord = {
    ...{ method: 'GET', request: '/', prefer: null, body, status: 200, code: null, message: null, face: null },
    ...{ meaning: { kind: 'done' }, reading: reading === undefined ? null : whole },
    ...(sightings === undefined ? {} : { sightings }),
  }
  const cell: CellRecord = {
    ...{ id: 'x', matrix: 'survey', actor, actorKind: actor === 'visitor' ? 'anon' : 'authenticated' },
    ...{
      credential: 'intact',
      path: 'data-api',
      operation: 'try',
      resource,
      invariants: [],
      at,
      startedAt: '',
      durationMs: 0,
    },
    ...{ expected: { decision: 'deny', layers: [] }, verdict: 'inconclusive', denial: null, because: '' },
    ...{ outcome, effect: { kind: 'standing' }, control: null, comparison: null },
    ...record,
  }
  return flowsOf(sources, survey, loaded, [cell])
}

const brief = (all: readonly Flow[]) =>
  all.map(({ kind, relation: is, whose, columns }) => `${kind} ${is} ${whose}: ${columns.join()}`)

describe('rows that came back', () => {
  it('are a flow for each owner, with the columns', () => {
    const reading = { seen: ["red's notes", "blue's notes"], columns: ['id', 'title'] }
    expect(brief(flows({ actor: 'ann', reading }))).toEqual([
      'shown own ann of red: id,title',
      'shown another-tenant mia of blue: id,title',
    ])
    expect(brief(flows({ actor: 'dual', reading }))[0]).toBe('shown same-tenant ann of red: id,title')
  })

  it('name the policies that let them through', () => {
    const [flow] = flows({ actor: 'mia', reading: { seen: ["red's notes"], columns: ['title'] } })
    expect(flow?.rules).toEqual(['policy "team reads"'])
  })

  it('are recognised by their values in the answer of a function, which shows columns that the grants hide', () => {
    const sightings = [{ fixture: "red's notes", column: 'secret', at: 'value' }]
    const [flow] = flows({ actor: 'mia', resource: 'function public.find', sightings })
    expect(flow).toMatchObject({ relation: 'another-tenant', columns: ['secret'], hidden: ['public.notes.secret'] })
  })

  it('are not recognised by a weak value, nor by a moment that the database has chosen', () => {
    const sightings = [
      { fixture: "red's notes", column: 'title', at: 'value', weak: true as const },
      { fixture: "red's notes", column: 'made_at', at: 'value' },
    ]
    expect(flows({ actor: 'mia', sightings })).toEqual([])
  })

  it('may be counted only', () => {
    const reading = { reach: ["red's notes"], seen: null, count: 1 }
    expect(brief(flows({ actor: 'visitor', reading }))).toEqual(['shown another-tenant ann of red: '])
    expect(flows({ actor: 'visitor', reading: { ...reading, count: 0 } })).toEqual([])
  })

  it('may be rows that the run did not make', () => {
    const reading = { seen: [], columns: ['title'], others: 3, strangers: 3 }
    expect(brief(flows({ actor: 'mia', reading }))).toEqual([
      'shown not-of-the-run rows that the run did not make: title',
    ])
  })
})

describe('changes', () => {
  const changed = (rows: NonNullable<CellRecord['changes']>['rows']): Partial<CellRecord> => {
    return { changes: { look: 'transaction', rows } }
  }
  const update = { table: 'public.notes', action: 'update', fixture: "red's notes", columns: ['title'] } as const

  it('are those of the transaction, by the owner of the row', () => {
    expect(brief(flows({ actor: 'mia', about: { access: 'update' }, record: changed([update]) }))).toEqual([
      'changed another-tenant ann of red: title',
    ])
  })

  it.each([
    [{ title: 'x' }, ['changed own ann of red: title', 'added another-tenant blue: ']],
    // A trigger has made something else of it.
    [{ team_id: 'x' }, ['changed own ann of red: title']],
  ])('that make a row name others add it to theirs: %j', (body, expected) => {
    const about = { access: 'update', names: { owners: [], tenants: ['blue'] } } as const
    expect(brief(flows({ actor: 'ann', about, body, record: changed([update]) }))).toEqual(expected)
  })

  it('that add a row belong to the owners that it names', () => {
    const about = { access: 'insert', names: { owners: ['actor'], tenants: [] } } as const
    const record = changed([{ table: 'public.notes', action: 'insert' }])
    expect(brief(flows({ actor: 'ann', about, record }))).toEqual(['added own ann: '])
  })

  it('that a service notes for itself are none', () => {
    const record = changed([{ table: 'realtime.messages', action: 'insert' }])
    expect(flows({ actor: 'ann', about: { access: 'update' }, record })).toEqual([])
  })

  it('are the requested ones where no log is read', () => {
    const about = { access: 'delete', row: "red's notes" } as const
    const happened = { effect: { kind: 'happened', what: 'it is gone' } } as const
    expect(brief(flows({ actor: 'mia', about, record: happened }))).toEqual(['removed another-tenant ann of red: '])
    expect(flows({ actor: 'mia', about, record: { effect: { kind: 'nothing' } } })).toEqual([])
  })
})

describe('answers that differ', () => {
  const compared = (first: 'denied' | 'done'): Partial<CellRecord> => {
    const denied = { kind: 'denied', layer: 'application' } as const
    const meaning = first === 'done' ? ({ kind: 'done' } as const) : denied
    return { outcome: null, effect: null, comparison: { differences: ['the message'], meanings: [meaning, denied] } }
  }
  const about = { access: 'call', side: 'red' } as const

  it('reveal to another tenant that something exists', () => {
    expect(brief(flows({ actor: 'mia', about, record: compared('denied') }))).toEqual(['revealed another-tenant red: '])
  })

  it('reveal nothing to a member, and nothing where the attempt succeeds', () => {
    expect(flows({ actor: 'ben', about, record: compared('denied') })).toEqual([])
    expect(flows({ actor: 'mia', about, record: compared('done') })).toEqual([])
  })
})

describe('the order of suspicion', () => {
  const [seed] = flows({ actor: 'mia', reading: { seen: ["red's notes"], columns: ['title'] } })
  const flow = (changes: Partial<Flow>): Flow => {
    if (seed === undefined) throw new Error('there is no flow')
    return { ...seed, ...changes }
  }
  const denied = { decision: 'deny', cells: ['notes › ann › read'] } as const
  const ordered = [
    flow({ id: '/', relation: 'own', expected: denied }),
    flow({ id: '0', actorKind: 'anon' }),
    flow({ id: '1' }),
    flow({ id: '2', kind: 'changed' }),
    flow({ id: '3', relation: 'same-tenant', hidden: ['public.notes.secret'] }),
    flow({ id: '4', kind: 'revealed' }),
    flow({ id: '5', relation: 'not-of-the-run' }),
    flow({ id: '6', relation: 'unowned', kind: 'changed' }),
    flow({ id: '7', relation: 'unowned' }),
    flow({ id: '8', relation: 'same-tenant', kind: 'removed' }),
    flow({ id: '9', relation: 'same-tenant' }),
    flow({ id: 'a', relation: 'own', hidden: ['public.notes.secret'] }),
  ]

  it('begins with flows that a matrix denies and tenants’ data that a visitor sees, and ends with own rows', () => {
    expect(ordered.map(suspicion)).toEqual(ordered.map((_, n) => n))
    expect(bySuspicion(ordered.toReversed())).toEqual(ordered)
  })
})
