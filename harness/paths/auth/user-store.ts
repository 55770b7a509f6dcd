import type { GoTrueClient, User } from '@supabase/supabase-js'
import { type AuthFailure, authClient, requestFailed } from '../../actors/auth-client.ts'
import { TrespassError } from '../../errors.ts'
import { isObject, type Json, type JsonObject, sameJson } from '../../json.ts'
import type { PrivilegedSession } from '../../model/session.ts'
import { usersTable } from '../own-user.ts'
import type { ObjectStore, OpenObjectStore } from '../path.ts'

const variable = 'TRESPASS_SECRET_KEY'

/** Users per page when one is looked for by its values. */
const pageSize = 500

/**
 * Auth's users as rows, by id. Auth makes, changes and removes them. The columns are those of the table, which is read itself
 * where it can be; `password` alone is none of them.
 */
export const userStore: ObjectStore = {
  table: usersTable,
  key: ['id'],
  mirrored: true,
  columns: {
    id: { type: 'uuid', required: true },
    email: { type: 'text' },
    phone: { type: 'text' },
    password: { type: 'text' },
    role: { type: 'text' },
    email_confirmed_at: { type: 'timestamp with time zone' },
    phone_confirmed_at: { type: 'timestamp with time zone' },
    banned_until: { type: 'timestamp with time zone' },
    raw_user_meta_data: { type: 'jsonb' },
    raw_app_meta_data: { type: 'jsonb' },
    is_anonymous: { type: 'boolean' },
    email_change: { type: 'text' },
  },
  open: (privileged) => new OpenUsers(privileged),
}

class OpenUsers implements OpenObjectStore {
  readonly #admin: GoTrueClient['admin']

  constructor({ url, secretKey }: PrivilegedSession) {
    this.#admin = authClient(url, secretKey).admin
  }

  async read(key: JsonObject): Promise<JsonObject | null> {
    const { data, error } = await this.#admin.getUserById(idOf(key))
    if (error?.status === 404) return null
    if (error) throw failed('a user cannot be read', error)
    return rowOf(data.user)
  }

  async find(values: JsonObject): Promise<readonly JsonObject[]> {
    const found: JsonObject[] = []
    for (let page = 1; ; page += 1) {
      const { data, error } = await this.#admin.listUsers({ page, perPage: pageSize })
      if (error) throw failed('users cannot be listed', error)
      if (data.users.length === 0) return found
      const rows = data.users.map(rowOf)
      found.push(...rows.filter((row) => Object.entries(values).every(([name, value]) => sameJson(row[name], value))))
    }
  }

  async make(values: JsonObject): Promise<void> {
    // supabase-js names the attributes of a new user, and leaves the keys out that are undefined.
    const { error } = await this.#admin.createUser({
      id: idOf(values),
      email_confirm: values.email_confirmed_at !== null,
      phone_confirm: values.phone_confirmed_at !== null,
      ...attributes(values),
    })
    if (error) throw failed('a user cannot be made', error)
  }

  async change(key: JsonObject, values: JsonObject): Promise<void> {
    const { error } = await this.#admin.updateUserById(idOf(key), {
      ...attributes(values),
      ...(values.banned_until === null ? { ban_duration: 'none' } : {}),
    })
    if (error) throw failed('a user cannot be changed', error)
  }

  async remove(key: JsonObject): Promise<void> {
    const { error } = await this.#admin.deleteUser(idOf(key))
    if (error && error.status !== 404) throw failed('a user cannot be removed', error)
  }
}

function failed(what: string, error: AuthFailure): TrespassError {
  return requestFailed(what, error, variable)
}

function idOf({ id }: JsonObject): string {
  if (typeof id === 'string') return id
  throw new TrespassError('incomplete-key', 'a user is named by `id`, a UUID')
}

/** Columns of a new user; the others follow from what happens to it. */
const settable = [
  ...['id', 'email', 'phone', 'password', 'role', 'email_confirmed_at', 'phone_confirmed_at', 'banned_until'],
  ...['raw_user_meta_data', 'raw_app_meta_data'],
]

/** @throws TrespassError `user-column` for a column that Auth takes no value for. */
function attributes(values: JsonObject) {
  const other = Object.keys(values).find((column) => !settable.includes(column))
  if (other !== undefined) {
    const hint = `Auth takes ${settable.join(', ')}.`
    throw new TrespassError('user-column', `Auth takes no value for ${other} of a user`, { hint })
  }
  const { raw_user_meta_data: own, raw_app_meta_data: app } = values
  const until = text(values, 'banned_until')
  return {
    ...named('email', text(values, 'email')),
    ...named('phone', text(values, 'phone')),
    ...named('password', text(values, 'password')),
    ...named('role', text(values, 'role')),
    ...(isObject(own) ? { user_metadata: own } : {}),
    ...(isObject(app) ? { app_metadata: app } : {}),
    ...(until === undefined ? {} : { ban_duration: durationUntil(until) }),
  }
}

function named<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  const one: Partial<Record<Name, string>> = {}
  if (value !== undefined) one[name] = value
  return one
}

function text(values: JsonObject, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** Auth takes the length of a ban, in Go's form. */
function durationUntil(time: string): string {
  const seconds = Math.ceil((Date.parse(time) - Date.now()) / 1000)
  if (Number.isFinite(seconds) && seconds > 0) return `${seconds}s`
  const hint = 'Write a time in the future, such as "2100-01-01T00:00:00Z".'
  throw new TrespassError('user-column', 'banned_until of a user is a time that has not come yet', { hint })
}

/** A user of the API as the table has it. Auth writes an unset address or number as an empty text. */
function rowOf(user: User): JsonObject {
  const given = (value: string | undefined): Json => (value === undefined || value === '' ? null : value)
  return {
    id: user.id,
    email: given(user.email),
    phone: given(user.phone),
    role: given(user.role),
    email_confirmed_at: user.email_confirmed_at ?? null,
    phone_confirmed_at: user.phone_confirmed_at ?? null,
    banned_until: bannedUntil(user),
    raw_user_meta_data: jsonOf(user.user_metadata),
    raw_app_meta_data: jsonOf(user.app_metadata),
    is_anonymous: user.is_anonymous ?? false,
    email_change: user.new_email ?? '',
  }
}

function bannedUntil(user: User): Json {
  const { banned_until: until } = user
  return until ?? null
}

function jsonOf(metadata: unknown): Json {
  return JSON.parse(JSON.stringify(metadata ?? {}))
}
