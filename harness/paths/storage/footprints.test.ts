import { describe, expect, it, test } from 'vitest'
import type { JsonObject } from '../../json.ts'
import type { Resource } from '../../model/matrix.ts'
import type { Footprint } from '../path.ts'
import { bucketVerbs, objectVerbs } from './footprints.ts'

const files: Resource = { kind: 'bucket', name: 'files', of: 'storage.objects' }

function footprint(body: JsonObject, resource = files): Footprint {
  const [verb = ''] = Object.keys(body)
  const found = { ...objectVerbs, ...bucketVerbs }[verb]
  if (found === undefined) throw new Error(`no verb ${verb}`)
  return found.footprint(body, resource)
}

const added = { kind: 'add', table: 'storage.objects', identify: ['bucket_id', 'name'], skippable: false, exact: true }

describe('the reads of an operation', () => {
  test.each<[JsonObject, readonly string[] | '*', boolean]>([
    [{ download: 'own' }, ['own'], true],
    [{ public: 'own' }, ['own'], true],
    [{ info: 'own' }, ['own'], true],
    [{ exists: 'own' }, ['own'], true],
    [{ sign: 'own', seconds: 1 }, ['own'], true],
    [{ sign_many: ['a', 'b'], seconds: 1 }, ['a', 'b'], true],
    [{ list: '*' }, '*', false],
    [{ list: ['a', 'b'] }, ['a', 'b'], false],
    [{ get_bucket: 'drawer' }, ['drawer'], true],
    [{ list_buckets: '*' }, '*', false],
  ])('by %o', (body, reads, bounded) => {
    expect(footprint(body)).toMatchObject({ reads, bounded, readOnly: true, writes: [] })
  })

  it('while something happens is not shared with other cells', () => {
    const after = { change: 'membership', set: { role: 'none' } }
    const meanwhile = [{ kind: 'change', fixture: 'membership', set: { role: 'none' } }]
    expect(footprint({ download: 'own', after })).toMatchObject({ readOnly: false, meanwhile })
    expect(footprint({ sign: 'own', seconds: 5, after: { remove: 'm' } })).toMatchObject({
      readOnly: false,
      meanwhile: [{ kind: 'remove', fixture: 'm' }],
    })
  })
})

describe('the writes of an operation', () => {
  it('is a new object, whole and by its name', () => {
    const { writes, columns, readOnly } = footprint({ upload: { name: 'u/a', content: 'data:x;base64,aGk=' } })
    expect(writes).toEqual([{ ...added, rows: [{ bucket_id: 'files', name: 'u/a', content: 'hi' }] }])
    expect(columns.map(({ column }) => column)).toEqual(['name', 'content'])
    expect(readOnly).toBe(false)
  })

  it('may have to belong to a user, which is no value of the request', () => {
    const { writes, columns } = footprint({ upload: { name: 'u/a', owner: '$actor.id' } })
    expect(writes).toEqual([
      {
        ...added,
        rows: [{ bucket_id: 'files', name: 'u/a', content: '', owner_id: '$actor.id' }],
        decided: ['owner_id'],
      },
    ])
    expect(columns.map(({ column }) => column)).toEqual(['name'])
  })

  it('is an empty object where no content is given, in another bucket where one is', () => {
    const rows = [{ bucket_id: '$drawer.id', name: 'a', content: '' }]
    const about = { kind: 'bucket', name: '*' }
    expect(footprint({ upload: { name: 'a', bucket: '$drawer.id' } }, about).writes).toEqual([{ ...added, rows }])
    expect(() => footprint({ upload: { name: 'a' } }, about)).toThrow('a new object in no bucket')
  })

  test.each(['upload', 'sign_upload', 'upsert'])('by %s, may go astray', (verb) => {
    const { writes } = footprint({ [verb]: { name: '$actor.id/%2e%2e/x-$unique' } })
    const names = writes.map((write) => (write.kind === 'add' ? write.rows.map(({ name }) => name) : []))
    expect(names).toEqual([['$actor.id/../x-$unique'], ['$actor.id/%2e%2e/x-$unique', 'x-$unique']])
    expect(writes[1]).toMatchObject({ stray: true, skippable: true, identify: ['bucket_id', 'name'] })
  })

  it('is a change of a fixture', () => {
    const set = { content: 'new', content_type: 'text/css' }
    const writes = [{ kind: 'change', fixture: 'own', set }]
    expect(footprint({ overwrite: 'own', ...set }).writes).toEqual(writes)
    expect(footprint({ upsert: 'own', ...set }).writes).toEqual(writes)
    expect(footprint({ update_bucket: 'drawer', set: { public: true } }).writes).toEqual([
      { kind: 'change', fixture: 'drawer', set: { public: true } },
    ])
  })

  it('are both names of a move, and the new one of a copy', () => {
    const there = { ...added, rows: [{ bucket_id: 'files', name: 'u/b' }] }
    expect(footprint({ move: 'own', to: 'u/b' }).writes).toEqual([{ kind: 'remove', fixture: 'own' }, there])
    const { writes, about } = footprint({ copy: 'own', to: 'u/b', to_bucket: 'other' })
    expect([writes, about]).toEqual([[{ ...there, rows: [{ bucket_id: 'other', name: 'u/b' }] }], ['own']])
  })

  it('may go astray by a name in a body too', () => {
    expect(footprint({ move: 'own', to: 'u/%2e%2e/b' }).writes[2]).toMatchObject({ stray: true })
  })

  it('are removals', () => {
    const removal = (fixture: string) => ({ kind: 'remove', fixture })
    expect(footprint({ remove: ['a', 'b'] }).writes).toEqual([removal('a'), removal('b')])
    expect(footprint({ delete: 'a' }).writes).toEqual([removal('a')])
    expect(footprint({ delete_bucket: 'a' }).writes).toEqual([removal('a')])
    const emptying = footprint({ empty_bucket: 'drawer', objects: ['a'] })
    expect([emptying.writes, emptying.about]).toEqual([[removal('a')], ['drawer']])
  })

  it('is a new bucket', () => {
    expect(footprint({ create_bucket: { id: 'b-$run', public: true } }).writes).toEqual([
      { ...added, table: 'storage.buckets', identify: ['id'], rows: [{ id: 'b-$run', public: true }] },
    ])
  })
})

test.each<[JsonObject, string]>([
  [{ upsert: 'own' }, 'upsert'],
  [{ upsert: { name: 'a' }, content: 'x' }, 'upsert'],
  [{ upsert: { name: 'a' }, content_type: 'text/css' }, 'upsert'],
  [{ download: 'own', watch: 3 }, 'watch'],
  [{ sign: 'own', seconds: 3, watch: 3 }, 'watch'],
])('%o has no effect, or is incomplete', (body, at) => {
  const schema = objectVerbs[Object.keys(body)[0] ?? '']?.schema
  expect(schema?.safeParse(body).error?.issues.map(({ path }) => path)).toEqual([[at]])
})
