import type { JsonObject } from '../../json.ts'
import type { FixtureStore, ObjectStore, TargetRow } from '../path.ts'

/** The name of the store of topics. The database has no such table: a channel exists while it has members. */
const topicsTable = 'realtime.channels'

/**
 * Topics as a store. A topic is neither made nor removed: a join opens its channel, and Realtime keeps nothing of it afterwards.
 */
export const topics: ObjectStore = {
  table: topicsTable,
  key: ['topic'],
  columns: { topic: { type: 'text', required: true } },
  shared: true,
  open: () => ({
    read: async ({ topic }) => (typeof topic === 'string' ? { topic } : null),
    make: async () => {},
    change: async () => {},
    remove: async () => {},
  }),
}

/** The store of the fixtures of `channel:`. */
export const topicFixtureStore: FixtureStore = { table: topicsTable, values: {} }

/** @returns the topic of a request, without `realtime:`. @throws Error when it has none or several. */
export function topicIn(targets: readonly TargetRow[]): string {
  const found = targets.flatMap(({ table, values, key }) =>
    table === topicsTable ? topicOf({ ...values, ...key }) : [],
  )
  const [topic] = found
  if (topic === undefined || found.length > 1) throw new Error(`the request is about ${found.length} topics, not one`)
  return topic
}

function topicOf({ topic }: JsonObject): string[] {
  return typeof topic === 'string' ? [topic] : []
}
