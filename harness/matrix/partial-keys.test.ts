import { expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import type { Column, Relation } from '../witness/catalog.ts'
import { certainKeys } from './partial-keys.ts'

function column(name: string, more: Partial<Column> = {}): [string, Column] {
  return [name, { name, type: 'text', nullable: true, hasDefault: false, generated: false, identity: 'no', ...more }]
}

const columns = Object.fromEntries([
  column('id'),
  column('code'),
  column('ended_at'),
  column('status', { hasDefault: true, default: "'active'::character varying" }),
  column('main', { hasDefault: true, default: 'false' }),
  column('level', { hasDefault: true, default: 'next_level()' }),
  column('userId'),
  column('sum', { generated: true }),
])

function holds(where: string, values: JsonObject, found?: true): boolean {
  const partialKeys = [{ columns: ['code'], where }]
  const relation: Relation = {
    ...{ name: 'public.codes', kind: 'table', columns, primaryKey: ['id'], uniqueKeys: [], foreignKeys: [] },
    partialKeys,
  }
  const keys = certainKeys(relation, [{ values, ...(found === undefined ? {} : { found }) }])
  return keys.some((key) => key.columns[0] === 'code')
}

test.each<[where: string, values: JsonObject, holds: boolean]>([
  ['(ended_at IS NULL)', {}, true],
  ['(ended_at IS NULL)', { ended_at: null }, true],
  ['(ended_at IS NULL)', { ended_at: '2026-01-01' }, false],
  ['(ended_at IS NOT NULL)', { ended_at: '2026-01-01' }, true],
  ['(ended_at IS NOT NULL)', { ended_at: '$other.ended_at' }, false],
  ['("userId" IS NOT NULL)', { userId: '$actor.id' }, true],
  ['("userId" IS NOT NULL)', {}, false],
  ["(status = 'active'::text)", {}, true],
  ["((status)::text = 'active'::text)", {}, true],
  ["(status = 'active'::public.state)", { status: 'active' }, true],
  ["(status = 'active'::text)", { status: 'ended' }, false],
  ["(status = 'active'::text)", { status: null }, false],
  ["(status = 'active'::text)", { status: '$other.status' }, false],
  ["(status = 'it''s (so) AND on'::text)", { status: "it's (so) AND on" }, true],
  ['main', { main: true }, true],
  ['main', {}, false],
  ['(NOT main)', {}, true],
  ['(main = true)', { main: true }, true],
  ['(main IS TRUE)', { main: true }, true],
  ['(level = 1)', { level: 1 }, true],
  ['(level = 1)', {}, false],
  ['(sum IS NULL)', {}, false],
  ['((ended_at IS NULL) AND main)', { main: true }, true],
  ['((ended_at IS NULL) AND main)', {}, false],
  ["((ended_at IS NULL) AND (status = 'active'::text) AND (NOT main))", {}, true],
  ['((ended_at IS NULL) OR main)', {}, false],
  ['(length(code) > 3)', { code: 'abcd' }, false],
  ["(status = ANY (ARRAY['active'::text, 'open'::text]))", {}, false],
  ["(status <> 'ended'::text)", {}, false],
])('the key of the rows with %s and a row with %j: %s', (where, values, expected) => {
  expect(holds(where, values)).toBe(expected)
})

test('of a row that is found, columns that are not given are unknown', () => {
  expect(holds('(ended_at IS NULL)', {}, true)).toBe(false)
  expect(holds('(ended_at IS NULL)', { ended_at: null }, true)).toBe(true)
})
