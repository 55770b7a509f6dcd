import type { TargetKind } from './record.ts'
import type { Endpoint, PrivilegedSession } from './session.ts'

/** A user that exists already and is not the run's to change. */
export interface PremadeUser {
  readonly email: string
  readonly password: string
}

/** How tokens that a project would accept are signed: with the legacy shared secret, or with a private JWK. */
export type Minting =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'jwk'; readonly jwk: Readonly<Record<string, unknown>> }

/** One Supabase project, reachable and allowed by the guard. Plain data: it travels to test workers. */
export interface Target {
  /** The only name by which reports know it. */
  readonly alias: string
  readonly kind: TargetKind
  readonly endpoint: Endpoint
  /** Null without a secret key: no user can be made, and no control can be privileged. */
  readonly privileged: PrivilegedSession | null
  /** As `postgres` or a role of the same rights; null when effects are to be read another way. */
  readonly databaseUrl: string | null
  /** Certificates in PEM by which the database's own one is verified; null for those that Node.js trusts. */
  readonly databaseCa: string | null
  /** Connection strings of the login roles of actors of kind `worker`, by role; left out when there are none. */
  readonly workers?: Readonly<Record<string, string>>
  /** Why the login of a role is not used, by role. */
  readonly unusableWorkers?: Readonly<Record<string, string>>
  /** True when there is a database URL that nothing ties to the project: it is not used. */
  readonly isDatabaseUntied?: boolean
  /** Milliseconds that a statement of the witness may last at most; 10,000 when left out. */
  readonly hold?: number
  /** Null when no signing key is known: attacks that need one cannot be run. */
  readonly minting: Minting | null
  /** Users that exist already, by the actor that signs in as one of them. They are never changed. */
  readonly users: Readonly<Record<string, PremadeUser>>
  /** Values of the environment variables that operations name, such as the secret of a webhook, by variable. */
  readonly secrets?: Readonly<Record<string, string>>
  /** The Edge Functions that a sandbox serves, or why it serves none; known of the sandbox alone. */
  readonly functions?: { readonly served: readonly string[] } | { readonly unserved: string }
  readonly versions: Readonly<Record<string, string>>
  /** Sentences about configuration of the workspace that this target does not apply; known of the sandbox alone. */
  readonly undone?: readonly string[]
}

/** A target that may have been started for this run and has to be stopped after it. */
export interface OpenTarget {
  readonly target: Target
  /** Builds a sandbox again from its migrations, with the same address and keys; null for any other target. */
  readonly reset: (() => Promise<void>) | null
  /** Resolves with the reason when a sandbox ends unexpectedly; never for any other target. */
  readonly lost: Promise<Error>
  close(): Promise<void>
}
