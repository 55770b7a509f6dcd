import type { ActorKind } from './matrix.ts'

/** The address and the public key by which an ordinary client reaches a project. */
export interface Endpoint {
  /** The project's address, without a path: `http://127.0.0.1:54321`. */
  readonly url: string
  /** The key that any visitor has: publishable, or the legacy anon JWT. */
  readonly publishableKey: string
  /** The origin of the team's own backend: `http://127.0.0.1:3000`; left out when none is known. */
  readonly httpUrl?: string
  /** Left out where it is not known. */
  readonly s3?: S3Access
  /** Milliseconds after which a request counts as unanswered; 30,000 when left out. */
  readonly patience?: number
}

/** With what a session signs its requests to the S3 endpoint of Storage. Any visitor has both. */
export interface S3Access {
  /** The project's ref. */
  readonly ref: string
  /** The legacy anon key. */
  readonly secret: string
}

/** How a role logs in to the database itself. */
export interface DatabaseLogin {
  /** A connection string with user and password. */
  readonly url: string
  /** Certificates in PEM by which the database's own one is verified; null for those that Node.js trusts. */
  readonly ca: string | null
}

/** The user of an actor, as references name its columns. */
interface User {
  readonly id: string
  readonly email: string | null
  readonly phone?: string
}

/** An actor that is ready to send requests. Verdicts come from these and from nothing else. */
export interface ActorSession {
  readonly kind: 'actor'
  readonly actor: string
  readonly actorKind: ActorKind
  /** Null for `anon` and `worker`. */
  readonly user: User | null
  /** `attacked` when the token or the API key is broken on purpose. */
  readonly credential: 'intact' | 'attacked'
  readonly url: string
  /** Null when the actor leaves the API key out. */
  readonly apiKey: string | null
  /** The bearer token; null sends the API key alone. */
  readonly token: string | null
  /** A worker's own login; it has no key and no token. Left out for actors that use the API. */
  readonly database?: DatabaseLogin
  /** As of its endpoint. */
  readonly httpUrl?: string
  /** As of its endpoint. */
  readonly s3?: S3Access
  /** As of its endpoint. */
  readonly patience?: number
}

/** A secret or service-role key. It is used for the control behind a denial and is never an actor. */
export interface PrivilegedSession {
  readonly kind: 'privileged'
  readonly url: string
  readonly secretKey: string
  /** The owner's login, for the controls of workers' statements; left out when none is known. */
  readonly database?: DatabaseLogin
  /** As of its endpoint. */
  readonly httpUrl?: string
  /** As of its endpoint, with the token of the service role; left out where that is not known. */
  readonly s3?: S3Access & { readonly token: string }
  /** As of its endpoint. */
  readonly patience?: number
}
