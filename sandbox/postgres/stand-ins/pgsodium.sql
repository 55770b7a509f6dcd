-- pgsodium (github.com/michelp/pgsodium) as older dumps leave it: roles, the table of keys, and key functions. Deterministic
-- encryption conceals the text by a fixed key and nothing else. Transparent column encryption is not done.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['pgsodium_keyiduser', 'pgsodium_keyholder', 'pgsodium_keymaker'] loop
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I nologin', role_name);
    end if;
    execute format('grant %I to postgres with admin option', role_name);
  end loop;
end
$$;

create type pgsodium.key_status as enum ('default', 'valid', 'invalid', 'expired');
create type pgsodium.key_type as enum (
  'aead-ietf', 'aead-det', 'hmacsha512', 'hmacsha256', 'auth', 'shorthash', 'generichash', 'kdf', 'secretbox',
  'secretstream', 'stream_xchacha20');

create sequence pgsodium.key_key_id_seq;
create table pgsodium.key (
  id uuid primary key default gen_random_uuid(),
  status pgsodium.key_status default 'valid',
  created timestamptz not null default current_timestamp,
  expires timestamptz,
  key_type pgsodium.key_type,
  key_id bigint default nextval('pgsodium.key_key_id_seq'),
  key_context bytea default '\x7067736f6469756d',
  name text unique,
  associated_data text default 'associated',
  raw_key bytea,
  raw_key_nonce bytea,
  parent_key uuid references pgsodium.key,
  comment text,
  user_data text
);
create view pgsodium.valid_key as
  select id, name, status, key_type, key_id, key_context, created, expires, associated_data
  from pgsodium.key
  where status in ('valid', 'default') and (expires is null or expires > now());

create function pgsodium.create_key(
  key_type pgsodium.key_type default 'aead-det', name text default null, raw_key bytea default null,
  raw_key_nonce bytea default null, parent_key uuid default null, key_context bytea default '\x7067736f6469756d',
  expires timestamptz default null, associated_data text default ''
) returns pgsodium.valid_key
  language sql security definer set search_path = ''
  as $$
    with made as (
      insert into pgsodium.key (key_type, name, key_context, expires, associated_data)
      values ($1, $2, $6, $7, $8) returning *)
    select id, name, status, key_type, key_id, key_context, created, expires, associated_data from made
  $$;
create function pgsodium.randombytes_buf(size integer) returns bytea
  language sql volatile as $$ select extensions.gen_random_bytes(size) $$;
create function pgsodium.crypto_aead_det_keygen() returns bytea
  language sql volatile as $$ select extensions.gen_random_bytes(32) $$;
create function pgsodium.crypto_aead_det_noncegen() returns bytea
  language sql volatile as $$ select extensions.gen_random_bytes(16) $$;
create function pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea default null)
  returns bytea
  language sql immutable security definer
  as $$ select extensions.encrypt(message, uuid_send(key_uuid), 'aes') $$;
create function pgsodium.crypto_aead_det_decrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea default null)
  returns bytea
  language sql immutable security definer
  as $$ select extensions.decrypt(message, uuid_send(key_uuid), 'aes') $$;

grant usage on schema pgsodium to pgsodium_keyiduser, service_role;
grant select on pgsodium.valid_key to pgsodium_keyiduser;
grant all on pgsodium.key to pgsodium_keymaker;
grant execute on all functions in schema pgsodium to pgsodium_keyiduser, pgsodium_keymaker;
revoke execute on all functions in schema pgsodium from public;
grant execute on function pgsodium.crypto_aead_det_encrypt, pgsodium.crypto_aead_det_decrypt,
  pgsodium.crypto_aead_det_keygen to service_role;
grant all on sequence pgsodium.key_key_id_seq to postgres;
