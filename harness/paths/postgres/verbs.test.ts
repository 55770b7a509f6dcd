import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json.ts'
import { parameter } from './values.ts'
import { schema, verbs } from './verbs.ts'

const footprint = (body: JsonObject) => verbs.sql.footprint(body, { kind: 'database', name: 'public.tasks' })

describe('the footprint of a statement', () => {
  it('has the reads and writes that the matrix declares', () => {
    const body = {
      sql: 'update public.tasks set status = $1 where id = $2 returning *',
      values: ['done', 7],
      reads: 'task',
      changes: { task: { status: 'done' } },
      removes: ['other'],
      adds: { values: { task_id: 7 } },
    }
    expect(footprint(body)).toMatchObject({
      reads: ['task'],
      bounded: false,
      readOnly: false,
      writes: [
        { kind: 'change', fixture: 'task', set: { status: 'done' } },
        { kind: 'remove', fixture: 'other' },
        { kind: 'add', table: 'public.tasks', rows: [{ task_id: 7 }], skippable: true },
      ],
      columns: [{ table: 'public.tasks', column: 'task_id', at: ['adds', 'values', 'task_id'] }],
      free: [body.sql, body.values],
    })
  })

  it('may add to another table', () => {
    const body = { sql: 'select 1', adds: { table: 'public.task_effects', values: [{ task_id: 7 }] } }
    expect(footprint(body).writes).toMatchObject([{ table: 'public.task_effects' }])
  })

  it.each(['begin', ' COMMIT', 'rollback', 'start  transaction', 'savepoint one', 'end'])(
    '%s does nothing of its own',
    (sql) => {
      expect(schema.safeParse({ sql }).success).toBe(true)
      expect(schema.safeParse({ sql, reads: 'task' }).success).toBe(false)
    },
  )
})

describe('a parameter', () => {
  it.each([
    [null, null],
    ['a', 'a'],
    [1.5, '1.5'],
    [true, 'true'],
    [{ a: [1] }, '{"a":[1]}'],
    [[{ a: 1 }], '[{"a":1}]'],
    [
      [1, 'b'],
      ['1', 'b'],
    ],
  ])('%j is sent as %j', (value, sent) => {
    expect(parameter(value)).toEqual(sent)
  })
})
