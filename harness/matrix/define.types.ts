import { defineActors, defineMatrix } from './define.ts'

/** A small sample of the types that `supabase gen types typescript` writes. */
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

defineActors({
  actors: {
    alice: { kind: 'authenticated', email: '$actor@corp.test', phone: true, headers: { 'x-tenant': '$acme.id' } },
  },
})
// @ts-expect-error an address that another user could have
defineActors({ actors: { alice: { kind: 'authenticated', email: 'alice@corp.test' } } })
// @ts-expect-error a header that is no text
defineActors({ actors: { alice: { kind: 'authenticated', headers: { 'x-tenant': 7 } } } })
// @ts-expect-error a worker sends no headers
defineActors({ actors: { runner: { kind: 'worker', role: 'task_worker', headers: { 'x-tenant': 'a' } } } })

/** Headers and fresh values of keys. */
defineMatrix<Database, typeof actors>()({
  matrix: 'shared',
  resource: { table: 'public.documents' },
  fixtures: { own: { id: '$uuid', owner_id: '$actor.id', title: '$date', words: '$number' } },
  operations: {
    read: { select: 'own', headers: { 'x-share-token': '$own.id' } },
    rename: { update: 'own', set: { title: '$future' }, headers: { cookie: 'a=b' } },
  },
  expect: { alice: { '*': 'allow' } },
})
defineMatrix<Database, typeof actors>()({
  matrix: 'shared',
  resource: { table: 'public.documents' },
  fixtures: { own: { owner_id: '$actor.id', title: 'x' } },
  // @ts-expect-error a header that is no text
  operations: { read: { select: 'own', headers: { 'x-share-token': 7 } } },
  expect: { alice: { '*': 'allow' } },
})

/** A correct matrix compiles. */
defineMatrix<Database, typeof actors>()({
  matrix: 'documents',
  resource: { table: 'public.documents', key: ['id'] },
  invariants: { 'DOC-1': 'A document is read only by its owner.' },
  changes_on_refusal: { 'private.log': 'Every request is logged.' },
  fixtures: {
    own: { owner_id: '$actor.id', title: 'mine', words: 3, status: 'draft' },
    counted: { owner_id: '$actor.id', title: { $file: 'payloads/title.json' }, words: '$own.words' },
    club: { table: 'public.organizations', values: { name: 'Club', slug: '$unique' } },
    event: { table: 'audit.events', values: { what: '$run' } },
    file: { table: 'storage.objects', values: { bucket_id: 'documents', name: 'a.txt', content: 'A' } },
    first: { find: { owner_id: '$actor.id', status: 'draft' } },
    team: { table: 'public.organizations', key: ['slug'], find: { slug: '$acme.slug' } },
  },
  operations: {
    'read own': { select: 'own', columns: ['id'], filter: { status: 'draft' }, proves: ['DOC-1'] },
    'read named': { select: '*', columns: ['writer:owner_id', 'words::text', 'team:organizations(name)'] },
    'read acme': { select: 'acme' },
    create: { insert: { owner_id: '$actor.id', title: 'new' }, returning: 'representation', identify: ['title'] },
    'create two': { insert: [{ owner_id: '$actor.id' }, { owner_id: '$actor.id', title: 'new' }] },
    merge: { upsert: 'own', values: { title: 'merged' }, on_conflict: ['id'] },
    rename: { update: 'own', set: { title: 'renamed' }, stamped: ['words'] },
    drop: { delete: 'own' },
    renames: { subscribe: 'own', on: 'update', set: { title: 'new' }, columns: ['id'] },
    probe: { distinguish: ['create', 'rename'] },
  },
  expect: {
    visitor: { '*': 'deny(grant)' },
    people: { '*': 'allow', 'read own': { allow: { exactly: ['own'], columns: ['id'] } } },
    'alice, visitor': { probe: 'deny(rls, filtered)', 'merge, rename': 'define' },
    '*': { '*': 'n/a' },
  },
})

const everyone = { '*': { '*': 'deny' } } as const
const list = { list: { select: '*' } } as const

defineMatrix<Database, 'alice' | 'bob'>()({
  matrix: 'titles',
  resource: { view: 'public.titles', of: 'public.documents', key: ['id'] },
  fixtures: { own: { table: 'public.documents', values: { owner_id: '$actor.id' } } },
  operations: { list: { select: '*', columns: ['title'] }, read: { select: 'own' } },
  expect: { alice: { list: { allow: { columns: ['title'] } } }, bob: { '*': 'deny' } },
})

const documents = { matrix: 'x', resource: { table: 'public.documents' }, operations: list, expect: everyone } as const

defineMatrix<Database>()({ ...documents, fixtures: { own: { title: 'mine' } } })
defineMatrix<Database>()({ ...documents, expect: { anyone: { list: 'allow' } } })

/** A fixture of documents. */
const fixtures = { own: { owner_id: '$actor.id' } } as const
const owned = { ...documents, fixtures } as const

// @ts-expect-error the form from before 1.0, which checked half of the names
defineMatrix<Database>({ ...documents })

// @ts-expect-error a misspelt table
defineMatrix<Database>()({ ...documents, resource: { table: 'public.document' } })
// @ts-expect-error a table without its schema
defineMatrix<Database>()({ ...documents, resource: { table: 'documents' } })
// @ts-expect-error a view named as a table
defineMatrix<Database>()({ ...documents, resource: { table: 'public.titles' } })
// @ts-expect-error a misspelt view
defineMatrix<Database>()({ ...documents, resource: { view: 'public.title' } })
// @ts-expect-error a misspelt table of a view
defineMatrix<Database>()({ ...documents, resource: { view: 'public.titles', of: 'public.document' } })
// @ts-expect-error a misspelt kind of resource
defineMatrix<Database>()({ ...documents, resource: { tabel: 'public.documents' } })
// @ts-expect-error a misspelt column of a key
defineMatrix<Database>()({ ...documents, resource: { table: 'public.documents', key: ['idd'] } })
// @ts-expect-error a misspelt key of a matrix
defineMatrix<Database>()({ ...documents, fixture: {} })

// @ts-expect-error a misspelt column in a fixture
defineMatrix<Database>()({ ...documents, fixtures: { own: { owner_id: '$actor.id', titel: 'mine' } } })
// @ts-expect-error a column of another table in a fixture
defineMatrix<Database>()({ ...documents, fixtures: { own: { owner_id: '$actor.id', slug: 'mine' } } })
// @ts-expect-error a misspelt table of a fixture
defineMatrix<Database>()({ ...documents, fixtures: { club: { table: 'public.organisation', values: { name: 'A' } } } })
// @ts-expect-error a misspelt column of a fixture elsewhere
defineMatrix<Database>()({ ...documents, fixtures: { club: { table: 'public.organizations', values: { nam: 'A' } } } })
// @ts-expect-error a misspelt column by which a row is found
defineMatrix<Database>()({ ...documents, fixtures: { own: { find: { owner: '$actor.id' } } } })
// @ts-expect-error a misspelt column by which a row is found elsewhere
defineMatrix<Database>()({ ...documents, fixtures: { own: { table: 'public.organizations', find: { nam: '$run' } } } })
// @ts-expect-error a value of the wrong type
defineMatrix<Database>()({ ...documents, fixtures: { own: { owner_id: '$actor.id', words: true } } })
// @ts-expect-error a word that the column's type does not have
defineMatrix<Database>()({ ...documents, fixtures: { own: { owner_id: '$actor.id', status: 'drafted' } } })
// @ts-expect-error plain values in the matrix of a view
defineMatrix<Database>()({ ...documents, resource: { view: 'public.titles' }, fixtures: { own: { title: 'mine' } } })

// @ts-expect-error a misspelt verb
defineMatrix<Database>()({ ...documents, fixtures, operations: { read: { selct: 'own' } } })
// @ts-expect-error a verb that a table does not have
defineMatrix<Database>()({ ...documents, operations: { archive: { call: { document_id: '$own.id' } } } })
// @ts-expect-error an operation without its second half
defineMatrix<Database>()({ ...documents, fixtures, operations: { rename: { update: 'own' } } })
// @ts-expect-error a key of another verb
defineMatrix<Database>()({ ...documents, fixtures, operations: { read: { select: 'own', set: { title: 'x' } } } })
// @ts-expect-error a misspelt fixture that is read
defineMatrix<Database>()({ ...documents, fixtures, operations: { read: { select: 'owm' } } })
// @ts-expect-error a misspelt fixture that is updated
defineMatrix<Database>()({ ...documents, fixtures, operations: { act: { update: 'owm', set: { title: 'x' } } } })
// @ts-expect-error a misspelt fixture that is merged into
defineMatrix<Database>()({ ...documents, fixtures, operations: { act: { upsert: 'owm', values: { title: 'x' } } } })
// @ts-expect-error a misspelt fixture that is deleted
defineMatrix<Database>()({ ...documents, fixtures, operations: { act: { delete: 'owm' } } })
// @ts-expect-error a write to a row of the world
defineMatrix<Database, typeof actors>()({ ...documents, operations: { act: { delete: 'acme' } } })
// @ts-expect-error a misspelt fixture that is subscribed to
defineMatrix<Database>()({ ...documents, fixtures, operations: { act: { subscribe: 'owm', on: 'delete' } } })
// @ts-expect-error a misspelt column to read
defineMatrix<Database>()({ ...documents, operations: { list: { select: '*', columns: ['titel'] } } })
// @ts-expect-error a misspelt column under another name
defineMatrix<Database>()({ ...documents, operations: { list: { select: '*', columns: ['name:titel'] } } })
// @ts-expect-error a misspelt column in a filter
defineMatrix<Database>()({ ...documents, operations: { list: { select: '*', filter: { state: 'draft' } } } })
// @ts-expect-error a misspelt column in an insert
defineMatrix<Database>()({ ...documents, operations: { list: { insert: { owner: '$actor.id' } } } })
// @ts-expect-error a misspelt column in one of several rows
defineMatrix<Database>()({ ...documents, operations: { list: { insert: [{ title: 'x' }, { titel: 'x' }] } } })
// @ts-expect-error a misspelt column by which a new row is found
defineMatrix<Database>()({ ...documents, operations: { list: { insert: { title: 'x' }, identify: ['titel'] } } })
// @ts-expect-error a misspelt column of a unique key
defineMatrix<Database>()({ ...documents, operations: { list: { upsert: { title: 'x' }, on_conflict: ['idd'] } } })
// @ts-expect-error a misspelt column of a merge
defineMatrix<Database>()({ ...documents, fixtures, operations: { act: { upsert: 'own', values: { titel: 'x' } } } })
// @ts-expect-error a misspelt column in an update
defineMatrix<Database>()({ ...documents, fixtures, operations: { act: { update: 'own', set: { titel: 'x' } } } })
// @ts-expect-error a misspelt column that a trigger stamps
defineMatrix<Database>()({ ...documents, fixtures, operations: { a: { update: 'own', set: {}, stamped: ['wrods'] } } })
// @ts-expect-error a misspelt column of a change
defineMatrix<Database>()({ ...owned, operations: { a: { subscribe: 'own', on: 'update', set: { titel: '' } } } })
// @ts-expect-error a misspelt column to subscribe to
defineMatrix<Database>()({ ...owned, operations: { a: { subscribe: 'own', on: 'delete', columns: ['x'] } } })
// @ts-expect-error a misspelt operation in a comparison
defineMatrix<Database>()({ ...documents, operations: { ...list, probe: { distinguish: ['list', 'lst'] } } })
const proven = { ...documents, invariants: { ONE: 'x' } } as const

// @ts-expect-error a misspelt invariant
defineMatrix<Database>()({ ...proven, operations: { a: { select: '*', proves: ['OEN'] } } })

// @ts-expect-error a misspelt actor
defineMatrix<Database, typeof actors>()({ ...documents, expect: { alicia: { '*': 'allow' } } })
// @ts-expect-error a misspelt actor among several
defineMatrix<Database, 'alice' | 'bob'>()({ ...documents, expect: { 'alicia, bob': { '*': 'allow' } } })
// @ts-expect-error a misspelt actor that is not the first of several
defineMatrix<Database, 'alice' | 'bob'>()({ ...documents, expect: { 'alice, bobby': { '*': 'allow' } } })
// @ts-expect-error a misspelt operation
defineMatrix<Database>()({ ...documents, expect: { '*': { lst: 'allow' } } })
// @ts-expect-error a misspelt operation among several
defineMatrix<Database>()({ ...documents, expect: { '*': { 'list, lst': 'allow' } } })
// @ts-expect-error a misspelt expectation
defineMatrix<Database>()({ ...documents, expect: { '*': { '*': 'allowed' } } })
// @ts-expect-error a layer that does not exist
defineMatrix<Database>()({ ...documents, expect: { '*': { '*': 'deny(grants)' } } })
// @ts-expect-error a second layer that does not exist
defineMatrix<Database>()({ ...documents, expect: { '*': { '*': 'deny(rls, filterd)' } } })
// @ts-expect-error a misspelt fixture that comes back
defineMatrix<Database>()({ ...documents, fixtures, expect: { '*': { list: { allow: { exactly: ['owm'] } } } } })
// @ts-expect-error a misspelt column that comes back
defineMatrix<Database>()({ ...documents, expect: { '*': { list: { allow: { columns: ['titel'] } } } } })
// @ts-expect-error a misspelt key of an expectation
defineMatrix<Database>()({ ...documents, expect: { '*': { list: { allow: { exacly: [] } } } } })

const archive = {
  matrix: 'x',
  resource: { function: 'public.archive', of: 'public.documents' },
  expect: everyone,
} as const

defineMatrix<Database>()({
  ...archive,
  fixtures: { own: { table: 'public.documents', values: { owner_id: '$actor.id' } } },
  operations: {
    archive: { call: { document_id: '$own.id', force: true }, reads: 'own', changes: { own: { status: 'final' } } },
    log: { call: { document_id: '$own.id' }, adds: { table: 'audit.events', values: { what: '$run' } } },
  },
})
defineMatrix<Database>()({ ...archive, resource: { function: 'public.ping' }, operations: { ping: { call: {} } } })
// @ts-expect-error a misspelt function
defineMatrix<Database>()({ ...archive, operations: { call: { call: {} } }, resource: { function: 'public.archives' } })
// @ts-expect-error a misspelt argument
defineMatrix<Database>()({ ...archive, operations: { archive: { call: { document: '$own.id' } } } })
// @ts-expect-error an argument of another function
defineMatrix<Database>()({ ...archive, operations: { archive: { call: { job_kind: 'mail' } } } })
// @ts-expect-error an argument of a function that has none
defineMatrix<Database>()({ ...archive, resource: { function: 'public.ping' }, operations: { a: { call: { x: '1' } } } })
// @ts-expect-error a misspelt fixture that a function returns
defineMatrix<Database>()({ ...archive, operations: { archive: { call: {}, reads: 'own' } } })
const event = { event: { table: 'audit.events', values: { what: '$run' } } } as const

// @ts-expect-error a misspelt fixture that a function changes
defineMatrix<Database>()({ ...archive, fixtures: event, operations: { a: { call: {}, changes: { own: {} } } } })
// @ts-expect-error a misspelt fixture that a function removes
defineMatrix<Database>()({ ...archive, operations: { archive: { call: {}, removes: ['own'] } } })
// @ts-expect-error a misspelt table to which a function adds
defineMatrix<Database>()({ ...archive, operations: { a: { call: {}, adds: { table: 'audit.event', values: {} } } } })

const room = { room: { topic: 'org:$acme.id' } } as const
const rooms = { matrix: 'x', resource: { channel: 'rooms' }, fixtures: room, expect: everyone } as const

defineMatrix<Database, typeof actors>()({
  ...rooms,
  fixtures: { ...room, club: { table: 'public.organizations', values: { name: 'Club' } } },
  operations: {
    join: { join: 'room', private: false },
    send: { send: 'room', event: 'news', payload: { text: '$run' }, via: 'http' },
    hear: { receive: 'room', from: 'database', when: { update: 'club', set: { name: 'New' } } },
    'hear alice': { receive: 'room', from: 'alice' },
    track: { track: 'room' },
    see: { presence: 'room', from: 'alice' },
    keep: { keep: 'room', after: { remove: 'club' }, watch: 5 },
  },
})
// @ts-expect-error a verb that a channel does not have
defineMatrix<Database>()({ ...rooms, operations: { read: { select: 'room' } } })
// @ts-expect-error a misspelt topic
defineMatrix<Database>()({ ...rooms, operations: { join: { join: 'rom' } } })
// @ts-expect-error a misspelt sender
defineMatrix<Database, typeof actors>()({ ...rooms, operations: { a: { receive: 'room', from: 'alic' } } })
// @ts-expect-error a misspelt fixture whose change is broadcast
defineMatrix<Database>()({ ...rooms, operations: { a: { receive: 'room', when: { delete: 'rom' } } } })
// @ts-expect-error a misspelt fixture whose removal takes access away
defineMatrix<Database>()({ ...rooms, operations: { a: { keep: 'room', after: { remove: 'rom' } } } })

const worker = { matrix: 'x', resource: { database: 'public.documents' }, expect: everyone } as const

defineMatrix<Database, typeof actors>()({
  ...worker,
  fixtures: { own: { owner_id: '$alice.id', title: 'mine' } },
  operations: {
    read: { sql: 'select * from public.documents where id = $1', values: ['$own.id'], reads: 'own' },
    log: { sql: 'select public.log($1)', values: ['$run'], adds: { table: 'audit.events', values: { what: '$run' } } },
    add: { sql: 'insert into public.documents (title) values ($1)', values: ['x'], adds: { values: { title: 'x' } } },
  },
})
// @ts-expect-error a verb that a worker does not have
defineMatrix<Database>()({ ...worker, fixtures, operations: { read: { select: 'own' } } })
// @ts-expect-error a misspelt table to which a statement adds
defineMatrix<Database>()({ ...worker, operations: { a: { sql: 'x', adds: { table: 'audit.event', values: {} } } } })
// @ts-expect-error a misspelt column of a row that a statement adds
defineMatrix<Database>()({ ...worker, operations: { a: { sql: 'x', adds: { values: { titel: 'x' } } } } })
// @ts-expect-error a misspelt fixture that a statement removes
defineMatrix<Database>()({ ...worker, fixtures, operations: { a: { sql: 'x', removes: ['owm'] } } })

const files = { matrix: 'x', resource: { bucket: 'documents' }, expect: everyone } as const
const file = { mine: { name: '$actor.id/$unique.txt', content: 'Mine', content_type: 'text/plain' } } as const

defineMatrix<Database, typeof actors>()({
  ...files,
  fixtures: { ...file, team: { table: 'public.organizations', values: { name: 'Team' } } },
  operations: {
    add: { upload: { name: '$actor.id/new-$unique.txt', content: { $file: 'payloads/a.txt' }, owner: '$actor.id' } },
    replace: { overwrite: 'mine', content: 'New', metadata: { draft: true } },
    'add or replace': { upsert: 'mine', content: 'New' },
    see: { download: 'mine', after: { change: 'team', set: { name: 'Other' } }, watch: 3 },
    'see publicly': { public: 'mine' },
    ask: { info: 'mine' },
    look: { exists: 'mine' },
    list: { list: '*', prefix: '$actor.id', version: 2, others: 'allow' },
    move: { move: 'mine', to: 'b.txt', to_bucket: 'avatars' },
    copy: { copy: 'mine', to: 'b.txt', replace: true },
    remove: { remove: ['mine'] },
    delete: { delete: 'mine' },
    sign: { sign: 'mine', seconds: 60 },
    'sign all': { sign_many: '*', seconds: 60 },
    'sign an upload': { sign_upload: { name: 'c.txt' }, after: { remove: 'team' } },
    probe: { distinguish: ['move', 'copy'] },
  },
})
// @ts-expect-error a verb that a bucket does not have
defineMatrix<Database>()({ ...files, fixtures: file, operations: { a: { select: 'mine' } } })
// @ts-expect-error a misspelt key of an object
defineMatrix<Database>()({ ...files, fixtures: { mine: { name: 'a.txt', contents: 'Mine' } }, operations: {} })
// @ts-expect-error a misspelt fixture that is downloaded
defineMatrix<Database>()({ ...files, fixtures: file, operations: { a: { download: 'mien' } } })
// @ts-expect-error a misspelt fixture among several
defineMatrix<Database>()({ ...files, fixtures: file, operations: { a: { remove: ['mine', 'mien'] } } })
// @ts-expect-error a signed URL without its time
defineMatrix<Database>()({ ...files, fixtures: file, operations: { a: { sign: 'mine' } } })
// @ts-expect-error a misspelt key of a new object
defineMatrix<Database>()({ ...files, operations: { a: { upload: { name: 'a.txt', type: 'text/plain' } } } })

const buckets = { matrix: 'x', resource: { bucket: '*' }, expect: everyone } as const

defineMatrix<Database>()({
  ...buckets,
  fixtures: {
    drawer: { id: 'drawer-$unique', file_size_limit: 1000, allowed_mime_types: ['image/png'] },
    letter: { table: 'storage.objects', values: { bucket_id: '$drawer.id', name: 'letter.txt', content: 'A letter' } },
  },
  operations: {
    list: { list_buckets: '*', others: 'allow' },
    'look up': { get_bucket: 'drawer' },
    make: { create_bucket: { id: 'new-$unique', public: true } },
    open: { update_bucket: 'drawer', set: { public: true } },
    empty: { empty_bucket: 'drawer', objects: ['letter'] },
    delete: { delete_bucket: 'drawer' },
  },
})
// @ts-expect-error an operation on objects in the matrix of the buckets
defineMatrix<Database>()({ ...buckets, fixtures: { drawer: { id: 'x' } }, operations: { a: { download: 'drawer' } } })
const drawers = { ...buckets, fixtures: { drawer: { id: 'x' } } } as const

// @ts-expect-error a misspelt bucket
defineMatrix<Database>()({ ...drawers, operations: { a: { delete_bucket: 'darwer' } } })
// @ts-expect-error a misspelt setting of a bucket
defineMatrix<Database>()({ ...buckets, operations: { a: { create_bucket: { id: 'x', pubic: true } } } })
