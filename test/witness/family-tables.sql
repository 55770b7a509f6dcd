-- Tables that refer to each other in every way that can keep a row from going, and triggers that interfere.
create table public.parents (id int primary key, name text);
create table public.strict_children (id int primary key, parent_id int references public.parents on delete restrict);
create table public.plain_children (id int primary key, parent_id int references public.parents);
create table public.plain_grandchildren (child_id int references public.plain_children);
create table public.cascading_children (
  id int primary key, parent_id int not null references public.parents on delete cascade);
create table public.held_grandchildren (child_id int not null references public.cascading_children);
create table public.loose_children (id int primary key, parent_id int references public.parents on delete set null);
create table public.stuck_children (
  id int primary key, parent_id int not null references public.parents on delete set null);

create table public.hens (id int primary key, egg_id int);
create table public.eggs (id int primary key, hen_id int references public.hens);
alter table public.hens add foreign key (egg_id) references public.eggs;
create table public.nodes (id int primary key, parent_id int references public.nodes);

-- A trigger adds rows, with and without a cascade.
create table public.accounts (id int primary key);
create table public.account_log (
  id int generated always as identity primary key, account_id int references public.accounts);
create table public.account_profile (account_id int primary key references public.accounts on delete cascade);
create function public.on_account() returns trigger language plpgsql as $$
begin
  insert into public.account_log (account_id) values (new.id);
  insert into public.account_profile (account_id) values (new.id);
  return null;
end $$;
create trigger on_account after insert on public.accounts for each row execute function public.on_account();

-- Deleting a line writes another row that refers to the document.
create table public.papers (id int primary key);
create table public.lines (id int primary key, paper_id int references public.papers);
create table public.paper_history (paper_id int references public.papers);
create function public.on_line() returns trigger language plpgsql as $$
begin
  insert into public.paper_history values (old.paper_id);
  return null;
end $$;
create trigger on_line after delete on public.lines for each row execute function public.on_line();

-- Rows that cannot be deleted: put back, kept silently, kept with an error.
create table public.phoenixes (id int primary key);
create function public.rise() returns trigger language plpgsql as $$
begin
  insert into public.phoenixes values (old.id);
  return null;
end $$;
create trigger rise after delete on public.phoenixes for each row execute function public.rise();

create table public.kept (id int primary key, deleted_at timestamptz);
create function public.keep() returns trigger language plpgsql as $$
begin
  update public.kept set deleted_at = now() where id = old.id;
  return null;
end $$;
create trigger keep before delete on public.kept for each row execute function public.keep();

create table public.sealed (id int primary key, sealed boolean not null default false);
create function public.refuse() returns trigger language plpgsql as $$
begin
  if old.sealed then raise exception 'row % is sealed', old.id; end if;
  return old;
end $$;
create trigger refuse before delete on public.sealed for each row execute function public.refuse();

-- The last member may leave only together with the team.
create table public.teams (id int primary key);
create table public.members (id int primary key, team_id int not null references public.teams on delete cascade);
create function public.not_the_last() returns trigger language plpgsql as $$
begin
  if exists (select from public.teams where id = old.team_id)
    and not exists (select from public.members where team_id = old.team_id)
  then raise exception 'a team needs a member'; end if;
  return null;
end $$;
create trigger not_the_last after delete on public.members for each row execute function public.not_the_last();

create table public.user_notes (id int primary key, user_id uuid not null references auth.users);
create table public.user_profiles (id uuid primary key references auth.users on delete cascade);
create table public.profile_badges (profile_id uuid references public.user_profiles);
