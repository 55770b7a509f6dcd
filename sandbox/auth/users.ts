import type { Database } from './database.ts'

/** GoTrue's column from a multi-tenant past: only users of this instance are visible. */
export const instanceId = '00000000-0000-0000-0000-000000000000'

/** The audience of every user that this Auth creates. */
export const audience = 'authenticated'

/** Free keys of `raw_app_meta_data` and `raw_user_meta_data`. */
export type Metadata = Record<string, unknown>

/** One row of `auth.identities`; times are ISO texts because the rows come as one JSON value. */
export interface IdentityRow {
  id: string
  provider_id: string
  user_id: string
  identity_data: Metadata
  provider: string
  last_sign_in_at: string | null
  created_at: string
  updated_at: string
  email: string | null
}

/** One row of `auth.mfa_factors` without its secret. */
export interface FactorRow {
  id: string
  created_at: string
  updated_at: string
  status: 'unverified' | 'verified'
  friendly_name: string | null
  factor_type: string
  last_challenged_at: string | null
}

/** One row of `auth.users` with its identities and factors, oldest first. */
export interface UserRow {
  id: string
  aud: string | null
  role: string | null
  email: string | null
  encrypted_password: string | null
  email_confirmed_at: Date | null
  invited_at: Date | null
  phone: string | null
  phone_confirmed_at: Date | null
  confirmation_sent_at: Date | null
  confirmed_at: Date | null
  recovery_sent_at: Date | null
  email_change: string | null
  email_change_sent_at: Date | null
  email_change_confirm_status: number | null
  last_sign_in_at: Date | null
  raw_app_meta_data: Metadata | null
  raw_user_meta_data: Metadata | null
  created_at: Date | null
  updated_at: Date | null
  banned_until: Date | null
  deleted_at: Date | null
  is_anonymous: boolean
  identities: IdentityRow[]
  factors: FactorRow[]
}

const columns = `u.id, u.aud, u.role, u.email, u.encrypted_password, u.email_confirmed_at, u.invited_at, u.phone,
  u.phone_confirmed_at, u.confirmation_sent_at, u.confirmed_at, u.recovery_sent_at, u.email_change,
  u.email_change_sent_at, u.email_change_confirm_status, u.last_sign_in_at, u.raw_app_meta_data, u.raw_user_meta_data,
  u.created_at, u.updated_at, u.banned_until, u.deleted_at, u.is_anonymous,
  coalesce((select jsonb_agg(to_jsonb(i) order by i.created_at, i.id)
    from auth.identities i where i.user_id = u.id), '[]') as identities,
  coalesce((select jsonb_agg(to_jsonb(f) - 'secret' order by f.created_at, f.id)
    from auth.mfa_factors f where f.user_id = u.id), '[]') as factors`

/** Finds the user with this id; undefined for none. `id` must have the form of a UUID. */
export async function findUserById(database: Database, id: string): Promise<UserRow | undefined> {
  const sql = `select ${columns} from auth.users u where u.instance_id = $1 and u.id = $2`
  return (await database.query<UserRow>(sql, [instanceId, id]))[0]
}

/** Finds the user with this address, in any case of letters; undefined for none. */
export async function findUserByEmail(database: Database, email: string): Promise<UserRow | undefined> {
  const sql = `select ${columns} from auth.users u
    where u.instance_id = $1 and lower(u.email) = lower($2) and u.aud = $3 and not u.is_sso_user`
  return (await database.query<UserRow>(sql, [instanceId, email, audience]))[0]
}

export async function findUserByPhone(database: Database, phone: string): Promise<UserRow | undefined> {
  const sql = `select ${columns} from auth.users u
    where u.instance_id = $1 and u.phone = $2 and u.aud = $3 and not u.is_sso_user`
  return (await database.query<UserRow>(sql, [instanceId, phone, audience]))[0]
}

/** Loads a user known to exist. Throws if the row is gone, which only a defect or a trigger of the project can cause. */
export async function reloadUser(database: Database, id: string): Promise<UserRow> {
  const user = await findUserById(database, id)
  if (user === undefined) throw new Error('The user vanished during the request')
  return user
}

/** One page of users and the number of all, as `GET /admin/users` lists them. Pages count from 1. */
export async function listUsers(
  database: Database,
  page: { page: number; perPage: number; filter: string; ascending: boolean },
): Promise<{ users: UserRow[]; total: number }> {
  const like = `%${page.filter}%`
  const matches = `u.instance_id = $1 and u.aud = $2
    and ($3 = '%%' or u.email like $3 or u.raw_user_meta_data ->> 'full_name' ilike $3)`
  const counted = await database.query<{ total: number }>(
    `select count(*)::int as total from auth.users u where ${matches}`,
    [instanceId, audience, like],
  )
  const users = await database.query<UserRow>(
    `select ${columns} from auth.users u where ${matches}
     order by u.created_at ${page.ascending ? 'asc' : 'desc'}, u.id limit $4 offset $5`,
    [instanceId, audience, like, page.perPage, (page.page - 1) * page.perPage],
  )
  return { users, total: counted[0]?.total ?? 0 }
}

/** Whether an address belongs to another user, by any of its identities or as its main address. */
export async function emailTaken(database: Database, email: string, exceptUserId: string | null): Promise<boolean> {
  const rows = await database.query(
    `select 1 from auth.users u
     where u.instance_id = $1 and u.aud = $2 and u.id is distinct from $4::uuid
       and (lower(u.email) = lower($3) and not u.is_sso_user
         or exists (select 1 from auth.identities i
           where i.user_id = u.id and i.email = lower($3) and i.provider not like 'sso:%'))
     limit 1`,
    [instanceId, audience, email, exceptUserId],
  )
  return rows.length > 0
}

/** Whether a phone number belongs to a user. */
export async function phoneTaken(database: Database, phone: string): Promise<boolean> {
  const sql = `select 1 from auth.users where instance_id = $1 and aud = $2 and phone = $3 and not is_sso_user`
  return (await database.query(sql, [instanceId, audience, phone])).length > 0
}

/** Whether the user may not sign in now. */
export function isBanned(user: Pick<UserRow, 'banned_until'>): boolean {
  return user.banned_until !== null && user.banned_until.getTime() > Date.now()
}

/** Whether the user has a verified second factor. */
export function hasMfa(user: UserRow): boolean {
  return user.factors.some((factor) => factor.status === 'verified')
}

/** Applies a patch to metadata as GoTrue does: a key set to null is removed, nested objects are replaced. */
export function mergeMetadata(current: Metadata | null, patch: Metadata): Metadata {
  const kept = Object.entries({ ...current, ...patch }).filter(([, value]) => value !== null)
  return Object.fromEntries(kept)
}
