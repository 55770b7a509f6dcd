-- What the Data API can show of a small library: random and counted keys, children that block and that cascade.
create table public.shelves (id uuid primary key default gen_random_uuid(), name text not null, tags text[], doc jsonb);
create table public.books (
  id bigint generated always as identity primary key, shelf_id uuid references public.shelves, title text not null,
  price numeric(8, 2), big bigint, loud text generated always as (upper(title)) stored);
create table public.pages (id int primary key, book_id bigint not null references public.books on delete cascade);
create table public.marks (id int primary key, page_id int not null references public.pages);
create table public.pairs (a int, b text, primary key (a, b));
create table public.loose (a int, note text);
create table public.profiles (id uuid primary key references auth.users, name text);
create table public.withheld (id int primary key);
revoke all on public.withheld from service_role;
create view public.titles as select id, title from public.books;
create function public.add_up(x int, y int default 1) returns int language sql as 'select x + y';
alter table public.shelves enable row level security;
