import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { committed, DatabaseAway, type Transaction } from './database.ts'
import { inspect } from './inspect.ts'
import type { Change } from './stream.ts'
import type { Claims } from './tokens.ts'
import { type ChangeSelection, ChangesRefusal, readSelection, type WantedChanges } from './wanted-changes.ts'

/** A receiver of changes. */
export interface ChangeListener {
  /** @param ids the numbers of the listener's selections that the change matches */
  receiveChange(ids: number[], change: unknown): void
}

/** Names of the errors that a subscription can run into, as the library behind Realtime writes them. */
const ERROR_NAMES: Record<string, string> = {
  P0001: 'raise_exception',
  '22003': 'numeric_value_out_of_range',
  '22007': 'invalid_datetime_format',
  '22008': 'datetime_field_overflow',
  '22P02': 'invalid_text_representation',
  '42704': 'undefined_object',
}

/**
 * The subscriptions to changes. They are rows of `realtime.subscription`, with the claims at the time of subscribing, and
 * PostgreSQL decides for each change which of them receive it.
 */
export class Changes {
  readonly #pool: pg.Pool
  readonly #subscriptions = new Map<string, { listener: ChangeListener; id: number }>()
  readonly #idsOf = new Map<ChangeListener, string[]>()

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  /**
   * Subscribes a listener to all of its selections, or to none; replaces the claims of an existing subscription.
   *
   * @throws ChangesRefusal
   */
  async subscribe(listener: ChangeListener, wanted: readonly WantedChanges[], claims: Claims): Promise<void> {
    const selections = wanted.map(({ parameters }) => readSelection(parameters))
    const before = this.#idsOf.get(listener) ?? []
    const ids = wanted.map(() => randomUUID())
    await committed(this.#pool, async (transaction) => {
      await remove(transaction, before)
      // Realtime begins with the last one, so an error names that one.
      for (const [index, selection] of [...selections.entries()].reverse()) {
        await insert(transaction, ids[index] ?? '', selection, claims)
      }
    }).catch((error: unknown) => {
      if (!(error instanceof DatabaseAway)) throw error
      throw new ChangesRefusal('Too many database timeouts')
    })
    this.#forget(listener)
    for (const [index, { id }] of wanted.entries()) this.#subscriptions.set(ids[index] ?? '', { listener, id })
    this.#idsOf.set(listener, ids)
  }

  /** Ends the subscriptions of a listener. */
  async unsubscribe(listener: ChangeListener): Promise<void> {
    const ids = this.#forget(listener)
    if (ids.length === 0) return
    await committed(this.#pool, (transaction) => remove(transaction, ids)).catch((error: unknown) => {
      // A database that is down or removed has no subscriptions either.
      if (!(error instanceof DatabaseAway)) throw error
    })
  }

  /** Sends a change to its listeners. If a policy of one of them raises an error, no listener receives it, as in Realtime. */
  async notify({ relation, action, committedAt, cells, oldCells }: Change): Promise<void> {
    if (this.#subscriptions.size === 0) return
    const told = await this.#pool
      .query<{ subscription_ids: string[]; change: unknown }>(
        `select subscription_ids::text[], change from sandbox.tell_change(
           $1::oid::regclass, $2, to_timestamp($3::float8 / 1000000), $4, $5)`,
        [relation, action, committedAt, asJson(cells), asJson(oldCells)],
      )
      .then(({ rows }) => rows)
      .catch(() => [])
    for (const { subscription_ids, change } of told) {
      const ids = new Map<ChangeListener, number[]>()
      for (const subscription of subscription_ids) {
        const found = this.#subscriptions.get(subscription)
        if (found !== undefined) ids.set(found.listener, [...(ids.get(found.listener) ?? []), found.id])
      }
      for (const [listener, own] of ids) listener.receiveChange(own, change)
    }
  }

  #forget(listener: ChangeListener): string[] {
    const ids = this.#idsOf.get(listener) ?? []
    for (const id of ids) this.#subscriptions.delete(id)
    this.#idsOf.delete(listener)
    return ids
  }
}

async function remove(transaction: Transaction, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await transaction.query('delete from realtime.subscription where subscription_id = any ($1::uuid[])', [ids])
}

async function insert(transaction: Transaction, id: string, selection: ChangeSelection, claims: Claims): Promise<void> {
  const { action, schema, table, filters, columns } = selection
  const inserted = await transaction
    .query(
      // Names are compared with LIKE, as in Realtime: an underscore matches any character.
      `insert into realtime.subscription (subscription_id, entity, filters, claims, action_filter, selected_columns)
       select $1, format('%I.%I', schemaname, tablename)::regclass, array(
           select (column_name, op::realtime.equality_op, value, negate)::realtime.user_defined_filter
           from jsonb_to_recordset($4) as filter (column_name text, op text, value text, negate boolean)),
         $5, $6, $7
       from pg_publication_tables
       where pubname = 'supabase_realtime' and schemaname like $2 escape '' and tablename like $3 escape ''
       returning id`,
      [id, wildcard(schema), wildcard(table), asJson(filters), asJson(claims), action, columns ?? null],
    )
    .catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError)) throw error
      const reason = `${error.severity} ${error.code} (${ERROR_NAMES[error.code ?? ''] ?? 'error'}) ${error.message}`
      throw refusal(
        'An exception happened so please check your connect parameters',
        selection,
        `. Exception: ${reason}`,
      )
    })
  if (inserted.length > 0) return
  throw refusal('Please check Realtime is enabled for the given connect parameters', selection, '')
}

function refusal(what: string, { action, schema, table, filters, columns }: ChangeSelection, end: string) {
  const shown = filters.map(({ column_name, op, value, negate }) => {
    return `{${[column_name, op, value, negate].map(inspect).join(', ')}}`
  })
  const parameters = `event: ${action}, schema: ${schema}, table: ${table}, filters: [${shown.join(', ')}]`
  const message = `Unable to subscribe to changes with given parameters. ${what}: [${parameters}, select: ${inspect(columns)}]`
  return new ChangesRefusal(`${message}${end}`)
}

function wildcard(name: string): string {
  return name === '*' ? '%' : name
}

function asJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}
