import { describe, expect, it } from 'vitest'
import { exampleColumn, exampleId, exampleKey, exampleRelation, exampleSchema } from '../../test/support/init-schema.ts'
import type { Schema } from '../init/model.ts'
import { untried } from '../init/try-plan.ts'
import type { LoadedWorkspace } from '../matrix/load.ts'
import { parseActorsText, parseMatrixText } from '../matrix/parse-text.ts'
import { paths } from '../paths/registry.ts'
import { type Reproduction, reproduce } from './draft.ts'
import { readRequest } from './read-request.ts'
import { recognise } from './recognise.ts'

const subject = '5f1b6a52-7d0c-4f4e-9f5e-2f0a7f3d9c11'
const payload = Buffer.from(JSON.stringify({ role: 'authenticated', sub: subject })).toString('base64url')
const token = `eyJhbGciOiJub25lIn0.${payload}.c2ln`
const address = 'http://127.0.0.1:54321'

const actors = `actors:
  visitor: { kind: anon }
  alice: { kind: authenticated }
  bob: { kind: authenticated }
  mallory: { kind: authenticated }
  expired: { kind: authenticated, as: alice, token: expired }
world:
  acme: { table: public.teams, values: { name: "Acme $run" } }
  globex: { table: public.teams, values: { name: "Globex $run" } }
  bob in acme: { table: public.members, values: { team_id: $acme.id, user_id: $bob.id } }
  alice in acme: { table: public.members, values: { team_id: $acme.id, user_id: $alice.id } }
  mallory in globex: { table: public.members, values: { team_id: $globex.id, user_id: $mallory.id } }
`

const notes = `# Notes of a team.
matrix: notes
resource: { table: public.notes }
fixtures:
  own: { owner_id: $actor.id, team_id: $acme.id, title: Mine }
  bob's: { owner_id: $bob.id, title: Bob's, public: true } # of a colleague
operations:
  read bob's: { select: bob's }
  write: { insert: { owner_id: $actor.id, team_id: $acme.id, title: New } }
expect:
  mallory: { write: deny, "*": deny }
  alice, bob: { "*": allow }
  "*": { "*": deny }
`

const columns = [
  exampleId,
  exampleColumn('owner_id', 'uuid'),
  exampleColumn('team_id', 'uuid', { nullable: true }),
  exampleColumn('title', 'text'),
  exampleColumn('body', 'text', { nullable: true }),
  exampleColumn('public', 'boolean', { hasDefault: true, default: 'false' }),
  exampleColumn('level', 'public.level', { nullable: true }),
]
const schema: Schema = exampleSchema(
  [
    exampleRelation('teams', [exampleId, exampleColumn('name', 'text')]),
    exampleRelation('members', [exampleId, exampleColumn('team_id', 'uuid'), exampleColumn('user_id', 'uuid')], {
      foreignKeys: [exampleKey('team_id', 'public.teams'), exampleKey('user_id', 'auth.users')],
      uniqueKeys: [['team_id', 'user_id']],
    }),
    exampleRelation('notes', columns, {
      foreignKeys: [exampleKey('owner_id', 'auth.users'), exampleKey('team_id', 'public.teams')],
    }),
  ],
  { types: { 'public.level': { kind: 'enum', labels: ['low', 'high'] } } },
)

const { plan } = untried(schema)

/** Turns a curl command's arguments into a cell of a workspace with these matrices. */
function cellOf(
  rest: string,
  matrices: readonly string[] = [notes],
  more: { readonly keep?: readonly string[]; readonly actor?: string } = {},
): Reproduction {
  const loaded = parseActorsText(actors, { file: 'matrices/actors.yaml' }).result
  if (loaded === undefined) throw new Error('the actors are not sound')
  const { roster, groups } = loaded
  const files = matrices.map((text, index) => ({ file: `matrices/m${index}.matrix.yaml`, text }))
  const read = files.map(({ file, text }) => {
    const { result, problems } = parseMatrixText(text, { file, roster, groups, paths, complete: true })
    if (result === undefined) throw new Error(JSON.stringify(problems))
    return result
  })
  const workspace: LoadedWorkspace = { ...loaded, matrices: read, files: [] }
  const request = readRequest(`curl ${rest} -H 'apikey: sb_publishable_x' -H 'authorization: Bearer ${token}'`, null)
  return reproduce(request, recognise(request), {
    workspace,
    textOf: (wanted) => files.find(({ file }) => file === wanted)?.text ?? '',
    schema,
    plan,
    paths,
    actor: more.actor ?? null,
    keep: new Set(more.keep),
  })
}

describe('a request to an object with a matrix', () => {
  it('becomes a denied cell of an actor of another team, and everything else keeps its text', () => {
    const body = `'{"title":"Payroll of Ms Smith"}'`
    const result = cellOf(`-X PATCH '${address}/rest/v1/notes?id=eq.77' -d ${body}`)
    expect(result).toMatchObject({
      cell: 'notes › mallory › reproduced update',
      file: 'matrices/m0.matrix.yaml',
      operation: { body: { update: "bob's", set: { title: expect.stringMatching(/./) } } },
      fixtures: [],
    })
    expect(result.text).not.toMatch(/Smith|77/)
    expect(result.text).toContain('# of a colleague')
    const added = result.text?.split('\n').filter((line) => !notes.split('\n').includes(line))
    expect(added).toHaveLength(1)
    expect(result.notes.join('\n')).toMatch(/made-up values stand for title/)
  })

  it('that the matrix has already adds nothing', () => {
    expect(cellOf(`'${address}/rest/v1/notes?id=eq.77'`)).toMatchObject({
      cell: "notes › mallory › read bob's",
      state: 'there already',
      text: null,
    })
  })

  it('that the matrix allows is refused, with the place', () => {
    const wanted = () => cellOf(`'${address}/rest/v1/notes?id=eq.77'`, [notes], { actor: 'alice' })
    expect(wanted).toThrow(/matrices\/m0\.matrix\.yaml:12, which expects allow/)
  })

  it('of the caller’s own rows is tried on a row of the actor', () => {
    const { operation } = cellOf(`-X DELETE '${address}/rest/v1/notes?owner_id=eq.${subject}'`)
    expect(operation.body).toEqual({ delete: 'own' })
  })

  it.each([
    ['the caller’s own id is a reference', { owner_id: subject }, { owner_id: '$actor.id' }],
    [
      'the id of another user is one of another actor',
      { owner_id: '11111111-1111-4111-8111-111111111111' },
      { owner_id: expect.stringMatching(/alice|bob/) },
    ],
    [
      'truth values and null stay',
      { owner_id: subject, public: true, body: null },
      { owner_id: '$actor.id', public: true, body: null },
    ],
    ['labels of the schema stay', { owner_id: subject, level: 'high' }, { owner_id: '$actor.id', level: 'high' }],
    [
      'keys are rows of the workspace',
      { owner_id: subject, team_id: 'x' },
      { owner_id: '$actor.id', team_id: '$acme.id' },
    ],
  ])('of an insert: %s', (_what, values, insert) => {
    const { operation } = cellOf(`'${address}/rest/v1/notes' -d '${JSON.stringify(values)}'`)
    expect(operation.body).toEqual({ insert })
  })

  it('keeps the values that the user names, without references', () => {
    const kept = cellOf(`'${address}/rest/v1/notes' -d '{"owner_id":"${subject}","body":"is_admin $x"}'`, [notes], {
      keep: ['body'],
    })
    expect(kept.operation.body).toEqual({ insert: { owner_id: '$actor.id', body: 'is_admin $$x' } })
    expect(
      cellOf(`'${address}/rest/v1/notes' -d '{"owner_id":"${subject}"}'`, [notes], { keep: ['titel'] }).notes,
    ).toContain('--keep names titel, which the body of the request does not hold')
  })

  it('decides the actor’s cell alone where a wider entry allows it', () => {
    const open = notes.replace('mallory: { write: deny, "*": deny }', 'mallory: { "*": allow }')
    const { text } = cellOf(`-X DELETE '${address}/rest/v1/notes?id=eq.1'`, [open])
    expect(text).toContain('mallory: { "*": allow, reproduced delete: deny }')
  })

  it('gets fixtures of the plan where the matrix has no row of another user', () => {
    const alone = notes.replace(/ {2}bob's: .*\n/, '').replace(/ {2}read bob's: .*\n/, '')
    const { fixtures, text, operation } = cellOf(`-X DELETE '${address}/rest/v1/notes?id=eq.1'`, [alone])
    expect(fixtures.map(({ table }) => table)).toContain('public.notes')
    expect(operation.body).toEqual({ delete: fixtures.at(-1)?.name })
    expect(text).toContain('Notes of a team')
  })
})

describe('a request to an object without a matrix', () => {
  it.each([
    ['a read', `'${address}/rest/v1/notes?id=eq.1'`],
    ['a list', `'${address}/rest/v1/notes'`],
    ['an insert', `'${address}/rest/v1/notes' -d '{"owner_id":"${subject}","title":"x","team_id":"y"}'`],
    ['an update', `-X PATCH '${address}/rest/v1/notes?id=eq.1' -d '{"title":"x"}'`],
    ['an update without a known body', `-X PATCH '${address}/rest/v1/notes?id=eq.1' -d @file`],
    ['a removal', `-X DELETE '${address}/rest/v1/notes?id=eq.1'`],
    ['an insert into the team of others', `'${address}/rest/v1/notes' -d '{"team_id":"y"}'`],
    ['an Edge Function', `'${address}/functions/v1/checkout/orders/77' -d '{"card":"4242"}'`],
  ])('%s becomes a matrix that the loader accepts', (_what, rest) => {
    const result = cellOf(rest, [])
    expect(result.state).toBe('in a new file')
    expect(result.text).toMatch(new RegExp(`  ${result.cell.split(' › ')[1]}: *(?:\\{|\\n +)reproduced .*: deny`))
    expect(result.text).not.toMatch(/4242|77/)
  })

  it('names what clients do not reach', () => {
    expect(() => cellOf(`'${address}/rest/v1/note'`, [])).toThrow(
      expect.objectContaining({ code: 'not-reproducible', hint: expect.stringContaining('public.notes') }),
    )
  })
})
