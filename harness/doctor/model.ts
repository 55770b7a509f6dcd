import type { TargetKind } from '../model/record.ts'
import type { Marker } from '../workspace/config.ts'

/** A service as it answered. */
export type Service =
  | { readonly state: 'answers'; readonly version: string | null }
  /** Not served at all, as far as a status can tell. */
  | { readonly state: 'absent' }
  | { readonly state: 'silent'; readonly why: string }

/** The form of an API key, and whether the target accepts it. */
export interface KeyReport {
  readonly form: 'publishable' | 'secret' | 'legacy'
  readonly accepted: boolean | null
  /** Why it is not accepted or why that is unknown; null when it is. */
  readonly why: string | null
}

/** Auth's public settings. */
export interface AuthSettings {
  readonly anonymousSignIns: boolean
  readonly signUps: boolean
  readonly passwords: boolean
  /** True when a new address has to be confirmed by mail. */
  readonly confirmsMail: boolean
}

/** The settings of the database and the privileges of the role that is logged in. */
export interface DatabaseReport {
  readonly version: string
  readonly role: string
  /** Row security does not apply to the role. */
  readonly seesAllRows: boolean
  /** It sees what the sessions of others wait for. */
  readonly seesSessions: boolean
  /** Tables of exposed schemas that it may lock and change, out of all. */
  readonly writableTables: number
  readonly tables: readonly string[]
  /** Those of them that service_role may not read. */
  readonly withheld: readonly string[]
  /** Statement timeouts by API role; null where none is set. */
  readonly timeouts: Readonly<Record<string, string | null>>
  /** `pgrst.db_max_rows`, where it is set in the database. */
  readonly maxRows: number | null
  /** Tables whose changes Realtime publishes. */
  readonly published: number
  /** Policies on `realtime.messages`, which private channels need; null without that table. */
  readonly channelPolicies: number | null
}

/** How a run would read the changes of its attempts. */
interface ChangesReport {
  /** Names of the access paths whose attempts are read whole from the write-ahead log. */
  readonly marked: readonly string[]
  /** Why the log cannot be read at all; null where it can. */
  readonly why: string | null
}

/** The login of a worker. */
export interface WorkerLogin {
  readonly role: string
  readonly variable: string
  /** There is a connection string. */
  readonly known: boolean
  /** Why a run does not use it: its login fails, or nothing ties it to the project. */
  readonly trouble?: string
  /** The trouble ends a run before anything is made. */
  readonly stopsRun?: boolean
}

/** Everything that was read of a target, without secrets. */
export interface Facts {
  readonly alias: string
  readonly kind: TargetKind
  readonly writesRefused: { readonly why: string; readonly hint: string | null } | null
  readonly auth: Service
  readonly dataApi: Service
  readonly storage: Service
  readonly realtime: Service
  readonly publishableKey: KeyReport
  readonly secretKey: KeyReport | null
  /** Which of URL, keys and database name their project; the guard has seen that all of them name the same one. */
  readonly projectNamedBy: readonly string[]
  readonly authSettings: AuthSettings | null
  /** Algorithms of the keys that the target publishes; null when it publishes none. */
  readonly signingKeys: readonly string[] | null
  /** `unusable`: the key cannot be imported, so no token was sent. */
  readonly minting: 'none' | 'accepted' | 'refused' | 'unusable' | 'unknown'
  readonly mintingVariable: string | null
  /** Null when the Data API does not list them. */
  readonly schemas: readonly string[] | null
  /** Relations that the Data API shows to the secret key; null without one that is accepted. */
  readonly described: readonly string[] | null
  /** The largest number of rows that came back where there were more; null when no table has more. */
  readonly maxRows: number | null
  /** `max_rows` of the workspace's config.toml, where the target is built from it. */
  readonly configuredMaxRows?: number
  /** How far the target's clock is ahead of this machine's, in seconds. */
  readonly clockAhead: number | null
  /** Null where it was not tried, since no run could write. */
  readonly changes: ChangesReport | null
  readonly database: DatabaseReport | { readonly failure: string; readonly hint: string | null } | null
  /**
   * Whether the database is that of the API: `agrees` as far as reading shows, `untied` when nothing can show it, `unknown` when
   * it could not be read. Left out where there is nothing to prove.
   */
  readonly belongs?: 'agrees' | 'differs' | 'untied' | 'unknown'
  readonly marker: { readonly marker: Marker; readonly state: 'found' | 'missing' | 'unreadable' } | null
  /** Roles of the workspace's workers, each with the variable of its login and whether there is one. */
  readonly workers: readonly WorkerLogin[]
  /** Actors of TRESPASS_USERS. */
  readonly premade: readonly string[]
}

/** One line of the report. */
export interface Finding {
  /** `good`: as it should be; `told`: to know; `less`: something cannot be tested; `bad`: nothing can be. */
  readonly state: 'good' | 'told' | 'less' | 'bad'
  readonly about: string
  readonly says: string
  /** A change of the configuration that resolves it. */
  readonly change?: string
}
