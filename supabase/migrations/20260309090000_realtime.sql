-- Realtime, on four kinds of topics:
--
--   organization:<id>          the room of an organization: its members listen, its owners and admins speak
--   organization:<id>:admins   the room of its owners and admins
--   presence:<id>              which members of an organization are there
--   user:<id>                  messages of the database to one user
--
-- Realtime checks these policies when a client joins, broadcasts or tracks, and keeps the result until a new token comes:
-- a member that is removed goes on receiving until then, at most until the token expires. The row that Realtime probes
-- with has a topic and an extension ('broadcast' or 'presence'), and neither event nor payload. Topics are compared whole: a
-- name that only begins like that of a room is another one.
create policy "anonymous users stay out" on realtime.messages
  as restrictive to authenticated using (not (select private.is_anonymous()));

create policy "members hear the room of their organization" on realtime.messages
  for select to authenticated
  using (
    extension = 'broadcast'
    and (select realtime.topic()) in (
      select 'organization:' || id from private.organizations_as('owner', 'admin', 'member') as id
    )
  );
create policy "owners and admins speak in the room" on realtime.messages
  for insert to authenticated
  with check (
    extension = 'broadcast'
    and (select realtime.topic()) in (
      select 'organization:' || id from private.organizations_as('owner', 'admin') as id
    )
  );

create policy "owners and admins hear their own room" on realtime.messages
  for select to authenticated
  using (
    extension = 'broadcast'
    and (select realtime.topic()) in (
      select 'organization:' || id || ':admins' from private.organizations_as('owner', 'admin') as id
    )
  );
create policy "owners and admins speak in their own room" on realtime.messages
  for insert to authenticated
  with check (
    extension = 'broadcast'
    and (select realtime.topic()) in (
      select 'organization:' || id || ':admins' from private.organizations_as('owner', 'admin') as id
    )
  );

-- Presence and nothing else: without the extension in its policies, this topic were a second room in which all members
-- speak.
create policy "members see who is there" on realtime.messages
  for select to authenticated
  using (
    extension = 'presence'
    and (select realtime.topic()) in (
      select 'presence:' || id from private.organizations_as('owner', 'admin', 'member') as id
    )
  );
create policy "members show that they are there" on realtime.messages
  for insert to authenticated
  with check (
    extension = 'presence'
    and (select realtime.topic()) in (
      select 'presence:' || id from private.organizations_as('owner', 'admin', 'member') as id
    )
  );

-- Only the database speaks here, so nobody may insert.
create policy "people hear what they are told" on realtime.messages
  for select to authenticated
  using (extension = 'broadcast' and (select realtime.topic()) = 'user:' || (select auth.uid()));

-- No policy is asked about a public channel, so there are none. A hosted project has a switch for that in its Realtime
-- settings, "Allow public access"; the sandbox has this one instead.
do $$
begin
  alter database postgres set trespass.realtime_private_only = on;
exception
  when insufficient_privilege then
    raise notice 'switch "Allow public access" off in the Realtime settings of the project';
end
$$;

-- Tells the owner of a document, in every tab and on every device, that it has changed. The message is kept for days,
-- whatever becomes of the document, so it says which one it is and not what it holds. Nobody may insert messages for
-- others: the function does it as its owner. It cannot stop the change, because realtime.send() raises nothing.
create function private.tell_owner() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
declare
  document public.documents;
begin
  if tg_op = 'DELETE' then
    document := old;
  else
    document := new;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'operation', tg_op,
      'record', jsonb_build_object('id', document.id, 'project_id', document.project_id, 'title', document.title)
    ),
    'document changed',
    'user:' || document.owner_id
  );
  return null;
end
$$;
revoke execute on function private.tell_owner() from public;
create trigger tell_owner after insert or update or delete on public.documents
  for each row execute function private.tell_owner();

-- Who subscribes to changes of projects is told of those that the policies of the table let them see, in the columns
-- that they may select. Of a removed project everybody is told who subscribes, by its id: there is no row left that a
-- policy could be asked about. So a key must not say anything, and no table with a telling one belongs in here.
alter publication supabase_realtime add table public.projects;
