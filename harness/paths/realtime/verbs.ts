import { z } from 'zod'
import type { JsonObject } from '../../json.ts'
import type { Resource } from '../../model/matrix.ts'
import { editorNames } from '../editor-names.ts'
import type { Footprint, NamedColumn, ThirdPartyEvent, Verb } from '../path.ts'
import { messagesTable } from './messages.ts'

const values = z.record(z.string(), z.json())
const changedColumns = z.record(z.string(), z.json()).register(editorNames, { names: 'columns' })
const fixture = z.string().min(1).register(editorNames, { names: 'fixture' })
const channel = fixture.describe('a fixture: the topic')
const isPrivate = z.boolean().optional().describe('false joins or sends as to a public channel; default: true')
const withPresence = z
  .literal('presence')
  .optional()
  .describe('joins with presence switched on, as a client does that listens to it')
const event = z.string().min(1).optional().describe('the name of the event')
const payload = values.optional().describe('what the message carries, beside the mark that identifies it')
const removal = z.strictObject({ remove: fixture.describe('the fixture that is removed: a membership') })

const change = z
  .union([
    z.strictObject({ insert: fixture.describe('the fixture that is removed before and made again') }),
    z.strictObject({ update: fixture, set: values }),
    z.strictObject({ delete: fixture }),
  ])
  .describe('the change whose trigger broadcasts; without it, a message is stored as realtime.send() does it')

/** An operation of Realtime, as a matrix writes it. */
export const schemas = {
  join: z.strictObject({ join: channel, private: isPrivate, with: withPresence }),
  send: z.strictObject({
    send: channel,
    event,
    payload,
    via: z
      .enum(['socket', 'http', 'batch'])
      .optional()
      .describe('`http` sends to one topic over HTTP, `batch` to the endpoint that takes several; default: socket'),
    private: isPrivate,
  }),
  receive: z
    .strictObject({
      receive: channel,
      from: z
        .string()
        .min(1)
        .optional()
        .describe('an actor, `database`, or `service` for the secret key (the default)'),
      when: change.optional(),
      event,
      payload,
      private: isPrivate,
      with: withPresence,
    })
    .refine(({ from, when }) => when === undefined || from === 'database', {
      path: ['when'],
      message: '`from: database` beside `when`: a trigger sends from the database',
    })
    .refine((body) => body.from !== 'database' || body.private !== false, {
      path: ['private'],
      message: 'a private channel: what the database sends is private',
    }),
  track: z.strictObject({ track: channel, payload, private: isPrivate }),
  presence: z.strictObject({
    presence: channel.describe('a fixture: the topic on which others are tracked'),
    from: z
      .string()
      .min(1)
      .optional()
      .describe('the actor that is tracked; `service` for the secret key (the default)'),
    private: isPrivate,
  }),
  subscribe: z
    .strictObject({
      subscribe: fixture.describe('the fixture whose change is awaited'),
      on: z.enum(['insert', 'update', 'delete']).describe('insert removes the fixture before and makes it again'),
      set: changedColumns.optional().describe('with update: the columns that change'),
      filter: z.string().min(1).optional().describe('as Realtime takes it: `owner_id=eq.$actor.id`'),
      columns: z.array(z.string().min(1)).min(1).optional().describe('columns to ask for; default: all'),
      through: z
        .string()
        .min(1)
        .optional()
        .describe('the topic of a private channel; default: a public one of its own'),
    })
    .refine(({ on, set }) => (on === 'update') === (set !== undefined), {
      path: ['set'],
      message: '`set` with `on: update`, and only there: the columns that change',
    }),
  keep: z
    .strictObject({
      keep: channel.describe('a fixture: the topic that is listened to until access ends'),
      after: removal.optional().describe('what takes access away'),
      after_refresh: removal.optional().describe('what takes access away before a newly issued token is sent'),
      until: z.literal('expiry').optional().describe('the token expires'),
      watch: z.number().positive().max(600).optional().describe('seconds that it is watched; default: 3'),
      private: isPrivate,
    })
    .refine((body) => [body.after, body.after_refresh, body.until].filter((one) => one !== undefined).length === 1, {
      path: ['keep'],
      message: 'one of `after`, `after_refresh` and `until`',
    }),
} as const

/** Realtime's verbs. */
export const verbs: Readonly<Record<string, Verb>> = {
  join: onChannel(schemas.join, 'select', (body) => about(schemas.join.parse(body).join)),
  send: onChannel(schemas.send, 'insert', (body) => about(schemas.send.parse(body).send)),
  receive: onChannel(schemas.receive, 'select', receiveFootprint),
  track: onChannel(schemas.track, 'insert', (body) => about(schemas.track.parse(body).track)),
  presence: onChannel(schemas.presence, 'select', presenceFootprint),
  keep: onChannel(schemas.keep, 'select', keepFootprint),
  subscribe: { schema: schemas.subscribe, resources: ['table'], exercises: ['changes'], footprint: subscribeFootprint },
}

/** @param command the command that the policies of `realtime.messages` have to allow. */
function onChannel(schema: Verb['schema'], command: 'select' | 'insert', footprint: Verb['footprint']): Verb {
  return { schema, resources: ['channel'], exercises: [command], footprint }
}

/** A message on a channel is no row, so cells may share the topic as their fixture. */
function about(topic: string): Footprint {
  return {
    reads: null,
    about: [topic],
    bounded: true,
    embeds: [],
    writes: [],
    readOnly: true,
    columns: [],
    arguments: [],
    listens: true,
  }
}

function receiveFootprint(body: JsonObject): Footprint {
  const { receive, from = 'service', when } = schemas.receive.parse(body)
  const footprint = about(receive)
  if (from !== 'database') return { ...footprint, others: from === 'service' ? [] : [from] }
  const adds = [messagesTable]
  return when === undefined
    ? { ...footprint, adds }
    : { ...footprint, adds, readOnly: false, meanwhile: [happening(when)] }
}

function happening(when: z.output<typeof change>): ThirdPartyEvent {
  if ('insert' in when) return { kind: 'renew', fixture: when.insert }
  if ('delete' in when) return { kind: 'remove', fixture: when.delete }
  return { kind: 'change', fixture: when.update, set: when.set }
}

function presenceFootprint(body: JsonObject): Footprint {
  const { presence, from = 'service' } = schemas.presence.parse(body)
  return { ...about(presence), others: from === 'service' ? [] : [from] }
}

/**
 * Every subscriber of a table receives its deletes, whatever row security says, so a delete ends the wait for a change that did
 * not come.
 */
function subscribeFootprint(body: JsonObject, resource: Resource): Footprint {
  const { subscribe: name, on, set = {}, filter = '', columns = [] } = schemas.subscribe.parse(body)
  const removed: ThirdPartyEvent = { kind: 'remove', fixture: name }
  const renewed: ThirdPartyEvent = { kind: 'renew', fixture: name }
  const steps = {
    insert: { meanwhile: [renewed], afterwards: [removed] },
    update: { meanwhile: [{ kind: 'change' as const, fixture: name, set }], afterwards: [removed] },
    delete: { meanwhile: [removed], afterwards: [renewed, removed] },
  }
  const named = (column: string, ...at: (string | number)[]): NamedColumn => ({ table: resource.name, column, at })
  return {
    ...about(name),
    ...steps[on],
    about: [],
    reads: [name],
    readOnly: false,
    columns: [
      ...Object.keys(set).map((column) => named(column, 'set', column)),
      ...filteredColumns(filter).map((column) => named(column, 'filter')),
      ...columns.map((column, index) => named(column, 'columns', index)),
    ],
  }
}

/** `a=eq.1,b=in.(2,3)` → `a`, `b` (Realtime, subscriptions.ex: conditions joined by commas). */
function filteredColumns(filter: string): readonly string[] {
  return [...filter.matchAll(/(?:^|,)\s*(\w+)=/g)].flatMap(([, column]) => column ?? [])
}

function keepFootprint(body: JsonObject): Footprint {
  const { keep, after, after_refresh: refreshed } = schemas.keep.parse(body)
  const taken = after ?? refreshed
  if (taken === undefined) return { ...about(keep), expires: true }
  return { ...about(keep), readOnly: false, meanwhile: [{ kind: 'remove', fixture: taken.remove }] }
}
