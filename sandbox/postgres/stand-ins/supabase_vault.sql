-- Vault (github.com/supabase/vault). Nothing is encrypted: the text of a secret is kept where only the superuser reads it,
-- and vault.secrets shows a digest in its place.
create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
create unique index secrets_name_idx on vault.secrets (name) where name is not null;

create table vault._texts (
  id uuid primary key references vault.secrets on delete cascade,
  secret text not null
);

create view vault.decrypted_secrets as
  select s.id, s.name, s.description, s.secret, t.secret as decrypted_secret, s.key_id, s.nonce, s.created_at, s.updated_at
  from vault.secrets s join vault._texts t using (id);

create function vault._conceal(id uuid, secret text) returns text
  language sql immutable
  set search_path = ''
  return pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(id::text || secret, 'UTF8')), 'base64');

create function vault.create_secret(
  new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null
) returns uuid
  language plpgsql
  security definer
  set search_path = ''
  as $$
declare
  made constant uuid := gen_random_uuid();
begin
  insert into vault.secrets (id, name, description, secret, nonce)
    values (made, new_name, new_description, vault._conceal(made, new_secret), '\x');
  insert into vault._texts values (made, new_secret);
  return made;
end
$$;

create function vault.update_secret(
  secret_id uuid, new_secret text default null, new_name text default null, new_description text default null,
  new_key_id uuid default null
) returns void
  language plpgsql
  security definer
  set search_path = ''
  as $$
begin
  update vault.secrets s set
    secret = coalesce(vault._conceal(secret_id, new_secret), s.secret),
    name = coalesce(new_name, s.name),
    description = coalesce(new_description, s.description),
    updated_at = now()
  where s.id = secret_id;
  update vault._texts t set secret = new_secret where t.id = secret_id and new_secret is not null;
end
$$;

revoke all on all functions in schema vault from public;
grant usage on schema vault to postgres with grant option;
grant usage on schema vault to service_role;
grant select, delete, truncate, references on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
grant execute on function vault.create_secret, vault.update_secret to postgres with grant option;
grant execute on function vault.create_secret, vault.update_secret to service_role;
