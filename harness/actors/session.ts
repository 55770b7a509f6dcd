import type { ActorKind } from '../matrix/model.ts'

/** Where and how a project is reached by an ordinary client. */
export interface Endpoint {
  /** The project's address, without a path: `http://127.0.0.1:54321`. */
  readonly url: string
  /** The key that any visitor has: publishable, or the legacy anon JWT. */
  readonly publishableKey: string
  /** Milliseconds after which a request counts as unanswered; 30,000 when left out. */
  readonly patience?: number
}

/** An actor, ready to ask. Verdicts come from these and from nothing else. */
export interface ActorSession {
  readonly kind: 'actor'
  readonly actor: string
  readonly actorKind: ActorKind
  /** Null for `anon`. */
  readonly user: { readonly id: string; readonly email: string | null } | null
  /** `attacked` when the token or the API key is broken on purpose. */
  readonly credential: 'intact' | 'attacked'
  readonly url: string
  /** Null when the actor leaves the API key out. */
  readonly apiKey: string | null
  /** The bearer token; null sends the API key alone. */
  readonly token: string | null
  /** As of its endpoint. */
  readonly patience?: number
}

/** A secret or service-role key. It stands behind a denial as a control and is never an actor. */
export interface PrivilegedSession {
  readonly kind: 'privileged'
  readonly url: string
  readonly secretKey: string
  /** As of its endpoint. */
  readonly patience?: number
}
