import { defineActors, defineMatrix } from './define.ts'

/** What `supabase gen types typescript` writes, in small. */
type Database = {
  __InternalSupabase: { PostgrestVersion: '12.0.2' }
  public: {
    Tables: {
      documents: {
        Row: { id: string; owner_id: string; title: string; status: 'draft' | 'final'; words: number | null }
        Insert: { id?: string; owner_id: string; title: string; status?: 'draft' | 'final'; words?: number | null }
        Update: { id?: string; owner_id?: string; title?: string; status?: 'draft' | 'final'; words?: number | null }
        Relationships: []
      }
      organizations: {
        Row: { id: string; name: string; slug: string }
        Insert: { id?: string; name: string; slug: string }
        Update: { id?: string; name?: string; slug?: string }
        Relationships: []
      }
    }
    Views: {
      titles: { Row: { id: string | null; title: string | null }; Relationships: [] }
    }
    Functions: {
      archive: { Args: { document_id: string; force?: boolean }; Returns: undefined }
      claim: { Args: { job_kind: string }; Returns: undefined }
      ping: { Args: never; Returns: string }
    }
    Enums: { status: 'draft' | 'final' }
    CompositeTypes: { [_ in never]: never }
  }
  audit: {
    Tables: { events: { Row: { id: number; what: string }; Insert: { what: string }; Update: { what?: string } } }
    Views: { [_ in never]: never }
    Functions: { [_ in never]: never }
  }
}

const actors = defineActors({
  actors: {
    visitor: { kind: 'anon' },
    alice: { kind: 'authenticated' },
    runner: { kind: 'worker', role: 'task_worker' },
  },
  groups: { people: ['alice'] },
  world: {
    acme: { table: 'public.organizations', values: { name: 'Acme $run', slug: '$unique' } },
    "acme's plan": { table: 'public.plans', find: { organization_id: '$acme.id' } },
  },
})

// @ts-expect-error a privileged key is no kind of actor
defineActors({ actors: { root: { kind: 'service_role' } } })

// @ts-expect-error a worker without a role
defineActors({ actors: { runner: { kind: 'worker' } } })
// @ts-expect-error a user with a role
defineActors({ actors: { alice: { kind: 'authenticated', role: 'task_worker' } } })

/** Everything that is right compiles. */
defineMatrix<Database, typeof actors>({
  matrix: 'documents',
  resource: { table: 'public.documents' },
  invariants: { 'DOC-1': 'A document is read only by its owner.' },
  fixtures: {
    own: { owner_id: '$actor.id', title: 'mine', words: 3, status: 'draft' },
    counted: { owner_id: '$actor.id', title: { $file: 'payloads/title.json' }, words: '$own.words' },
    acme: { table: 'public.organizations', values: { name: 'Acme', slug: '$unique' } },
    event: { table: 'audit.events', values: { what: '$run' } },
    first: { find: { owner_id: '$actor.id', status: 'draft' } },
    team: { table: 'public.organizations', key: ['slug'], find: { slug: '$acme.slug' } },
  },
  operations: {
    'read own': { select: 'own', columns: ['id'], filter: { status: 'draft' }, proves: ['DOC-1'] },
    create: { insert: { owner_id: '$actor.id', title: 'new' }, returning: 'representation', identify: ['title'] },
    'create two': { insert: [{ owner_id: '$actor.id' }, { owner_id: '$actor.id', title: 'new' }] },
    merge: { upsert: 'own', values: { title: 'merged' } },
    rename: { update: 'own', set: { title: 'renamed' } },
    drop: { delete: 'own' },
    probe: { distinguish: ['create', 'rename'] },
  },
  expect: {
    visitor: { '*': 'deny(grant)' },
    people: { '*': 'allow', 'read own': { allow: { exactly: ['own'], columns: ['id'] } } },
    'alice, visitor': { probe: 'deny(rls, filtered)' },
    '*': { '*': 'n/a' },
  },
})

const rest = { matrix: 'x', operations: { list: { select: '*' } }, expect: { '*': { '*': 'deny' } } } as const

defineMatrix<Database, 'alice' | 'bob'>({ ...rest, resource: { view: 'public.titles', of: 'public.documents' } })
defineMatrix<Database>({ ...rest, resource: { table: 'audit.events', key: ['what'] } })

// @ts-expect-error a misspelt table
defineMatrix<Database>({ ...rest, resource: { table: 'public.document' } })
// @ts-expect-error a table without its schema
defineMatrix<Database>({ ...rest, resource: { table: 'documents' } })
// @ts-expect-error a view named as a table
defineMatrix<Database>({ ...rest, resource: { table: 'public.titles' } })
// @ts-expect-error a misspelt view
defineMatrix<Database>({ ...rest, resource: { view: 'public.title' } })
// @ts-expect-error a misspelt function
defineMatrix<Database>({ ...rest, operations: { call: { call: {} } }, resource: { function: 'public.archives' } })

const documents = { ...rest, resource: { table: 'public.documents' } } as const

// @ts-expect-error a misspelt column in a fixture
defineMatrix<Database>({ ...documents, fixtures: { own: { owner_id: '$actor.id', titel: 'mine' } } })
// @ts-expect-error a column of another table in a fixture
defineMatrix<Database>({ ...documents, fixtures: { own: { owner_id: '$actor.id', slug: 'mine' } } })
// @ts-expect-error a misspelt table of a fixture
defineMatrix<Database>({ ...documents, fixtures: { acme: { table: 'public.organisation', values: { name: 'A' } } } })
// @ts-expect-error a misspelt column of a fixture elsewhere
defineMatrix<Database>({ ...documents, fixtures: { acme: { table: 'public.organizations', values: { nam: 'Acme' } } } })
// @ts-expect-error a misspelt column by which a row is found
defineMatrix<Database>({ ...documents, fixtures: { own: { find: { owner: '$actor.id' } } } })
// @ts-expect-error a misspelt column by which a row is found elsewhere
defineMatrix<Database>({ ...documents, fixtures: { own: { table: 'public.organizations', find: { nam: '$run' } } } })
// @ts-expect-error a value of the wrong type
defineMatrix<Database>({ ...documents, fixtures: { own: { owner_id: '$actor.id', words: true } } })
// @ts-expect-error a word that the column's type does not have
defineMatrix<Database>({ ...documents, fixtures: { own: { owner_id: '$actor.id', status: 'drafted' } } })
// @ts-expect-error plain values in the matrix of a view
defineMatrix<Database>({ ...rest, resource: { view: 'public.titles' }, fixtures: { own: { title: 'mine' } } })
// @ts-expect-error a misspelt column in an insert
defineMatrix<Database>({ ...documents, operations: { create: { insert: { owner: '$actor.id' } } } })
// @ts-expect-error a misspelt column in one of several rows
defineMatrix<Database>({ ...documents, operations: { create: { insert: [{ owner_id: '$actor.id' }, { owner: '' }] } } })
// @ts-expect-error a misspelt column in an update
defineMatrix<Database>({ ...documents, operations: { rename: { update: 'own', set: { titel: 'renamed' } } } })
// @ts-expect-error a misspelt column in a filter
defineMatrix<Database>({ ...documents, operations: { list: { select: '*', filter: { state: 'draft' } } } })
// @ts-expect-error an operation without its second half
defineMatrix<Database>({ ...documents, operations: { rename: { update: 'own' } } })
// @ts-expect-error a verb that a table does not have
defineMatrix<Database>({ ...documents, operations: { archive: { call: { document_id: '$own.id' } } } })

const archive = { ...rest, resource: { function: 'public.archive' } } as const

defineMatrix<Database>({ ...archive, operations: { archive: { call: { document_id: '$own.id', force: true } } } })
defineMatrix<Database>({ ...rest, resource: { function: 'public.ping' }, operations: { ping: { call: {} } } })
// @ts-expect-error a misspelt argument
defineMatrix<Database>({ ...archive, operations: { archive: { call: { document: '$own.id' } } } })
// @ts-expect-error an argument of another function
defineMatrix<Database>({ ...archive, operations: { archive: { call: { job_kind: 'mail' } } } })

// @ts-expect-error a misspelt actor
defineMatrix<Database, typeof actors>({ ...documents, expect: { alicia: { '*': 'allow' } } })
// @ts-expect-error a misspelt actor among several
defineMatrix<Database, 'alice' | 'bob'>({ ...documents, expect: { 'alicia, bob': { '*': 'allow' } } })
// @ts-expect-error a misspelt expectation
defineMatrix<Database, 'alice'>({ ...documents, expect: { alice: { '*': 'allowed' } } })
// @ts-expect-error a layer that does not exist
defineMatrix<Database, 'alice'>({ ...documents, expect: { alice: { '*': 'deny(grants)' } } })

const channel = { ...rest, resource: { channel: 'rooms' }, fixtures: { room: { topic: 'org:$acme.id' } } } as const

defineMatrix<Database>({ ...channel, operations: { join: { join: 'room', private: false } } })
defineMatrix<Database>({
  ...documents,
  operations: { renames: { subscribe: 'own', on: 'update', set: { title: 'new' } } },
})
// @ts-expect-error a verb that a channel does not have
defineMatrix<Database>({ ...channel, operations: { read: { select: 'room' } } })
// @ts-expect-error a misspelt column of a change
defineMatrix<Database>({ ...documents, operations: { hear: { subscribe: 'own', on: 'update', set: { titel: '' } } } })

const worker = { matrix: 'x', resource: { database: 'public.documents' }, expect: { '*': { '*': 'deny' } } } as const

defineMatrix<Database, typeof actors>({
  ...worker,
  fixtures: { own: { owner_id: '$alice.id', title: 'mine' } },
  operations: {
    read: { sql: 'select * from public.documents where id = $1', values: ['$own.id'], reads: 'own' },
    add: { sql: 'select public.log($1)', values: ['$run'], adds: { table: 'audit.events', values: { what: '$run' } } },
  },
})
// @ts-expect-error a verb that a worker does not have
defineMatrix<Database>({ ...worker, operations: { read: { select: 'own' } } })
// @ts-expect-error a misspelt table to which a statement adds
defineMatrix<Database>({ ...worker, operations: { a: { sql: 'x', adds: { table: 'audit.event', values: {} } } } })
