import { quoted } from '../inventory/names.ts'
import { quote } from '../message-text.ts'
import { draftMutant } from './draft.ts'
import type { Mutant } from './model.ts'
import type { MutableBucket, MutableSchema, MutableTable, MutableView, PublishedTable } from './schema.ts'
import { literal } from './sql.ts'

/** @returns a mutant for each constraint that can be removed on its own, and for each trigger that is enabled. */
export function tableRules({ schema, name: table, own, constraints, triggers }: MutableTable): readonly Mutant[] {
  if (!own) return []
  const name = `${quoted(schema)}.${quoted(table)}`
  const shared = { object: `table ${name}`, touches: [`${schema}.${table}`] }
  return [
    ...constraints.map(({ name: constraint, type, definition, references }) =>
      draftMutant({
        ...shared,
        touches: [...shared.touches, ...(references === null ? [] : [references])],
        kind: 'constraint',
        detail: quoted(constraint),
        change: `${name} lost the ${type} constraint ${quote(constraint)}`,
        apply: [`alter table ${name} drop constraint ${quoted(constraint)}`],
        undo: [`alter table ${name} add constraint ${quoted(constraint)} ${definition}`],
        direction: 'wider',
        // The Data API follows foreign keys from row to row, and takes unique keys for the target of an upsert.
        reloads: type !== 'check',
      }),
    ),
    ...triggers.map(({ name: trigger, definition }) =>
      draftMutant({
        ...shared,
        kind: 'trigger',
        detail: quoted(trigger),
        change: `the trigger ${quote(trigger)} on ${name} is disabled`,
        apply: [`alter table ${name} disable trigger ${quoted(trigger)}`],
        undo: [`alter table ${name} enable trigger ${quoted(trigger)}`],
        original: definition,
        direction: 'either',
      }),
    ),
  ]
}

/** @returns whether a view reads with the rights of its caller. */
export function isInvokersView({ invoker }: Pick<MutableView, 'invoker'>): boolean {
  return invoker !== null && ['on', 'true', 'yes', '1'].includes(invoker.toLowerCase())
}

/** @returns the mutant of a view that reads with the rights of the caller; none for any other. */
export function viewMutants({ schema, name: view, invoker }: MutableView): readonly Mutant[] {
  if (!isInvokersView({ invoker })) return []
  const name = `${quoted(schema)}.${quoted(view)}`
  return [
    draftMutant({
      kind: 'view-invoker',
      object: `view ${name}`,
      detail: 'not set',
      change: `the view ${name} reads with the rights of its owner`,
      apply: [`alter view ${name} reset (security_invoker)`],
      undo: [`alter view ${name} set (security_invoker = ${invoker})`],
      touches: [`${schema}.${view}`],
      direction: 'wider',
    }),
  ]
}

/** @returns the mutants of a bucket: public or private, and each limit removed. */
export function bucketMutants(bucket: MutableBucket): readonly Mutant[] {
  const { id, public: open, fileSizeLimit, allowedMimeTypes } = bucket
  const object = `bucket ${quoted(id)}`
  const change = (column: string, value: string, old: string) => ({
    apply: [`update storage.buckets set ${column} = ${value} where id = ${literal(id)}`],
    undo: [`update storage.buckets set ${column} = ${old} where id = ${literal(id)}`],
  })
  const shared = { kind: 'bucket', object, touches: [`bucket ${id}`, 'bucket *'] } as const
  const visibility = draftMutant({
    ...shared,
    ...change('public', String(!open), String(open)),
    detail: open ? 'private' : 'public',
    change: `the ${object} is ${open ? 'private' : 'public'}`,
    direction: open ? 'narrower' : 'wider',
  })
  const limits = [
    { column: 'file_size_limit', old: fileSizeLimit, name: 'limit of size' },
    {
      column: 'allowed_mime_types',
      old: allowedMimeTypes && `array[${allowedMimeTypes.map(literal).join(', ')}]::text[]`,
      name: 'list of types',
    },
  ].flatMap(({ column, old, name }) =>
    old === null
      ? []
      : draftMutant({
          ...shared,
          ...change(column, 'null', old),
          detail: `no ${column}`,
          change: `the ${object} lost its ${name}`,
          direction: 'wider',
          commands: ['insert', 'update'],
        }),
  )
  return [visibility, ...limits]
}

/** @returns the mutant of the sandbox's setting that only private channels may be joined; none where it is off. */
export function realtimeMutants({ database, privateOnly }: MutableSchema['realtime']): readonly Mutant[] {
  if (!privateOnly) return []
  const setting = `alter database ${quoted(database)} set trespass.realtime_private_only =`
  return [
    draftMutant({
      kind: 'realtime-access',
      object: 'service realtime',
      detail: 'public channels',
      change: 'Realtime allows public channels',
      apply: [`${setting} off`],
      undo: [`${setting} on`],
      touches: ['service realtime'],
      direction: 'wider',
    }),
  ]
}

/** @returns the mutants of a table's place in the publication of Realtime. */
export function publicationMutants(one: PublishedTable): readonly Mutant[] {
  const { schema, name: table, published } = one
  const name = `${quoted(schema)}.${quoted(table)}`
  const publication = 'alter publication supabase_realtime'
  const shared = {
    kind: 'publication' as const,
    object: `table ${name}`,
    commands: ['changes'],
    touches: [`${schema}.${table}`],
  }
  const drop = `${publication} drop table only ${name}`
  if (published === null) {
    const add = draftMutant({
      ...shared,
      detail: 'added',
      change: `Realtime publishes ${name}`,
      apply: [`${publication} add table ${name}`],
      undo: [drop],
      original: `-- ${name} is not in the publication supabase_realtime`,
      direction: 'wider',
    })
    return [add]
  }
  const { columns, rowFilter } = published
  const list = columns === null ? '' : ` (${columns.map(quoted).join(', ')})`
  const filter = rowFilter === null ? '' : ` where (${rowFilter})`
  const original = `${publication} add table only ${name}${list}${filter}`
  const changed = (detail: string, change: string, added: string | null): Mutant =>
    draftMutant({
      ...{ ...shared, detail, change, original },
      apply: added === null ? [drop] : [drop, added],
      undo: added === null ? [original] : [drop, original],
      direction: added === null ? 'narrower' : 'wider',
    })
  return [
    changed('removed', `Realtime does not publish ${name}`, null),
    ...(columns === null
      ? []
      : [
          changed(
            'every column',
            `Realtime publishes every column of ${name}`,
            `${publication} add table only ${name}${filter}`,
          ),
          ...one.columns
            .filter((column) => !columns.includes(column))
            .map((column) => {
              const more = [...columns, column].map(quoted).join(', ')
              const change = `Realtime publishes the column ${quoted(column)} of ${name}`
              return changed(
                `column ${quoted(column)}`,
                change,
                `${publication} add table only ${name} (${more})${filter}`,
              )
            }),
        ]),
    ...(rowFilter === null
      ? []
      : [
          changed(
            'every row',
            `Realtime publishes every row of ${name}`,
            `${publication} add table only ${name}${list}`,
          ),
        ]),
  ]
}
