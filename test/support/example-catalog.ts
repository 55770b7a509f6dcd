import { expect } from 'vitest'
import type { Problem } from '../../harness/errors.ts'
import { checkAgainstCatalog } from '../../harness/matrix/check-catalog.ts'
import { paths } from '../../harness/paths/registry.ts'
import type { Catalog, Column, DatabaseFunction, Relation } from '../../harness/witness/catalog.ts'
import { readActorsText, readMatrixText } from './matrix-texts.ts'

function column(name: string, more: Partial<Column> = {}): Column {
  return { name, type: 'text', nullable: true, hasDefault: false, generated: false, identity: 'no', ...more }
}

function relation(name: string, columns: readonly Column[], more: Partial<Relation> = {}): [string, Relation] {
  const byName = Object.fromEntries(columns.map((one) => [one.name, one]))
  return [name, { name, kind: 'table', columns: byName, primaryKey: ['id'], uniqueKeys: [], foreignKeys: [], ...more }]
}

function callable(name: string, more: Partial<DatabaseFunction> = {}): [string, readonly DatabaseFunction[]] {
  const common = { volatility: 'volatile', returnsSet: false, returnsRowsOf: null, securityDefiner: false } as const
  return [name, [{ name, arguments: [], ...common, ...more }]]
}

const id = column('id', { nullable: false, hasDefault: true })

/** A target with a table, a view and a function of each kind that matters. */
export const catalog: Catalog = {
  relations: Object.fromEntries([
    relation(
      'public.documents',
      [
        id,
        column('owner_id', { nullable: false }),
        column('title'),
        column('slug'),
        column('words', { generated: true }),
        column('number', { nullable: false, identity: 'always' }),
      ],
      { uniqueKeys: [['slug'], ['owner_id', 'title']] },
    ),
    relation(
      'public.plans',
      [
        id,
        column('owner_id'),
        column('code'),
        column('status', { hasDefault: true, default: "'active'::text" }),
        column('ended_at'),
      ],
      {
        partialKeys: [
          { columns: ['owner_id'], where: "((ended_at IS NULL) AND (status = 'active'::text))" },
          { columns: ['code'], where: '(length(code) > 3)' },
        ],
      },
    ),
    relation('public.organizations', [id, column('name')]),
    relation('public.memberships', [column('organization_id'), column('user_id')], {
      primaryKey: ['organization_id', 'user_id'],
    }),
    relation('public.log', [column('path')], { primaryKey: [] }),
    relation('public.titles', [column('id'), column('title')], { kind: 'view', primaryKey: [] }),
    relation('public.renamed', [column('document_id'), column('owner_id'), column('slug')], {
      kind: 'view',
      primaryKey: [],
    }),
    relation('public.counts', [column('owner_id'), column('count')], { kind: 'view', primaryKey: [] }),
  ]),
  functions: Object.fromEntries([
    callable('public.archive', {
      arguments: [
        { name: 'document_id', type: 'uuid', optional: false },
        { name: 'force', type: 'boolean', optional: true },
      ],
    }),
    callable('public.raw', { arguments: [{ name: '', type: 'json', optional: false }] }),
  ]),
}

const { result: roster } = readActorsText()

/** @returns the problems that the catalog shows in a matrix that is sound in itself. */
export function catalogProblems(text: string): readonly Problem[] {
  const { result, problems } = readMatrixText(text)
  expect(problems).toEqual([])
  if (result === undefined || roster === undefined) throw new Error('no matrix')
  return checkAgainstCatalog(result, roster.roster, catalog, paths)
}

/** Sections for {@link matrixText}: fixtures of documents, and an operation that reads one. */
export const own = 'own: { owner_id: $actor.id, title: "Mine $unique" }'
export const table = `fixtures: { ${own} }`
export const read = 'operations: { read: { select: own } }'
export const foreign = 'fixtures: { own: { table: public.documents, values: { owner_id: $bob.id } } }'
