import { z } from 'zod'
import type { JsonObject } from '../json.ts'
import { type Database, type Query, RefusedStatement, type Reported } from './connection.ts'

/** A new user as Auth inserts it. */
export interface NewAuthUser {
  readonly id: string
  readonly email: string | null
  readonly phone: string | null
  readonly userMetadata: JsonObject
}

/**
 * Finds out which trigger on `auth.users` refuses a user: inserts the row as Auth does, in a transaction that is rolled
 * back.
 *
 * @returns the trigger with its error; null where the database takes the user, or refuses it for another reason.
 */
export function whySignUpFails(database: Database, user: NewAuthUser): Promise<string | null> {
  return database.rolledBack(async (query) => {
    await becomeAuth(query)
    try {
      await insertUser(query, user)
      return null
    } catch (error) {
      if (!(error instanceof RefusedStatement)) throw error
      await query('rollback to savepoint before_user')
      const trigger = await triggerOf(query, error.reported)
      return trigger === null ? null : `${trigger} refuses the sign-up: ${error.reported.message}`
    }
  })
}

/** Auth's own role and search path decide what a trigger that is no definer may do; a database user may lack the role. */
async function becomeAuth(query: Query): Promise<void> {
  await query('savepoint before_role')
  try {
    await query('set local role supabase_auth_admin')
  } catch (error) {
    if (!(error instanceof RefusedStatement)) throw error
    await query('rollback to savepoint before_role')
  }
  await query('set local search_path = auth')
  await query('savepoint before_user')
}

/** The statements of GoTrue in their order (supabase/auth, `internal/api/admin.go`): the role and the rest come later. */
async function insertUser(query: Query, { id, email, phone, userMetadata }: NewAuthUser): Promise<void> {
  const provider = email !== null ? 'email' : phone !== null ? 'phone' : null
  const appMetadata = provider === null ? {} : { provider, providers: [provider] }
  await query(
    `insert into auth.users (instance_id, id, aud, role, email, phone, raw_app_meta_data, raw_user_meta_data, is_anonymous,
       created_at, updated_at)
     values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', '', $2, $3, $4, $5, $6, now(), now())`,
    [id, email, phone, JSON.stringify(appMetadata), JSON.stringify(userMetadata), provider === null],
  )
  await query(
    `update auth.users set role = 'authenticated',
       email_confirmed_at = case when email is null then null else now() end,
       phone_confirmed_at = case when phone is null then null else now() end
     where id = $1`,
    [id],
  )
  await query('set constraints all immediate')
}

const triggers = z.array(z.tuple([z.string(), z.string(), z.string()]))

/** @returns the outermost trigger on `auth.users` whose function was running; null when none was. */
async function triggerOf(query: Query, { where }: Reported): Promise<string | null> {
  const rows = triggers.parse(
    await query(
      `select t.tgname, n.nspname || '.' || p.proname, p.proname
       from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_namespace n on n.oid = p.pronamespace
       where t.tgrelid = 'auth.users'::regclass and not t.tgisinternal and t.tgenabled <> 'D' order by t.tgname`,
    ),
  )
  const lines = where.split('\n').reverse()
  for (const line of lines) {
    const row = rows.find(
      ([, , name]) => line.includes(` ${name}(`) || line.includes(`.${name}(`) || line.includes(`"${name}"(`),
    )
    if (row !== undefined) return `the trigger ${row[0]} on auth.users (function ${row[1]})`
  }
  return null
}
