import { temporaryFolder, writeFiles } from './support.ts'

/** Places in which a function may hide a value, by its return type. */
const shapes = {
  as_json: ['nested', 'list', 'renamed', 'key', 'in a sentence', 'as text', 'lists in lists', 'csv'],
  as_text: ['plain', 'csv', 'json', 'quoted json', 'sentence', 'upper', 'lower', 'base64', 'hex'],
  as_rows: ['renamed', 'second row', 'second column', 'sentence'],
  as_error: ['message', 'details', 'hint', 'whole row', 'printed row', 'upper'],
  as_header: ['header', 'json in a header', 'status and header', 'url in a header'],
} as const

/** The columns of the hidden values. */
const sources = ['title', 'body', 'code', 'token', 'note', 'stamp', 'owner'] as const

/** Encodings in which only texts are searched: digits and timestamps are too short for them. */
function isLookedFor(shape: string, source: string): boolean {
  return !(['base64', 'hex'].includes(shape) && ['code', 'stamp'].includes(source))
}

/** The number of cells that the generator makes of each kind. */
export const generated = Object.values(shapes)
  .flat()
  .flatMap((shape) => sources.filter((source) => isLookedFor(shape, source))).length

const migration = `
create extension if not exists pgcrypto with schema extensions;
create table public.docs (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid,
  title text,
  body text,
  code bigint default (10000000 + floor(random() * 89999999))::bigint,
  token text default md5(random()::text),
  meta jsonb,
  created_at timestamptz default clock_timestamp()
);
alter table public.docs enable row level security;
grant select, insert, update, delete on public.docs to authenticated, service_role;
create policy own on public.docs for all to authenticated using (owner_id = auth.uid()) with check (owner_id = auth.uid());

create function public.value_of(source text, doc uuid) returns text language sql stable security definer set search_path = '' as $$
  select case source when 'title' then d.title when 'body' then d.body when 'code' then d.code::text
    when 'token' then d.token when 'note' then d.meta ->> 'note' when 'stamp' then d.created_at::text
    else d.owner_id::text end
  from public.docs d where d.id = doc $$;
create function public.is_mine(doc uuid) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.docs d where d.id = doc and d.owner_id = auth.uid()) $$;

create function public.as_json(shape text, source text, doc uuid, pick uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v text := public.value_of(source, pick);
begin
  if public.is_mine(doc) then return (select to_jsonb(d) from public.docs d where d.id = doc); end if;
  return case shape
    when 'nested' then jsonb_build_object('items', jsonb_build_array(jsonb_build_object('inner', jsonb_build_object('t', v))))
    when 'list' then jsonb_build_array('nothing', v, 'else')
    when 'renamed' then jsonb_build_object('label', v)
    when 'key' then jsonb_build_object(v, 1)
    when 'in a sentence' then jsonb_build_object('note', 'this is ' || v || ', they say')
    when 'as text' then jsonb_build_object('payload', jsonb_build_object('t', v)::text)
    when 'lists in lists' then jsonb_build_array(jsonb_build_array(jsonb_build_array(v)))
    else jsonb_build_object('csv', 'a,b' || chr(10) || '1,' || v) end;
end $$;

create function public.as_text(shape text, source text, doc uuid, pick uuid) returns text
language plpgsql stable security definer set search_path = '' as $$
declare v text := public.value_of(source, pick);
begin
  if public.is_mine(doc) then return (select d.id || ',' || d.title from public.docs d where d.id = doc); end if;
  return case shape
    when 'plain' then v
    when 'csv' then 'id,t' || chr(10) || '1,' || v || chr(10)
    when 'json' then json_build_object('t', v)::text
    when 'quoted json' then to_json(json_build_object('t', v)::text)::text
    when 'sentence' then 'It is ' || v || '.'
    when 'upper' then upper(v)
    when 'lower' then lower(v)
    when 'base64' then encode(convert_to('x' || v, 'utf8'), 'base64')
    else encode(convert_to(v, 'utf8'), 'hex') end;
end $$;

create function public.as_rows(shape text, source text, doc uuid, pick uuid) returns table (t text, m text)
language plpgsql stable security definer set search_path = '' as $$
declare v text := public.value_of(source, pick);
begin
  if public.is_mine(doc) then return query select d.title, 'mine' from public.docs d where d.id = doc; return; end if;
  if shape = 'renamed' then return query select v, null::text;
  elsif shape = 'second row' then return query values ('nothing', 'else'), ('x', v);
  elsif shape = 'second column' then return query select 'x', v;
  else return query select 'It is ' || v || '.', null::text; end if;
end $$;

create function public.as_error(shape text, source text, doc uuid, pick uuid) returns setof public.docs
language plpgsql stable security definer set search_path = '' as $$
declare v text := public.value_of(source, pick); r public.docs;
begin
  if public.is_mine(doc) then return query select * from public.docs d where d.id = doc; return; end if;
  select * into r from public.docs d where d.id = pick;
  if shape = 'message' then raise exception 'not yours: %', v;
  elsif shape = 'details' then raise exception 'not yours' using detail = 'it holds ' || v;
  elsif shape = 'hint' then raise exception 'not yours' using hint = 'ask about ' || v;
  elsif shape = 'whole row' then raise exception 'not yours: %', row_to_json(r);
  elsif shape = 'printed row' then raise exception 'not yours: %', r;
  else raise exception 'NOT YOURS: %', upper(v); end if;
end $$;

create function public.as_header(shape text, source text, doc uuid, pick uuid) returns setof public.docs
language plpgsql stable security definer set search_path = '' as $$
declare v text := public.value_of(source, pick);
begin
  if public.is_mine(doc) then return query select * from public.docs d where d.id = doc; return; end if;
  perform set_config('response.headers', json_build_array(json_build_object('X-Hint', case shape
    when 'header' then v
    when 'json in a header' then json_build_object('t', v)::text
    when 'url in a header' then 'https://example.test/?q=' || replace(replace(v, ' ', '%20'), ':', '%3A')
    else 'about ' || v end))::text, true);
  if shape = 'status and header' then perform set_config('response.status', '403', true); end if;
end $$;
grant execute on all functions in schema public to authenticated, service_role;
`

type Kind = 'leaks' | 'harmless'

/**
 * A matrix of one function: every shape with every source, once with a value of another person and once with the actor's own.
 */
function matrixOf(name: keyof typeof shapes, kind: Kind): string {
  const pick = kind === 'leaks' ? '$theirs.id' : '$own.id'
  const operations = shapes[name].flatMap((shape) =>
    sources
      .filter((source) => isLookedFor(shape, source))
      .map((source) => {
        const call = `{ shape: ${shape}, source: ${source}, doc: $theirs.id, pick: ${pick} }`
        return `  ${shape} of ${source}: { call: ${call}, reads: theirs }`
      }),
  )
  return `matrix: ${name} ${kind}
resource: { function: public.${name}, of: public.docs, key: [id] }
fixtures:
  own:    { table: public.docs, values: { owner_id: $actor.id, title: "own $unique", body: "own body $unique", meta: { note: "own note $unique" } } }
  theirs: { table: public.docs, values: { owner_id: $bob.id, title: "theirs $unique", body: "their body $unique", meta: { note: "their note $unique" } } }
operations:
${operations.join('\n')}
expect: { mallory: { "*": "deny(filtered, application)" }, bob: { "*": allow } }
`
}

/** Makes a workspace of functions that hide a value in their answers, and of harmless twins. */
export function leakyWorkspace(): string {
  const root = temporaryFolder()
  const kinds: readonly Kind[] = ['leaks', 'harmless']
  const matrices = (Object.keys(shapes) as (keyof typeof shapes)[]).flatMap((name) =>
    kinds.map((kind) => [`matrices/${name}-${kind}.matrix.yaml`, matrixOf(name, kind)] as const),
  )
  writeFiles(root, {
    'supabase/config.toml': '[api]\nschemas = ["public"]\n',
    'supabase/migrations/1_docs.sql': migration,
    'matrices/actors.yaml': 'actors:\n  bob:     { kind: authenticated }\n  mallory: { kind: authenticated }\n',
    ...Object.fromEntries(matrices),
  })
  return root
}
