import { describe, expect, it } from 'vitest'
import { catalogOf, column, exampleRoster, id, key, table } from '../../test/support/survey-catalog.ts'
import type { Json, JsonObject } from '../json.ts'
import { readMatrix } from '../matrix/read-matrix.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import { paths } from '../paths/registry.ts'
import { ExpectedFlows } from './expected-flows.ts'
import type { Flow } from './model.ts'

const uuid = { type: 'uuid', nullable: false } as const
const notes = table(
  'public.notes',
  [
    ...[id, column('team_id', uuid), column('owner_id', uuid), column('title'), column('secret')],
    column('state', { default: "'draft'::text" }),
  ],
  { foreignKeys: [key('team_id', 'public.teams'), key('owner_id', 'auth.users')] },
)
const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
/** Teams red and blue; ann, ben and dual are in red, mia and dual in blue. cat is in red too, with another role. */
const roster = {
  actors: [
    ...exampleRoster.actors,
    { name: 'cat', kind: 'authenticated', at },
    { name: 'ann at aal2', kind: 'authenticated', as: 'ann', assurance: 'aal2', at },
    { name: 'loner two', kind: 'authenticated', at },
  ],
  world: [
    ...exampleRoster.world,
    {
      name: 'cat in red',
      table: 'public.members',
      values: { team_id: '$red.id', user_id: '$cat.id', role: 'chief' },
      at,
    },
  ],
} as const
const members = table('public.members', [column('team_id', uuid), column('user_id', uuid), column('role')], {
  ...{
    primaryKey: ['team_id', 'user_id'],
    foreignKeys: [key('team_id', 'public.teams'), key('user_id', 'auth.users')],
  },
})
const setting = { roster, paths, catalog: catalogOf([notes, members]) }
const fixtures = {
  own: { team_id: '$red.id', owner_id: '$actor.id', title: 'Mine' },
  "ann's": { team_id: '$red.id', owner_id: '$ann.id', title: "Ann's" },
  "ben's": { team_id: '$red.id', owner_id: '$ben.id', title: "Ben's" },
  "mia's": { team_id: '$blue.id', owner_id: '$mia.id', title: "Mia's" },
  out: { team_id: '$red.id', owner_id: '$ann.id', title: 'Out', state: 'published' },
}

/** Expectations by actor; what is left out is not in the matrix. */
function matrixOf(
  operations: JsonObject,
  expected: Readonly<Record<string, JsonObject>>,
  more: JsonObject = { resource: { table: 'public.notes' }, fixtures },
): LoadedMatrix {
  const problems: Parameters<typeof readMatrix>[2] = []
  const data = { matrix: 'notes', ...more, operations, expect: { ...expected, '*': { '*': 'n/a' } } }
  const filled = Object.entries(expected).map(([actor, cells]) => [actor, { '*': 'n/a', ...cells }] as const)
  const document = {
    file: 'matrices/notes.matrix.yaml',
    data: { ...data, expect: { ...Object.fromEntries(filled), '*': { '*': 'n/a' } } },
    ...{ marks: new Map(), approximate: true },
  }
  const loaded = readMatrix(document, { roster, groups: {}, paths, complete: true }, problems)
  expect(problems).toEqual([])
  if (loaded === undefined) throw new Error('the matrix was not read')
  return loaded
}

interface Sample {
  readonly actor: string
  /** The operation that the survey tries. */
  readonly tries: JsonObject
  readonly flow?: Partial<Flow>
  readonly operations: JsonObject
  /** By actor and operation. */
  readonly cells: Readonly<Record<string, JsonObject>>
  readonly resource?: JsonObject
}

/** @returns what the cells say about one flow of a survey of the same rows. */
function verdict({ actor, tries, flow = {}, operations, cells, resource }: Sample): Flow['expected'] | null {
  const more = resource ?? { resource: { table: 'public.notes' }, fixtures }
  const survey = matrixOf({ try: tries }, { [actor]: { try: 'allow' } }, more).matrix
  const seed: Flow = {
    ...{ id: 'x', object: 'x', kind: 'shown', actor, actorKind: 'authenticated', relation: 'same-tenant', whose: '' },
    ...{ door: 'a door', tables: [], columns: [], hidden: [], rules: [], matrix: 'survey', operation: 'try', rows: [] },
    ...flow,
  }
  const [marked] = new ExpectedFlows(setting, [matrixOf(operations, cells, more)]).mark([seed], survey)
  return marked?.expected ?? null
}

const list: Json = { select: '*' }
const allowedBy = (cell: string) => ({ decision: 'allow', cells: [`notes › ${cell}`] })
const deniedBy = (cell: string) => ({ decision: 'deny', cells: [`notes › ${cell}`] })

describe('a read', () => {
  const reads = (actor: string, row: string, cells: Sample['cells'], flow: Partial<Flow> = {}) =>
    verdict({ actor, tries: list, flow: { rows: [row], ...flow }, operations: { list }, cells })

  it('is allowed by a cell of the same user that lets such a row come', () => {
    expect(reads('ben', "ann's", { ben: { list: { allow: { exactly: ["ann's"] } } } })).toEqual(allowedBy('ben › list'))
  })

  it('of rows that a list leaves out is denied', () => {
    const cells = { ben: { list: { allow: { exactly: ['own'] } } } }
    expect(reads('ben', "mia's", cells)).toEqual(deniedBy('ben › list'))
  })

  it('is neither where no cell is about it', () => {
    expect(reads('ben', "ann's", { loner: { list: 'deny' } })).toBeNull()
  })

  it.each([
    ['of a colleague, where the own row is allowed', 'ben', "ann's", 'own'],
    ['of another tenant, where a colleague is allowed', 'ben', "mia's", "ann's"],
    ['in a tenant, where only the other tenant is allowed to a member of both', 'loner', "mia's", 'own'],
  ])('%s, is not allowed by that', (_, actor, row, only) => {
    const cells = { [actor]: { list: { allow: { exactly: [only] } } } }
    expect(reads(actor, row, cells)?.decision).not.toBe('allow')
  })

  it('is allowed by the cell of another user with the same standing in its tenant, and marked as such', () => {
    const cells = { ann: { list: { allow: { exactly: ["ben's"] } } } }
    expect(reads('dual', "ben's", cells)).toEqual({ ...allowedBy('ann › list'), alike: true })
    expect(reads('dual', "mia's", cells)).toEqual({ ...allowedBy('ann › list'), alike: true })
    expect(reads('cat', "ben's", cells)).toBeNull()
    expect(reads('mia', "ben's", cells)).toBeNull()
    expect(reads('visitor', "ben's", cells)).toBeNull()
  })

  it("is denied by the actor's own cell, even if another user may read", () => {
    const cells = { ann: { list: { allow: { exactly: ["ben's"] } } }, dual: { list: 'deny' } }
    expect(reads('dual', "ben's", cells)).toEqual(deniedBy('dual › list'))
  })

  it('is not allowed by the cell of a stronger session of the user, and is by that of a weaker one', () => {
    const exactly = { list: { allow: { exactly: ["ben's"] } } }
    expect(reads('ann', "ben's", { 'ann at aal2': exactly })).toBeNull()
    expect(reads('ann at aal2', "ben's", { ann: exactly })?.decision).toBe('allow')
  })

  it('of a row in one state is denied where only another state is allowed', () => {
    const cells = { visitor: { list: { allow: { exactly: ['out'] } } } }
    expect(reads('visitor', 'out', cells)).toEqual(allowedBy('visitor › list'))
    expect(reads('visitor', "ann's", cells)).toEqual(deniedBy('visitor › list'))
  })

  it('of a column is denied where a cell denies the column, and allowed by cells that read all that came', () => {
    const operations = {
      titles: { select: "ann's", columns: ['title'] },
      states: { select: "ann's", columns: ['state'] },
      secrets: { select: "ann's", columns: ['secret'] },
    }
    const cells = { ben: { titles: 'allow', states: 'allow', secrets: 'deny' } }
    const of = (columns: readonly string[]) =>
      verdict({ actor: 'ben', tries: list, flow: { rows: ["ann's"], columns }, operations, cells })
    expect(of(['state', 'title'])?.decision).toBe('allow')
    expect(of(['title', 'secret'])).toEqual(deniedBy('ben › secrets'))
    expect(of(['title', 'owner_id'])).toBeNull()
  })

  it('of rows that the run did not make needs a cell that lets others come', () => {
    const rows = Object.entries(fixtures).map(([name, values]) => [name, { table: 'public.notes', values }] as const)
    const find = { function: 'public.find', of: 'public.notes' }
    const resource = { resource: find, fixtures: Object.fromEntries(rows) }
    const flow = { relation: 'not-of-the-run', rows: [] } as const
    const of = (more: JsonObject) => {
      const call = { call: {}, reads: '*', ...more }
      return verdict({
        actor: 'ben',
        tries: call,
        flow,
        operations: { act: call },
        cells: { ben: { act: 'allow' } },
        resource,
      })
    }
    expect(of({})).toBeNull()
    expect(of({ others: 'allow' })).toEqual(allowedBy('ben › act'))
  })
})

describe('a write', () => {
  const writes = (tries: JsonObject, operation: JsonObject, decision = 'allow', actor = 'ben') =>
    verdict({
      ...{ actor, tries, flow: { kind: 'changed' }, operations: { act: operation } },
      cells: { [actor]: { act: decision } },
    })?.decision ?? null

  it.each<[string, JsonObject, JsonObject, string | null]>([
    [
      'sets no more',
      { update: "ann's", set: { title: '$unique' } },
      { update: "ann's", set: { title: 'y', secret: 'z' } },
      'allow',
    ],
    ['sets another column', { update: "ann's", set: { secret: 'x' } }, { update: "ann's", set: { title: 'y' } }, null],
    ['sets another state', { update: "ann's", set: { state: 'x' } }, { update: "ann's", set: { state: 'y' } }, null],
    [
      'sets the same state',
      { update: "ann's", set: { state: 'x' } },
      { update: "ann's", set: { state: 'x' } },
      'allow',
    ],
    [
      "is of another tenant's row",
      { update: "mia's", set: { title: '$unique' } },
      { update: "ann's", set: { title: '$unique' } },
      null,
    ],
    [
      'gives the row away',
      { update: 'own', set: { owner_id: '$mia.id' } },
      { update: "ann's", set: { owner_id: '$actor.id' } },
      null,
    ],
    ['removes', { delete: "ann's" }, { delete: "ann's" }, 'allow'],
    ['removes what may be changed', { delete: "ann's" }, { update: "ann's", set: { title: '$unique' } }, null],
    [
      'adds in the own name',
      { insert: { team_id: '$red.id', owner_id: '$ben.id', title: '$unique' } },
      { insert: { team_id: '$red.id', owner_id: '$actor.id', title: '$unique' } },
      'allow',
    ],
    [
      "adds in a colleague's name",
      { insert: { team_id: '$red.id', owner_id: '$ann.id', title: '$unique' } },
      { insert: { team_id: '$red.id', owner_id: '$actor.id', title: '$unique' } },
      null,
    ],
    [
      'adds an own row to another tenant',
      { insert: { team_id: '$blue.id', owner_id: '$ben.id', title: '$unique' } },
      { insert: { team_id: '$red.id', owner_id: '$actor.id', title: '$unique' } },
      null,
    ],
    [
      'adds in a state that is not the default',
      { insert: { team_id: '$red.id', owner_id: '$ben.id', title: '$unique', state: 'published' } },
      { insert: { team_id: '$red.id', owner_id: '$actor.id', title: '$unique' } },
      null,
    ],
  ])('that %s', (_, tries, operation, expected) => {
    expect(writes(tries, operation)).toBe(expected)
  })

  it('is denied by a cell that tries no more', () => {
    expect(writes({ delete: "ann's" }, { delete: "ann's" }, 'deny')).toBe('deny')
  })
})

describe('files', () => {
  const resource = {
    resource: { bucket: 'files' },
    fixtures: {
      own: { name: '$actor.id/$unique.txt', content: 'x' },
      "ann's": { name: '$ann.id/$unique.txt', content: 'x' },
      'own draft': { name: 'drafts/$actor.id/$unique.txt', content: 'x' },
    },
  }
  const of = (
    tries: JsonObject,
    operation: JsonObject,
    decision = 'allow',
    flow: Partial<Flow> = { kind: 'changed' },
  ) =>
    verdict({
      ...{ actor: 'ben', tries, flow, operations: { act: operation }, cells: { ben: { act: decision } }, resource },
    })?.decision ?? null
  const shown = { rows: ["ann's"] }

  it('that a policy lets a user list may be signed for and downloaded, and not the other way round', () => {
    expect(of({ download: "ann's" }, { list: "ann's" }, 'allow', shown)).toBe('allow')
    expect(of({ sign: "ann's", seconds: 60 }, { list: "ann's" }, 'allow', shown)).toBe('allow')
    expect(of({ list: "ann's" }, { download: "ann's" }, 'allow', shown)).toBeNull()
  })

  it.each<[string, JsonObject, JsonObject, string | null]>([
    [
      'below the own folder is in the own folder',
      { upload: { name: '$ben.id/$actor.id/$unique.txt', content: 'x' } },
      { upload: { name: '$actor.id/$unique.txt', content: 'x' } },
      'allow',
    ],
    [
      'below the folder of another is not',
      { upload: { name: '$ann.id/$actor.id/$unique.txt', content: 'x' } },
      { upload: { name: '$actor.id/$unique.txt', content: 'x' } },
      null,
    ],
    [
      'in a folder of another name is elsewhere',
      { upload: { name: 'published/$actor.id/$unique.txt', content: 'x' } },
      { upload: { name: 'drafts/$actor.id/$unique.txt', content: 'x' } },
      null,
    ],
    [
      'that leaves the own folder comes into the other',
      { move: 'own', to: '$ann.id/$unique.txt' },
      { move: 'own', to: '$actor.id/$unique.txt' },
      null,
    ],
  ])('a file %s', (_, tries, operation, expected) => {
    expect(of(tries, operation)).toBe(expected)
  })

  it('a refused move into another folder denies no overwrite', () => {
    const move = { move: 'own', to: '$ann.id/$unique.txt' }
    expect(of({ overwrite: 'own', content: 'y' }, move, 'deny')).toBeNull()
    expect(of(move, move, 'deny')).toBe('deny')
  })
})

const fixturesOfNotes = fixtures

describe('functions and channels', () => {
  const fixtures = { team: { table: 'public.teams', values: { name: 'x' } } }
  const members = Object.fromEntries(
    ['ann', 'mia'].map((name) => [
      `${name} there`,
      { table: 'public.members', values: { team_id: '$team.id', user_id: `$${name}.id` } },
    ]),
  )

  it('a call with a tenant is allowed where the user has the same part in the tenant', () => {
    const resource = { resource: { function: 'public.join' }, fixtures: { ...fixtures, ...members } }
    const of = (actor: string, team: string) =>
      verdict({
        ...{ actor, tries: { call: { team: `$${team}.id` } }, flow: { kind: 'changed' } },
        ...{ operations: { act: { call: { team: '$team.id' } } }, cells: { [actor]: { act: 'allow' } }, resource },
      })?.decision ?? null
    expect(of('ann', 'red')).toBe('allow')
    expect(of('ann', 'blue')).toBeNull()
    expect(of('mia', 'blue')).toBe('allow')
  })

  it('a call that returns or changes rows of others needs a cell about those', () => {
    const rows = ["ben's", "mia's"].map((name) => {
      const values = name === "ben's" ? fixturesOfNotes["ben's"] : fixturesOfNotes["mia's"]
      return [name, { table: 'public.notes', values }] as const
    })
    const find = { function: 'public.find', of: 'public.notes' }
    const resource = { resource: find, fixtures: Object.fromEntries(rows) }
    const of = (flow: Partial<Flow>, operation: JsonObject) =>
      verdict({
        ...{ actor: 'ben', tries: { call: { team: '$red.id' }, reads: '*' }, flow, resource },
        ...{ operations: { act: operation }, cells: { ben: { act: 'allow' } } },
      })?.decision ?? null
    const call = { call: { team: '$red.id' } }
    expect(of({ rows: ["mia's"] }, call)).toBeNull()
    expect(of({ rows: ["mia's"] }, { ...call, reads: ["ben's"] })).toBeNull()
    expect(of({ rows: ["mia's"] }, { ...call, reads: ["mia's"] })).toBe('allow')
    expect(of({ kind: 'changed', rows: ["ben's"] }, call)).toBe('allow')
    expect(of({ kind: 'changed', rows: ["mia's"] }, call)).toBeNull()
  })

  it('a topic is known by its form, and to hear is not to speak', () => {
    const resource = { resource: { channel: 'teams' }, fixtures: { room: { topic: 'team:$red.id' } } }
    const of = (tries: JsonObject, flow: Partial<Flow>) =>
      verdict({
        ...{
          actor: 'ben',
          tries,
          flow,
          operations: { act: { join: 'room' } },
          cells: { ben: { act: 'allow' } },
          resource,
        },
      })?.decision ?? null
    expect(of({ receive: 'room' }, { rows: ['room'] })).toBe('allow')
    expect(of({ send: 'room' }, { kind: 'added', rows: ['room'] })).toBeNull()
    expect(of({ join: 'room', private: false }, { rows: ['room'] })).toBeNull()
  })
})
