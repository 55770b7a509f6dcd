import { temporaryFolder, writeFiles } from './support.ts'

/**
 * A workspace of buckets: one with folders that belong to users, one that is public, one for uploads that no user can read, one
 * for members, and one for small pictures only.
 */
export const storageFiles = {
  'supabase/config.toml': '[auth]\nenable_anonymous_sign_ins = true\n',
  'supabase/migrations/1_buckets.sql': `insert into storage.buckets (id, name, public) values
  ('documents', 'documents', false), ('avatars', 'avatars', true), ('inbox', 'inbox', false), ('members', 'members', false),
  ('archive', 'archive', false), ('drafts', 'drafts', false), ('shared', 'shared', false);
insert into storage.buckets (id, name, file_size_limit, allowed_mime_types)
  values ('pictures', 'pictures', 32, '{image/png}');

create function public.is_folder_of_caller(name text) returns boolean language sql stable set search_path = ''
  as $$ select (storage.foldername(name))[1] = (select auth.uid())::text $$;

create policy "owners look" on storage.objects for select to authenticated
  using (bucket_id in ('documents', 'archive', 'pictures') and public.is_folder_of_caller(name));
create policy "owners put" on storage.objects for insert to authenticated
  with check (bucket_id in ('documents', 'archive', 'avatars', 'inbox', 'pictures') and public.is_folder_of_caller(name));
create policy "everything is shared" on storage.objects to authenticated using (bucket_id = 'shared');
create policy "folders are not checked" on storage.objects for insert to authenticated with check (bucket_id = 'drafts');
create policy "owners change" on storage.objects for update to authenticated
  using (bucket_id in ('documents', 'archive', 'avatars', 'inbox') and public.is_folder_of_caller(name));
create policy "owners remove" on storage.objects for delete to authenticated
  using (bucket_id = 'documents' and public.is_folder_of_caller(name));

create table public.memberships (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users);
alter table public.memberships enable row level security;
grant select, insert, delete on public.memberships to service_role, authenticated;
create policy "own membership" on public.memberships for select to authenticated using (user_id = (select auth.uid()));
create policy "members look" on storage.objects for select to authenticated
  using (bucket_id = 'members' and exists (select from public.memberships
    where user_id = (select auth.uid()) and id::text = (storage.foldername(name))[1]));

-- Unlogged, so that the run does not see its own traces here and sweep them: the test reads them afterwards.
create unlogged table public.uploads (name text, owner_id text);
create function public.note_upload() returns trigger language plpgsql security definer set search_path = ''
  as $$ begin insert into public.uploads values (new.name, new.owner_id); return null; end $$;
create trigger note_upload after insert on storage.objects for each row
  when (new.bucket_id not in ('drafts', 'shared')) execute function public.note_upload();

create policy "everyone knows documents" on storage.buckets for select to authenticated
  using (id = 'documents' or id like (select auth.uid())::text || '%');
create policy "own buckets" on storage.buckets for insert to authenticated
  with check (id like (select auth.uid())::text || '%');
create policy "own buckets change" on storage.buckets for update to authenticated
  using (id like (select auth.uid())::text || '%');
create policy "own buckets go" on storage.buckets for delete to authenticated
  using (id like (select auth.uid())::text || '%');
`,
  'matrices/actors.yaml': `actors:
  visitor: { kind: anon }
  alice:   { kind: authenticated }
  bob:     { kind: authenticated }
  expired: { kind: authenticated, as: alice, token: expired }
`,
  'matrices/documents.matrix.yaml': `matrix: documents
resource: { bucket: documents }
invariants:
  DOC-1: A folder is its user's alone.
fixtures:
  own:    { name: "$actor.id/own-$unique.txt", content: mine }
  second: { name: "$actor.id/second-$unique.txt", content: "data:application/octet-stream;base64,/wA=" }
  theirs: { name: "$bob.id/theirs-$unique.txt", content: theirs, content_type: text/markdown }
operations:
  upload:           { upload: { name: "$actor.id/new-$unique.txt", content: new, content_type: text/csv, metadata: { a: 1 } } }
  forge owner:      { upload: { name: "$actor.id/forged-$unique.txt", metadata: { owner: $bob.id, owner_id: $bob.id }, owner: $actor.id } }
  upload for bob:   { upload: { name: "$bob.id/new-$unique.txt", content: new }, proves: [DOC-1] }
  overwrite own:    { overwrite: own, content: changed, cache_control: "max-age=60" }
  overwrite theirs: { overwrite: theirs, content: defaced, proves: [DOC-1] }
  upsert own:       { upsert: own, content: changed }
  upsert new:       { upsert: { name: "$actor.id/upserted-$unique.txt", content: new } }
  upsert theirs:    { upsert: theirs, content: defaced, proves: [DOC-1] }
  read own:         { download: own }
  read bytes:       { download: second }
  read theirs:      { download: theirs, proves: [DOC-1] }
  public own:       { public: own }
  info own:         { info: own }
  info theirs:      { info: theirs, proves: [DOC-1] }
  own is there:     { exists: own }
  theirs is there:  { exists: theirs, proves: [DOC-1] }
  list own:         { list: [own, second] }
  list theirs:      { list: theirs, proves: [DOC-1] }
  list all:         { list: "*", version: 2 }
  list by prefix:   { list: "*", prefix: "$bob.id" }
  move own:         { move: own, to: "$actor.id/moved-$unique.txt" }
  move theirs:      { move: theirs, to: "$actor.id/stolen-$unique.txt", proves: [DOC-1] }
  move away:        { move: own, to: "$bob.id/planted-$unique.txt", proves: [DOC-1] }
  move to archive:  { move: own, to: "$actor.id/kept-$unique.txt", to_bucket: archive }
  move to inbox:    { move: own, to: "$actor.id/sent-$unique.txt", to_bucket: inbox }
  copy own:         { copy: own, to: "$actor.id/copy-$unique.txt" }
  copy theirs:      { copy: theirs, to: "$actor.id/copy-$unique.txt", proves: [DOC-1] }
  copy to inbox:    { copy: own, to: "$actor.id/sent-$unique.txt", to_bucket: inbox }
  copy over theirs: { copy: own, to: $theirs.name, replace: true, proves: [DOC-1] }
  remove own:       { remove: own }
  remove theirs:    { remove: theirs, proves: [DOC-1] }
  remove both:      { remove: [own, theirs], proves: [DOC-1] }
  delete own:       { delete: own }
  delete theirs:    { delete: theirs, proves: [DOC-1] }
  sign own:         { sign: own, seconds: 60 }
  sign theirs:      { sign: theirs, seconds: 60, proves: [DOC-1] }
  sign many:        { sign_many: "*", seconds: 60 }
  sign upload:      { sign_upload: { name: "$actor.id/signed-$unique.txt", content: new } }
  sign for bob:     { sign_upload: { name: "$bob.id/signed-$unique.txt", content: new }, proves: [DOC-1] }
  put again:        { upload: { name: $own.name, content: again } }
expect:
  visitor:
    upload, forge owner, overwrite own, upsert own, upsert new, sign upload: deny(rls)
    upload for bob, overwrite theirs, upsert theirs, sign for bob: deny(rls)
    public own: deny(hidden)
    delete own, delete theirs: deny(rls)
    move to inbox, put again: n/a
    "*": deny(filtered)
  expired:
    public own: deny(hidden)
    read own, read bytes, read theirs, own is there, theirs is there, info own, info theirs: deny
    move to inbox, put again: n/a
    "*": deny(unauthenticated)
  alice:
    upload, forge owner, overwrite own, upsert own, upsert new, read own, read bytes, info own, own is there, list own: allow
    list all, sign many: { allow: { exactly: [own, second] } }
    list by prefix: deny(filtered)
    move own, move to archive, copy own, remove own, delete own, sign own, sign upload: allow
    copy to inbox: allow
    move to inbox: n/a
    public own: deny(hidden)
    put again: deny(constraint)
    upload for bob, overwrite theirs, upsert theirs, move away, copy over theirs, sign for bob: deny(rls)
    delete theirs: deny(rls)
    remove both: n/a
    "*": deny(filtered)
  bob:
    public own: deny(hidden)
    put again: deny(constraint)
    list by prefix: { allow: { exactly: [own, theirs, second] } }
    move to inbox: n/a
    "*": allow
`,
  'matrices/resumable.matrix.yaml': `matrix: resumable
resource: { bucket: documents }
fixtures:
  own:    { name: "$actor.id/own-$unique.txt", content: mine }
  theirs: { name: "$bob.id/theirs-$unique.txt", content: theirs }
operations:
  put own:       { upload: { name: "$actor.id/a-$unique.txt", content: new, metadata: { a: 1 }, owner: $actor.id }, via: tus }
  put nothing:   { upload: { name: "$actor.id/b-$unique.txt" }, via: tus }
  put theirs:    { upload: { name: "$bob.id/c-$unique.txt", content: new }, via: tus }
  replace own:   { upsert: own, content: changed, via: tus }
  put on own:    { upload: { name: $own.name, content: changed }, via: tus }
  put over own:  { upsert: { name: $own.name, content: changed }, via: tus }
  overwrite:     { upsert: theirs, content: changed, via: tus }
  go on:         { upload: { name: "$bob.id/d-$unique.txt", content: halves }, via: tus, begun_by: bob }
  by dots:       { upload: { name: "$actor.id/%2e%2e/$bob.id/e-$unique", content: x }, via: tus }
expect:
  visitor:
    put on own, put over own, put nothing, by dots: n/a
    "*": deny(rls)
  expired:
    put on own, put over own, put nothing, by dots: n/a
    "*": deny(unauthenticated)
  alice:
    put own, put nothing, replace own: allow
    put on own: deny(constraint)
    put over own: n/a
    by dots: deny(rls, limit)
    "*": deny(rls)
  bob:
    put on own: deny(constraint)
    put over own, by dots: n/a
    "*": allow
`,
  'matrices/resumable-open.matrix.yaml': `matrix: resumable_open
resource: { bucket: drafts }
operations:
  put own:    { upload: { name: "$actor.id/a-$unique.txt", content: new }, via: tus }
  put theirs: { upload: { name: "$bob.id/b-$unique.txt", content: new }, via: tus }
  go on:      { upload: { name: "$bob.id/c-$unique.txt", content: halves }, via: tus, begun_by: bob }
expect:
  visitor, expired: { "*": n/a }
  alice: { put own: allow, "*": deny(rls) }
  bob: { "*": allow }
`,
  'matrices/names.matrix.yaml': `matrix: names
resource: { bucket: documents }
invariants:
  NAME-1: No spelling of a name reaches another's folder.
fixtures:
  own:    { name: "$actor.id/own-$unique.txt", content: mine }
  theirs: { name: "$bob.id/theirs-$unique.txt", content: theirs }
operations:
  up by dots:          { upload: { name: "$actor.id/../$bob.id/a-$unique", content: x }, proves: [NAME-1] }
  up by encoded dots:  { upload: { name: "$actor.id/%2e%2e/$bob.id/b-$unique", content: x }, proves: [NAME-1] }
  up by encoded slash: { upload: { name: "$actor.id%2f..%2f$bob.id%2fc-$unique", content: x }, proves: [NAME-1] }
  encoded twice:       { upload: { name: "$bob.id%252fd-$unique", content: x }, proves: [NAME-1] }
  leading slash:       { upload: { name: "/$bob.id/e-$unique", content: x }, proves: [NAME-1] }
  empty segment:       { upload: { name: "$bob.id//f-$unique", content: x }, proves: [NAME-1] }
  empty and own:       { upload: { name: "$actor.id//g-$unique", content: x } }
  backslash:           { upload: { name: "$actor.id\\\\..\\\\$bob.id\\\\h-$unique", content: x }, proves: [NAME-1] }
  unicode:             { upload: { name: "$actor.id/ä-$unique", content: x } }
  trailing dot:        { upload: { name: "$actor.id/i-$unique.", content: x } }
  spaces and signs:    { upload: { name: "$actor.id/j (1)!*'&$$=@;:+,?-$unique", content: x } }
  1024 characters:     { upload: { name: "$actor.id/${'k'.repeat(974)}-$unique", content: x } }
  move by dots:        { move: own, to: "$actor.id/../$bob.id/l-$unique", proves: [NAME-1] }
  copy by slash:       { copy: theirs, to: "/$actor.id/m-$unique", proves: [NAME-1] }
  sign by dots:        { sign_upload: { name: "$actor.id/%2e%2e/$bob.id/n-$unique", content: x }, proves: [NAME-1] }
expect:
  visitor, expired, bob: { "*": n/a }
  alice:
    up by dots, up by encoded dots, up by encoded slash, sign by dots: deny(limit, rls)
    encoded twice, backslash, unicode, move by dots: deny(limit)
    leading slash, empty segment: deny(rls, limit)
    copy by slash: deny(filtered, limit)
    empty and own, trailing dot, spaces and signs, 1024 characters: allow
`,
  'matrices/avatars.matrix.yaml': `matrix: avatars
resource: { bucket: avatars }
fixtures:
  theirs: { name: "$bob.id/face-$unique.png", content: "data:application/octet-stream;base64,iVBORw==", content_type: image/png }
operations:
  download:   { download: theirs }
  by URL:     { public: theirs }
  info:       { info: theirs }
  list:       { list: theirs }
  overwrite:  { overwrite: theirs, content: defaced }
  upload:     { upload: { name: "$bob.id/new-$unique.png", content: face } }
  upsert:     { upsert: { name: "$bob.id/new-$unique.png", content: face } }
  remove:     { remove: theirs }
expect:
  visitor, alice: { download: allow, by URL: allow, info: allow, list: deny(filtered), remove: deny(filtered), "*": deny(rls) }
  expired: { by URL: allow, "*": n/a }
  bob: { download: allow, by URL: allow, info: allow, upload: allow, remove: deny(filtered), list: deny(filtered), "*": deny(rls) }
`,
  'matrices/pictures.matrix.yaml': `matrix: pictures
resource: { bucket: pictures }
fixtures:
  fitting: { name: "$actor.id/fitting-$unique.png", content: small, content_type: image/png }
operations:
  fits:       { upload: { name: "$actor.id/a-$unique.png", content: small, content_type: image/png } }
  too large:  { upload: { name: "$actor.id/b-$unique.png", content: "${'large '.repeat(9)}", content_type: image/png } }
  wrong type: { upload: { name: "$actor.id/c-$unique.png", content: small, content_type: text/html } }
  grow:       { overwrite: fitting, content: "${'large '.repeat(9)}", content_type: image/png }
expect:
  visitor, expired: { "*": n/a }
  "*": { fits: allow, "*": deny(limit) }
`,
  'matrices/members.matrix.yaml': `matrix: members
resource: { bucket: members }
invariants:
  MEM-1: Who leaves loses access within seconds, also through URLs that were signed before.
fixtures:
  membership: { table: public.memberships, values: { user_id: $actor.id } }
  paper:      { name: "$membership.id/paper.txt", content: paper }
operations:
  read:            { download: paper, after: { remove: membership }, watch: 1, proves: [MEM-1] }
  short URL:       { sign: paper, seconds: 3, after: { remove: membership }, watch: 6, proves: [MEM-1] }
  long URL:        { sign: paper, seconds: 600, after: { remove: membership }, watch: 2, proves: [MEM-1] }
  URL of the gone: { sign: paper, seconds: 600, after: { remove: paper }, watch: 2 }
expect:
  visitor, expired, bob: { "*": n/a }
  alice:
    read: { allow: { ends_within: 1 } }
    short URL: { allow: { ends_within: 4 } }
    long URL: { allow: { ends_within: 1 } }
    URL of the gone: { allow: { ends_within: 1 } }
`,
  'matrices/buckets.matrix.yaml': `matrix: buckets
resource: { bucket: "*" }
fixtures:
  own:    { id: "$actor.id-own-$unique", public: false }
  full:   { id: "$actor.id-full-$unique", file_size_limit: 1000 }
  inside: { table: storage.objects, values: { bucket_id: $full.id, name: a.txt, content: x } }
  theirs: { id: "$bob.id-theirs-$unique" }
operations:
  create:         { create_bucket: { id: "$actor.id-new-$unique", public: true, allowed_mime_types: [image/png] } }
  create for bob: { create_bucket: { id: "$bob.id-new-$unique" } }
  get:            { get_bucket: own }
  get theirs:     { get_bucket: theirs }
  list:           { list_buckets: "*", others: allow } # everyone knows the bucket of documents
  update:         { update_bucket: own, set: { public: true, file_size_limit: 10 } }
  update theirs:  { update_bucket: theirs, set: { public: true } }
  empty:          { empty_bucket: full, objects: [inside] }
  delete:         { delete_bucket: own }
  delete theirs:  { delete_bucket: theirs }
  delete full:    { delete_bucket: full }
  put inside:     { upload: { bucket: $full.id, name: b.txt, content: x } }
expect:
  visitor:
    create, create for bob, put inside: deny(rls)
    empty: deny(grant)
    delete full: deny(constraint)
    "*": deny(filtered)
  expired: { "*": n/a }
  alice:
    create, get, update, delete: allow
    list: { allow: { exactly: [own, full] } }
    create for bob, put inside: deny(rls)
    empty: deny(grant)
    delete full: deny(constraint)
    "*": deny(filtered)
  bob:
    create, create for bob, get, get theirs, list, update, update theirs, delete, delete theirs: allow
    put inside: deny(rls)
    empty: deny(grant)
    delete full: deny(constraint)
`,
} as const

/** Matrices of the S3 endpoint and of images, which need the legacy anon key of their target. */
export const s3Files = {
  'matrices/s3.matrix.yaml': `matrix: s3
resource: { bucket: documents }
fixtures:
  own:    { name: "$actor.id/own-$unique.txt", content: mine, content_type: text/plain }
  theirs: { name: "$bob.id/th eirs-$unique.txt", content: theirs, content_type: text/plain }
operations:
  put own:       { upsert: { name: "$actor.id/a (1)-$unique.txt", content: new, metadata: { a: b } }, via: s3 }
  put theirs:    { upsert: { name: "$bob.id/b-$unique.txt", content: new }, via: s3 }
  by dots:       { upsert: { name: "$actor.id/../$bob.id/c-$unique", content: x }, via: s3 }
  replace own:   { upsert: own, content: changed, via: s3 }
  overwrite:     { upsert: theirs, content: changed, via: s3 }
  parts own:     { upsert: { name: "$actor.id/d-$unique.txt", content: new }, via: s3-parts }
  parts theirs:  { upsert: { name: "$bob.id/e-$unique.txt", content: new }, via: s3-parts }
  read own:      { download: own, via: s3 }
  read theirs:   { download: theirs, via: s3 }
  own there:     { exists: own, via: s3 }
  theirs there:  { exists: theirs, via: s3 }
  list all:      { list: "*", via: s3 }
  copy own:      { copy: own, to: "$actor.id/f-$unique.txt", via: s3 }
  copy theirs:   { copy: theirs, to: "$actor.id/g-$unique.txt", via: s3 }
  copy to bob:   { copy: own, to: "$bob.id/h-$unique.txt", via: s3 }
  delete own:    { delete: own, via: s3 }
  delete theirs: { delete: theirs, via: s3 }
  remove both:   { remove: [own, theirs], via: s3 }
  remove theirs: { remove: theirs, via: s3 }
  image own:     { download: own, via: image }
  image theirs:  { download: theirs, via: image }
  image by URL:  { public: theirs, via: image }
  sign own:      { sign: own, seconds: 60, via: image }
  sign theirs:   { sign: theirs, seconds: 60, via: image }
expect:
  visitor:
    put own, replace own, parts own, by dots, copy own, copy to bob, remove both, image own, sign own: n/a
    put theirs, overwrite, parts theirs: deny(rls)
    delete own, delete theirs: deny(rls)
    image by URL: deny(hidden)
    "*": deny(filtered)
  expired:
    put own, replace own, parts own, by dots, copy own, copy to bob, remove both, image own, sign own: n/a
    image by URL: deny(hidden)
    "*": deny(unauthenticated)
  alice:
    put own, replace own, parts own, read own, own there, copy own, delete own, image own, sign own: allow
    list all: { allow: { exactly: [own] } }
    put theirs, overwrite, parts theirs, copy to bob, delete theirs: deny(rls)
    by dots: deny(rls, limit)
    image by URL: deny(hidden)
    remove both: n/a
    "*": deny(filtered)
  bob:
    by dots: n/a
    image by URL: deny(hidden)
    "*": allow
`,
  'matrices/s3-open.matrix.yaml': `matrix: s3_open
resource: { bucket: shared }
fixtures:
  theirs: { name: "$bob.id/theirs-$unique.txt", content: theirs, content_type: text/plain }
operations:
  read theirs:   { download: theirs, via: s3 }
  theirs there:  { exists: theirs, via: s3 }
  list all:      { list: "*", via: s3 }
  put theirs:    { upsert: { name: "$bob.id/a-$unique.txt", content: new }, via: s3 }
  parts theirs:  { upsert: { name: "$bob.id/b-$unique.txt", content: new }, via: s3-parts }
  overwrite:     { upsert: theirs, content: changed, via: s3 }
  copy theirs:   { copy: theirs, to: "$actor.id/c-$unique.txt", via: s3 }
  delete theirs: { delete: theirs, via: s3 }
  remove theirs: { remove: theirs, via: s3 }
  image theirs:  { download: theirs, via: image }
  sign theirs:   { sign: theirs, seconds: 60, via: image }
expect:
  visitor, expired: { "*": n/a }
  alice: { "*": deny }
  bob: { "*": allow }
`,
} as const

/** Makes the workspace of buckets. @param changed files that differ; an empty text leaves a file out. */
export function storageWorkspace(changed: Readonly<Record<string, string>> = {}): string {
  const root = temporaryFolder()
  const all: Readonly<Record<string, string>> = { ...storageFiles, ...changed }
  writeFiles(root, Object.fromEntries(Object.entries(all).filter(([, text]) => text !== '')))
  return root
}
