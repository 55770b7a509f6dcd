import type { z } from 'zod'
import type { Json, JsonObject } from '../json.ts'
import type { ActorKind, KeyPath, Resource } from '../model/matrix.ts'
import type { FurtherRequest } from '../model/record.ts'
import type { ActorSession, PrivilegedSession } from '../model/session.ts'
import type { Target } from '../model/target.ts'
import type { Effect, Lasting, Layer, Meaning } from '../model/verdict.ts'

/**
 * An access path: the Data API, RPC, and others. A path names its operations, makes an attempt as a caller, and declares its
 * response patterns. Shared code reads these declarations and has no cases for single paths.
 */
export interface AccessPath {
  /** Its name in a record: `data-api`. */
  readonly name: string
  /** The words under `resource:` that lead here: `table`, `view`. */
  readonly resources: readonly string[]
  /** How a resource is named; by schema and name when left out. */
  readonly resourceName?: z.ZodString
  /**
   * @param body of the operation, its references unresolved.
   * @returns why an operation cannot be tried on a target, with what would change it; null when it can.
   */
  unavailable?(target: Target, body: JsonObject): string | null
  /** @returns the environment variables that hold secrets of an operation. */
  variables?(body: JsonObject): readonly string[]
  /** The kinds of actors that can use it; the clients of the API when left out. */
  readonly callers?: readonly ActorKind[]
  /** The object stores of the path, whose things are no rows of the project's tables: a bucket's objects. */
  readonly stores?: readonly ObjectStore[]
  /** @returns the store of a resource's fixtures; null for a resource whose fixtures are rows of tables. */
  fixtureStore?(resource: Resource): FixtureStore | null
  /**
   * True where an operation may read and change rows of any table besides those of the path's stores, such as the rows that
   * a trigger makes.
   */
  readonly concernsAnyTable?: true
  /**
   * Checks that a resource exists before any fixture is made.
   *
   * @returns the fault in a sentence, with how to correct it; null when the resource can be tried.
   */
  findMissing?(
    resource: Resource,
    privileged: PrivilegedSession,
    target: Pick<Target, 'functions'>,
  ): Promise<MissingResource | null>
  /** True where a matrix may give headers to its requests. */
  readonly sendsHeaders?: true
  /** By verb: the key that makes an operation, such as `select`. */
  readonly verbs: Readonly<Record<string, Verb>>
  /** First match wins; an answer that matches none is unknown. */
  readonly responses: readonly ResponsePattern[]
  /** Multiplier for the concurrency limit, where an attempt mostly waits for the service; 1 when left out. */
  readonly concurrencyFactor?: number
  /** Duration of a cell as a multiple of a Data API cell's, for estimates; 1 when left out. */
  readonly durationFactor?: number
  /**
   * How the transactions of an attempt get the id in `Call.mark`, so that all of their changes are known to be the attempt's.
   * Left out where no request of a caller is committed.
   */
  readonly marking?: Marking
  /** Sends one request and waits for its answer. A failure of the network is an answer, not an exception. */
  attempt(caller: ActorSession | PrivilegedSession, call: Call): Promise<Answer>
  /**
   * Requests, as the same caller, rows that a first answer may have left out because it was cut off.
   *
   * @param missing the rows that the first answer lacks.
   * @returns the answer with the further rows and requests; the same answer where it was complete.
   */
  complete?(
    caller: ActorSession | PrivilegedSession,
    call: Call,
    answer: Answer,
    missing: readonly TargetRow[],
  ): Promise<Answer>
  /**
   * Opens the thing that an operation uses and keeps it, so that it can be used again after other events.
   *
   * @returns null for an operation that keeps nothing open: it sends a new request every time.
   */
  hold?(caller: ActorSession, call: Call): Promise<HeldResource | null>
  /**
   * @returns the statement of a request, for the owner of the object to execute; null, as when left out, for a request that a
   *   service carries out in another way.
   */
  statement?(call: Pick<Call, 'resource' | 'verb' | 'body' | 'targets'>): Statement | null
  /** True where every attempt is the `statement`, which its owner executes in a transaction that is rolled back. */
  readonly isRolledBack?: true
  /**
   * @param body of the operation, its references unresolved.
   * @returns true when the privileged session can make a control; it can when left out.
   */
  controls?(privileged: PrivilegedSession, body: JsonObject): boolean
  /** Destroys the socket of a caller without a close handshake. The next attempt opens a new one. */
  cut?(caller: ActorSession): void
  /** Runs several attempts of a caller in one transaction; left out where every attempt has its own. */
  readonly transaction?: {
    begin(caller: ActorSession): Promise<Answer>
    commit(caller: ActorSession): Promise<Answer>
  }
  /** @returns the pid of the server process behind a caller's connection; null while it has none. */
  backendPid?(caller: ActorSession): number | null
  /**
   * Closes the connections that attempts have kept open for the next ones. Attempts may follow.
   *
   * @param url the project whose connections are closed; left out for those of every project.
   */
  close?(url?: string): Promise<void>
}

/** A request as one statement of SQL, about the table, view or function of the resource. */
export type Statement =
  /** The rows that have one of the keys and all values of the filter. */
  | { readonly kind: 'select'; readonly keys: readonly JsonObject[]; readonly filter: JsonObject }
  | {
      readonly kind: 'insert'
      readonly rows: readonly JsonObject[]
      /** ON CONFLICT: the columns of the key, null for the primary key, and whether an existing row stays as it is. */
      readonly conflict?: { readonly columns: readonly string[] | null; readonly ignore: boolean }
    }
  | { readonly kind: 'update'; readonly key: JsonObject; readonly set: JsonObject }
  | { readonly kind: 'delete'; readonly key: JsonObject }
  | { readonly kind: 'call'; readonly arguments: JsonObject; readonly wantsRows: boolean }
  | { readonly kind: 'sql'; readonly text: string; readonly values: readonly unknown[]; readonly wantsRows: boolean }
  /** The command of a job of pg_cron; as a control, the writes that it is to make, each as a statement of its own. */
  | { readonly kind: 'job'; readonly name: string; readonly writes: readonly OwnWrite[] }

/** The change of one row, or its removal. */
export interface OwnWrite {
  readonly table: string
  readonly key: JsonObject
  /** Null removes the row. */
  readonly set: JsonObject | null
}

/** The request header that carries the id of an attempt, for its transactions to be marked with. */
export const markHeader = 'x-trespass-attempt'

/** The prefix of the logical message in PostgreSQL's write-ahead log. */
export const markPrefix = 'trespass'

/** How a path marks transactions. Paths that share a service share one of these. */
export interface Marking {
  /** True when an operation whose footprint is read-only runs in a transaction that cannot write, and needs no mark. */
  readonly readsCannotWrite: boolean
  /**
   * Sends a marked request that changes nothing, to find out whether the mark reaches the database. A request that fails is no
   * error: its mark does not arrive.
   *
   * @returns `Retry-After`, null without one, when a rate limit refused the request; else undefined.
   */
  probe(privileged: PrivilegedSession, mark: string): Promise<string | null | undefined>
}

/** A thing that a service issued and that can be used repeatedly: a signed URL, a channel that was joined. */
export interface HeldResource {
  /** Uses it once more. A failure of the network is an answer, not an exception. */
  use(): Promise<Answer>
  /** Replaces the token of an open thing by a newer one, as a client does after a refresh. Left out where none has a token. */
  renew?(token: string): Promise<void>
  /** Maximum number of refused uses before the service closes the connection; no limit when left out. */
  readonly refusals?: number
  /** Releases it. */
  end(): Promise<void>
}

/** The store of a resource's fixtures, and the values that they have in common. */
export interface FixtureStore {
  /** The name of a store: `storage.objects`. */
  readonly table: string
  /** Values that every fixture written as plain values gets, such as its bucket. */
  readonly values: JsonObject
}

export interface MissingResource {
  readonly found: string
  readonly expected: string
  readonly hint: string
}

/**
 * A store of things that only their own service makes, changes and removes. Shared code treats each as a row of a table: fixtures
 * are declared, journaled and swept like rows, and an effect is a change of a row.
 */
export interface ObjectStore {
  /** By which fixtures name it, schema and name: `storage.objects`. */
  readonly table: string
  /** The columns of a thing's key. A new thing has all of them. */
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, StoreColumn>>
  /** True when several fixtures may be the same thing, such as a topic, which has no owner. */
  readonly shared?: true
  /**
   * True when the database's table of the same name holds everything of a thing: where it can be read it is, and rows of other
   * tables may refer to it.
   */
  readonly mirrored?: true
  /** Opens the store with the secret key. Its requests are never an outcome. */
  open(privileged: PrivilegedSession): OpenObjectStore
}

interface StoreColumn {
  /** As PostgreSQL names a type: `text`, `jsonb`, `boolean`. */
  readonly type: string
  /** True when a thing cannot be made without it. */
  readonly required?: true
  /** True when the service alone decides it. */
  readonly readOnly?: true
  /**
   * True when only the database's table of the same name holds the column, where it can be read, and no answer of the service
   * does.
   */
  readonly databaseOnly?: true
}

export interface OpenObjectStore {
  /** @returns the thing with all its columns, or null when it does not exist. @throws TrespassError when it cannot be read. */
  read(key: JsonObject): Promise<JsonObject | null>
  /** @returns the things with these values; left out where the values always name the key. */
  find?(values: JsonObject): Promise<readonly JsonObject[]>
  /** Makes one thing. @throws TrespassError when the service refuses. */
  make(values: JsonObject): Promise<void>
  /** Gives columns other values. @throws TrespassError when the service refuses. */
  change(key: JsonObject, values: JsonObject): Promise<void>
  /** Removes a thing and its content; one that does not exist is no error. @throws TrespassError */
  remove(key: JsonObject): Promise<void>
  /** Requests the removal of many at once; those that remain afterwards are removed one by one, each with its error. */
  removeMany?(keys: readonly JsonObject[]): Promise<void>
}

export interface Verb {
  /** Parses the whole operation as the matrix wrote it, the verb's key among its keys. */
  readonly schema: z.ZodObject
  /** The words under `resource:` that have it; all of the path's when left out. */
  readonly resources?: readonly string[]
  /**
   * The commands of the resource that an attempt exercises, such as `select` or `call`; left out where they follow from the reads
   * and writes of the footprint.
   */
  readonly exercises?: readonly string[]
  /**
   * The layer by which its service refuses every caller without permission, if it has no other refusal: a bare `deny` accepts it
   * too.
   */
  readonly refusesBy?: Layer
  /** False when the request carries nothing of the caller; left out for a request that does. */
  readonly carriesHeaders?: false
  /** @returns the fixtures, rows and columns of the operation. */
  footprint(body: JsonObject, resource: Resource): Footprint
}

/** The footprint of an operation, from which shared code plans and judges it. */
export interface Footprint {
  /** Fixtures whose rows it requests: names, or `*` for all fixtures of the resource. */
  readonly reads: readonly string[] | '*' | null
  /** Fixtures that it needs without reading rows of them: the channel of a message. */
  readonly about?: readonly string[]
  /** The fixture of auth.users whose session the request carries in place of the actor's. */
  readonly as?: string
  /** Participants besides the caller, such as the sender of the message that the caller is to receive. */
  readonly others?: readonly string[]
  /** True when the request is bounded by the keys of its fixtures, so that every row that comes is one of them. */
  readonly bounded: boolean
  /** Relations of other tables whose rows come along, at every level. */
  readonly embeds: readonly Embed[]
  /** The aggregates, with their keys, of a request that returns no rows. */
  readonly aggregates?: readonly Aggregate[]
  /** The writes of the operation. */
  readonly writes: readonly WriteIntent[]
  /** True when the request cannot write at all, such as a GET. */
  readonly readOnly: boolean
  /** Columns that the operation names, with where it names them, for the check against the catalog. */
  readonly columns: readonly NamedColumn[]
  /** Arguments of a function, with where they are named. */
  readonly arguments: readonly { readonly name: string; readonly at: KeyPath }[]
  /** The events between the steps of the attempt, made by the witness when the path calls `meanwhile`. */
  readonly meanwhile?: readonly ThirdPartyEvent[]
  /** The events that the witness makes when the path calls `afterwards`. Once they arrive, everything before them has. */
  readonly afterwards?: readonly ThirdPartyEvent[]
  /** Tables to which the path may have the witness add rows during the attempt. */
  readonly adds?: readonly string[]
  /**
   * The text that is sent, when the matrix writes it in full. It may concern any table, and so may its fixtures; its effect is
   * known only from the matrix.
   */
  readonly free?: Json
  /** True when the service sends the events during the attempt to the caller, those about rows of other cells too. */
  readonly listens?: true
  /** True when access ends by itself during the attempt, as when a token expires, so that nothing else need happen. */
  readonly expires?: true
}

/** A relation of another table that comes along below a row (an embedded resource). */
export interface Embed {
  /** Its bare name. */
  readonly relation: string
  /** The keys that lead from a row of the resource to its rows; those of the parent where it is spread into the parent. */
  readonly at: readonly string[]
  /** The relation's columns by the key that shows them; null when all are shown under their own names. */
  readonly columns: Readonly<Record<string, string>> | null
  /** True when its rows are below the rows of the resource itself, each as an object. */
  readonly direct: boolean
}

/** An aggregate function over the rows of a request. */
export interface Aggregate {
  /** The key that shows it. */
  readonly key: string
  /** True for `count()`, which is 0 over no rows; the others are null. */
  readonly counts: boolean
}

/** An event that a third party causes while an attempt is under way: a membership ends, a row changes. */
export type ThirdPartyEvent =
  | { readonly kind: 'remove'; readonly fixture: string }
  | { readonly kind: 'change'; readonly fixture: string; readonly set: JsonObject }
  /** The row is removed and made again under the same key. */
  | { readonly kind: 'renew'; readonly fixture: string }

export interface NamedColumn {
  readonly table: string
  readonly column: string
  /** Inside the operation: `['set', 'title']`. */
  readonly at: KeyPath
}

/** The columns of a unique key; null for the primary key. */
type Merge = readonly string[] | null

export type WriteIntent =
  | {
      readonly kind: 'change'
      readonly fixture: string
      readonly set: JsonObject
      /** As of a row that is added. */
      readonly merges?: Merge
    }
  | { readonly kind: 'remove'; readonly fixture: string }
  | {
      readonly kind: 'add'
      readonly table: string
      readonly rows: readonly JsonObject[]
      /** The columns by which the witness finds the new row; all given ones, unless the matrix names others. */
      readonly identify: readonly string[] | null
      /** True when the service may leave the row out without an error, as ON CONFLICT DO NOTHING does. */
      readonly skippable: boolean
      /** True when a row that is found has to hold all given values: a service that takes a row takes it as it is. */
      readonly exact?: true
      /** Columns among those given that the request does not send: the service decides their values. */
      readonly decided?: readonly string[]
      /** True for places where a misread name may put the row: a row there is an effect, and its absence proves nothing. */
      readonly stray?: true
      /** Columns by which the service finds a row that is there already and changes it instead; null: the primary key. */
      readonly merges?: Merge
    }

/** A row of a request. */
export interface TargetRow {
  /** The fixture's name. */
  readonly name: string
  readonly table: string
  readonly key: JsonObject
  /** The values that the matrix gave, resolved. */
  readonly values: JsonObject
  /** The whole row as it was when it was made; left out where it was not read. */
  readonly row?: JsonObject
}

/** One request, with every reference resolved. */
export interface Call {
  readonly resource: Resource
  readonly verb: string
  readonly body: JsonObject
  /** Headers that the matrix gives to every request of the attempt, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
  /** Marks the transactions of the attempt; left out where the run does not read their changes. */
  readonly mark?: string
  /** The rows that the body names by fixture, and all rows in reach for `*`. */
  readonly targets: readonly TargetRow[]
  /** The rows to which something happens meanwhile. */
  readonly touched: readonly TargetRow[]
  /** Has the witness make the events of the footprint's `meanwhile`. @throws TrespassError when that fails. */
  meanwhile(): Promise<void>
  /** Has the witness make the events of the footprint's `afterwards`. @throws TrespassError when that fails. */
  afterwards(): Promise<void>
  /**
   * Has the witness add a row that is no fixture to a table that the footprint's `adds` names; it is swept like one.
   *
   * @throws TrespassError when that cannot be done.
   */
  add(table: string, values: JsonObject): Promise<void>
  /**
   * The secret key, for a witness that subscribes or takes part as a third party. It never sends the caller's own request. Null
   * when the target has none.
   */
  readonly witness: PrivilegedSession | null
  /** @returns the headers that the matrix gives to an actor besides the caller; left out where it gives none. */
  readonly headersOf?: (session: ActorSession) => Readonly<Record<string, string>>
  /** @returns the value of an environment variable that the operation names. @throws TrespassError when it is not set. */
  secretOf(name: string): string
  /** @returns an actor that the footprint names among `others`. @throws TrespassError when it was never signed in. */
  session(name: string): ActorSession
  /**
   * @returns a newly issued token of the caller's user; null when the caller has a key and no token.
   * @throws TrespassError when no token can be issued.
   */
  freshToken(): Promise<string | null>
  /**
   * @returns a token of the caller's user that expires so many seconds from now; null when the caller has a key and no token.
   * @throws TrespassError `cannot-mint` when no key is known that could sign it.
   */
  shortToken(seconds: number): Promise<string | null>
}

/** The request as it was sent, without host and credentials. */
export interface SentRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Those that change the meaning of the request: `prefer`, `accept`, `range`, profiles. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Json
}

/** A text that came back, with its place: `body`, `page 2`, `broadcasts[0]`. */
export interface FurtherText {
  readonly at: string
  readonly text: string
}

/** The answer to an attempt, in the fields that response patterns match. */
export interface Answer {
  readonly request: SentRequest
  /** 0 when no answer came. */
  readonly status: number
  /** The service's own code: an SQLSTATE, `PGRST301`; null when the body had none. */
  readonly code: string | null
  readonly message: string | null
  readonly details: string | null
  readonly hint: string | null
  /** All of them, in lower case, but for those that differ every time (`headers.ts`). */
  readonly headers: Readonly<Record<string, string>>
  /** The rows of the body, where it held rows. */
  readonly rows: readonly JsonObject[] | null
  /** The body, where it was JSON but no rows. */
  readonly value: Json
  /** The total of `Content-Range`, where the request asked for one. */
  readonly count: number | null
  /**
   * The number of rows that a successful write changed, as the service states it beside an empty body; null where it states none.
   * Left out where rows or a status show it.
   */
  readonly affected?: number | null
  /** The whole body as text, where it was one. It is searched and never recorded. */
  readonly body?: string
  /**
   * Further texts that came back: bodies of which `rows` shows a part, answers to earlier steps of the attempt, messages that it
   * did not wait for. They are searched and never recorded.
   */
  readonly besides?: readonly FurtherText[]
  /** Requests that were made besides, because the first answer may have been cut off. Their rows are among `rows`. */
  readonly further?: readonly FurtherRequest[]
  /** True when the answer may lack rows in spite of those requests. A row that is missing from it proves nothing. */
  readonly cut?: true
  /** How long access went on after the event during the attempt, where the attempt watched it. */
  readonly lasted?: Lasting
  /** True when a URL or a token that the attempt had issued for some seconds was over before its first use. */
  readonly lapsed?: true
  /** True when the request carried no user's session. Left out where no response pattern depends on it. */
  readonly anonymous?: true
  /** True when the operation declares an answer such as this one to be a refusal. */
  readonly declaredDenial?: true
  /** True when the service answered another request from its database, after an error that it does not explain. */
  readonly databaseAnswers?: true
  /** True when the mark could not be set, so that the changes of the transaction are unknown. */
  readonly unmarked?: true
  /** The effect that the witness saw as a subscriber, where nothing of it can be read afterwards. */
  readonly caught?: Effect
  /** Present when no message came: whether its absence is proven. */
  readonly silence?: 'proven' | 'unproven'
  /** Why no answer came, or why it could not be read; null when it was. */
  readonly failure: 'timeout' | 'network' | 'not-json' | 'too-long' | null
  readonly durationMs: number
}

/** A response pattern: one row of the table that maps responses to meanings. */
export interface ResponsePattern {
  /** Stable, kebab-case; records and documents name it. */
  readonly name: string
  matches(answer: Answer, verb: string): boolean
  readonly means: Meaning
  /**
   * True when a limiter has refused the request before the service read it: the same request may be sent again, and the next
   * answer is the service's first. Never for an attempt of several steps.
   */
  readonly isRateLimit?: true
}
