import type { Inventory } from '../inventory/model.ts'
import type { JsonObject } from '../json.ts'
import { braced, FixtureSet, NeedsOwnTenant, Unplannable } from './fixture-set.ts'
import type { Hints, Ownership, Side } from './model.ts'
import { freeText, Operations, type Planned, type Planning } from './plan-relation.ts'

/** A form of topics: `organization:<tenant>:admins`. */
export interface TopicForm {
  readonly before: string
  readonly kind: 'user' | 'tenant'
  readonly after: string
}

/** Plans attempts on the topics that policies and functions name. */
export function planChannels(planning: Planning): Planned {
  const { inventory, hints, sides, cast } = planning
  const forms = topicsIn(inventory, hints).filter(
    ({ kind }) => kind === 'user' || sides.every(({ tenant }) => tenant !== null),
  )
  if (forms.length === 0) {
    const policies = inventory.relations.find(({ schema, name }) => schema === 'realtime' && name === 'messages')
    const isUsed = (policies?.policies.length ?? 0) > 0
    const why = 'no policy or function says in a known form how topics are named'
    return { matrices: [], unsurveyed: isUsed ? [{ object: 'Realtime channels', why }] : [] }
  }
  const set = new FixtureSet(planning, false)
  const { fixtures } = set
  const operations = new Operations()
  for (const side of sides) {
    for (const form of forms) {
      const name = `${side.name}'s ${form.before}${form.after}`.replaceAll(/[,.${}›]/g, ' ').trim()
      const id = form.kind === 'tenant' && side.tenant !== null ? side.tenant.row : side.holder
      fixtures[name] = { topic: `${form.before}$${braced(id, 'id')}${form.after}` }
      const topic = `${form.before}<id>${form.after} of ${side.name}`
      const names: Ownership = form.kind === 'tenant' ? { owners: [], tenants: [id] } : { owners: [id], tenants: [] }
      const add = (what: string, door: string, access: 'hear' | 'speak', body: JsonObject) => {
        operations.add(`${what} ${name}`, body, { door, access, side: side.name, row: name, names, actors: cast.all })
      }
      add('hear', `messages of ${topic}`, 'hear', { receive: name })
      add('speak in', `a message to ${topic}`, 'speak', { send: name, via: 'http' })
      add('see presence in', `presence in ${topic}`, 'hear', { presence: name })
      add('show up in', `showing up in ${topic}`, 'speak', { track: name })
      for (const { table, column } of sendersOf(planning, form)) {
        const row = rowOrNull(set, table, side)
        if (row === null) continue
        const when = { update: row, set: { [column]: `${column} changed for ${side.name} $unique` } }
        const short = table.slice(table.indexOf('.') + 1).replaceAll(/[,.${}›]/g, ' ')
        add(`hear of ${short} in`, `messages of the database about ${table} in ${topic}`, 'hear', {
          receive: name,
          from: 'database',
          when,
        })
      }
      add('join as public', `the public channel ${topic}`, 'hear', { join: name, private: false })
    }
  }
  return {
    matrices: [
      {
        object: 'Realtime channels',
        document: {
          matrix: 'survey of Realtime channels',
          resource: { channel: 'surveyed' },
          fixtures,
          operations: operations.bodies,
        },
        operations: operations.about,
      },
    ],
    unsurveyed: [],
  }
}

/** The tables whose triggers send to topics of a form, each with a column to change. */
function sendersOf(
  { hints, catalog, values }: Planning,
  form: TopicForm,
): readonly { table: string; column: string }[] {
  return Object.entries(hints.triggers).flatMap(([table, functions]) => {
    const sends = functions.some((name) => formsIn(hints.sources[name] ?? '').some((one) => one.before === form.before))
    const relation = catalog.relations[table]
    if (!sends || relation === undefined) return []
    const column = freeText(relation, (one) => values.choices(table, one).length > 0)
    return column === null ? [] : [{ table, column }]
  })
}

function rowOrNull(set: FixtureSet, table: string, side: Side): string | null {
  try {
    return set.row(table, side)
  } catch (error) {
    if (error instanceof Unplannable || error instanceof NeedsOwnTenant) return null
    throw error
  }
}

/** @returns the private topics through which an actor may request changes: its own, else those of both sides. */
export function topicsForChanges(
  inventory: Inventory,
  hints: Pick<Hints, 'sources'>,
  sides: readonly Side[],
): readonly { readonly way: string; readonly topic: string }[] {
  const forms = topicsIn(inventory, hints)
  const [own] = forms.filter(({ kind }) => kind === 'user')
  if (own !== undefined) return [{ way: 'an own topic', topic: `${own.before}$actor.id${own.after}` }]
  const [form] = forms
  if (form === undefined) return []
  return sides.flatMap(({ name, tenant }) => {
    if (tenant === null) return []
    return [{ way: `the topic of ${name}`, topic: `${form.before}$${braced(tenant.row, 'id')}${form.after}` }]
  })
}

/** Reads the forms of topics from the policies of `realtime.messages` and from functions that send. Pure. */
export function topicsIn(inventory: Inventory, hints: Pick<Hints, 'sources'>): readonly TopicForm[] {
  const messages = inventory.relations.find(({ schema, name }) => schema === 'realtime' && name === 'messages')
  const policies = (messages?.policies ?? []).flatMap(({ using, check }) => [using ?? '', check ?? ''])
  const senders = Object.values(hints.sources).filter((source) => /realtime\.(?:send|broadcast_changes)/.test(source))
  const forms = new Map([...policies, ...senders].flatMap(formsIn).map((form) => [JSON.stringify(form), form]))
  return [...forms.values()]
}

function formsIn(text: string): readonly TopicForm[] {
  const joined = /'([^']*[:.\-_/])'(?:::text)?\s*\|\|\s*([^'|]*)(?:\|\|\s*'([^']*)')?/g
  const patterns = /(?:~~|like)\s*'([^'%]+)%'/gi
  return [
    ...[...text.matchAll(joined)].map(([, before = '', what = '', after = '']): TopicForm => {
      const isUser = /auth\.uid|user|owner|author|profile|member_id|recipient/i.test(what)
      return { before, kind: isUser ? 'user' : 'tenant', after: after.replace(/%$/, '') }
    }),
    ...[...text.matchAll(patterns)].flatMap(([, before = '']): TopicForm[] => [
      { before, kind: 'user', after: '' },
      { before, kind: 'tenant', after: '' },
    ]),
  ]
}
