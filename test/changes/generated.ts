/** The write of a function or a trigger for a request that it then refuses; `doc` is the row of the request. */
const writers: Readonly<Record<string, string>> = {
  'another column': `update public.docs set note = t where id = doc`,
  'a large value': `update public.docs set body = repeat(t, 20000) where id = doc`,
  'a sibling': `update public.docs set counter = counter + 1 where family = doc`,
  'a child': `update public.children set what = t where doc_id = doc`,
  'the key': `update public.docs set id = gen_random_uuid() where id = doc`,
  'a queue': `insert into public.queue (doc_id, what) values (doc, t)`,
  'a table without a key': `insert into public.loose values (t)`,
  'rows without a key': `update public.loose_counter set n = n + 1`,
  'a counter': `update public.counters set n = n + 1 where name = 'requests'`,
  'a counter that may be new': `insert into public.counters values (t, 1) on conflict (name) do update set n = counters.n + 1`,
  'a merge': `merge into public.counters c using (select 'requests' as name) s on c.name = s.name when matched then update set n = c.n + 1`,
  'the row itself': `delete from public.docs where id = doc`,
  'what hangs on it': `delete from public.children where doc_id = doc`,
  'a link': `update public.links set doc_id = null where doc_id = doc`,
  'a partition': `insert into public.events (at, what) values (now(), t)`,
  'a whole table': `truncate public.junk`,
  'a function of the owner': `perform public.written_by_the_owner(doc, t)`,
  'a rule': `insert into public.ruled (doc_id, what) values (doc, t)`,
  'a trigger at the commit': `update public.docs set title = title where id = doc`,
  'dynamic SQL': `execute format('insert into public.queue (doc_id, what) values (%L, %L)', doc, t)`,
  'a query with a write in it': `perform 1 from public.written_in_a_query(doc, t)`,
  'an exception that is caught': `begin raise exception 'no'; exception when others then insert into public.queue (doc_id, what) values (doc, t); end`,
  'a schema with a dot': `insert into "other.schema"."the ""log""" values (t)`,
}

/** Ways to undo such a write before the transaction commits, so that nothing of it remains. */
export const undoings: Readonly<Record<string, (writer: string) => string>> = {
  'undone in a subtransaction': (writer) =>
    `begin ${writer}; set constraints all immediate; raise exception 'undo'; exception when others then null; end`,
  'undone by an error': (writer) => `${writer}; raise exception 'refused'`,
  'never done': (writer) => `if false then ${writer}; end if`,
}

/** Forms of a refusal, in the body of a function. */
const answers: Readonly<Record<string, readonly [returns: string, answer: string]>> = {
  nothing: ['void', 'return'],
  'no rows': ['setof public.docs', 'return'],
  false: ['boolean', 'return false'],
  'null JSON': ['jsonb', 'return null'],
  'a row that says no': [
    'table (ok boolean, message text)',
    `ok := false; message := 'not allowed'; return next; return`,
  ],
  'status 403': [
    'json',
    `perform set_config('response.status', '403', true);
     return json_build_object('code', '42501', 'message', 'permission denied for table docs')`,
  ],
  'status 400': [
    'json',
    `perform set_config('response.status', '400', true); return json_build_object('code', 'P0001', 'message', 'no')`,
  ],
}

/** By kind, the statements: each writer, and each writer with its write undone. */
const effects: readonly (readonly [kind: string, statements: string])[] = [
  ...Object.entries(writers),
  ...Object.entries(writers).flatMap(([name, writer]) =>
    Object.entries(undoings).map(([how, undo]) => [`${name} but ${how}`, undo(writer)] as const),
  ),
]

const tables = `
  create schema "other.schema";
  create table "other.schema"."the ""log""" (what text);
  create table public.docs (id uuid primary key default gen_random_uuid(), family uuid, title text, body text, note text,
    counter int not null default 0);
  create table public.children (id uuid primary key default gen_random_uuid(), what text,
    doc_id uuid references public.docs on delete cascade on update cascade);
  create table public.links (id uuid primary key default gen_random_uuid(),
    doc_id uuid references public.docs on delete set null on update cascade);
  create table public.queue (id bigint generated always as identity primary key, doc_id uuid, what text);
  create table public.loose (what text);
  create table public.loose_counter (n int);
  create table public.counters (name text primary key, n int not null);
  create table public.junk (what text);
  create table public.events (id bigint generated always as identity, at timestamptz, what text, primary key (id, at))
    partition by range (at);
  create table public.events_now partition of public.events for values from ('2000-01-01') to ('2100-01-01');
  create view public.ruled as select doc_id, what from public.queue;
  create rule divert as on insert to public.ruled do instead
    insert into public.queue (doc_id, what) values (new.doc_id, new.what);
  insert into public.loose_counter values (0);
  insert into public.counters values ('requests', 0);
  create function public.written_by_the_owner(doc uuid, t text) returns void language sql security definer as
    $f$ update public.docs set note = t where id = doc $f$;
  create function public.written_in_a_query(doc uuid, t text) returns setof int language sql as
    $f$ with written as (insert into public.queue (doc_id, what) values (doc, t) returning 1) select 1 from written $f$;
  create function public.at_commit() returns trigger language plpgsql security definer as
    $f$ begin insert into public.queue (doc_id, what) values (new.id, 'at the commit'); return null; end $f$;
  create constraint trigger at_commit after update on public.docs deferrable initially deferred
    for each row when (old.title is not distinct from new.title and old.note is not distinct from new.note
      and old.body is not distinct from new.body and old.counter = new.counter and old.id = new.id)
    execute function public.at_commit();
  grant select, insert, update, delete on all tables in schema public to service_role;`

/** Every table with a trigger that requests reach, and its trigger. */
const triggered = `
  create table public.by_trigger (id uuid primary key default gen_random_uuid(), doc_id uuid, kind text, title text);
  create view public.by_view as select id, doc_id, kind, title from public.by_trigger;
  create function public.refuse() returns trigger language plpgsql security definer as $f$
    begin
      if auth.role() = 'service_role' or session_user = 'postgres' then
        if tg_when = 'INSTEAD OF' then
          update public.by_trigger set title = new.title, kind = new.kind where id = old.id;
        end if;
        if tg_op = 'DELETE' then return old; end if;
        return new;
      end if;
      if tg_op = 'DELETE' then perform public.effect(old.kind, old.doc_id, 't' || gen_random_uuid());
      else perform public.effect(new.kind, new.doc_id, 't' || gen_random_uuid()); end if;
      return null;
    end $f$;
  create trigger refuse before insert or update or delete on public.by_trigger for each row execute function public.refuse();
  create trigger refuse instead of update on public.by_view for each row execute function public.refuse();
  grant select, insert, update, delete on public.by_trigger, public.by_view to authenticated, service_role;`

/** The SQL of a project with refusals of all kinds. */
export const migration = [
  tables,
  `create function public.effect(kind text, doc uuid, t text) returns void language plpgsql security definer as $f$
    begin
      case kind
      ${effects.map(([kind, statements]) => `when '${kind}' then ${statements};`).join('\n')}
      end case;
    end $f$;`,
  ...Object.values(answers).map(
    ([returns, answer], n) => `
    create function public.ask_${n}(kind text, doc uuid, t text) returns ${returns} language plpgsql security definer as $f$
    begin
      if auth.role() = 'service_role' then update public.docs set title = t where id = doc;
      else perform public.effect(kind, doc, t); end if;
      ${answer};
    end $f$;`,
  ),
  triggered,
  'grant execute on all functions in schema public to authenticated, service_role;',
].join('\n')

const fixtures = {
  theirs: { table: 'public.docs', values: { title: 'theirs $unique' } },
  sibling: { table: 'public.docs', values: { family: '$theirs.id', title: 'sibling $unique' } },
  child: { table: 'public.children', values: { doc_id: '$theirs.id', what: 'child' } },
  link: { table: 'public.links', values: { doc_id: '$theirs.id' } },
}

const row = { table: 'public.by_trigger', values: { doc_id: '$theirs.id', title: 'row $unique' } }

const hows = Object.keys(undoings)

/** Every writer, and every writer undone in one way. The ways rotate over the matrices. */
function kindsOf(matrix: number): readonly string[] {
  return Object.keys(writers).flatMap((name, n) => [name, `${name} but ${hows[(matrix + n) % hows.length]}`])
}

/** Shapes of a request, each with its resource. */
const shapes: readonly (readonly [name: string, resource: object, own: object, operation: (kind: string) => object])[] =
  [
    ...Object.keys(answers).map((answer, n) => {
      const resource = { function: `public.ask_${n}`, of: 'public.docs' }
      const operation = (kind: string) => ({
        call: { kind, doc: '$theirs.id', t: 'new $unique' },
        changes: { theirs: { title: 'new $unique' } },
      })
      return [`a function that answers ${answer}`, resource, {}, operation] as const
    }),
    [
      ...(['a trigger before update', { table: 'public.by_trigger' }, { row }] as const),
      (kind) => ({ update: 'row', set: { kind, title: 'new $unique' } }),
    ],
    [
      ...(['a trigger before update that returns rows', { table: 'public.by_trigger' }, { row }] as const),
      (kind) => ({ update: 'row', set: { kind, title: 'new $unique' }, returning: 'representation' }),
    ],
    [
      ...(['a trigger before insert', { table: 'public.by_trigger' }, {}] as const),
      (kind) => ({ insert: { doc_id: '$theirs.id', kind, title: 'new $unique' } }),
    ],
    [
      ...(['a trigger instead of update', { view: 'public.by_view', key: ['id'] }, { row }] as const),
      (kind) => ({ update: 'row', set: { kind, title: 'new $unique' } }),
    ],
  ]

/** By file, the matrices with all of these requests. */
export const matrices: Readonly<Record<string, string>> = Object.fromEntries(
  shapes.map(([name, resource, own, operation], n) => [
    `matrices/${n}.matrix.yaml`,
    JSON.stringify({
      ...{ matrix: name, resource, fixtures: { ...fixtures, ...own } },
      operations: Object.fromEntries(kindsOf(n).map((kind) => [kind, operation(kind)])),
      expect: { mallory: { '*': 'deny(grant, rls, filtered, application, constraint)' } },
    }),
  ]),
)
