-- pg_repack (github.com/reorg/pg_repack): its schema. The program that uses it is not part of a project.
create schema repack;
create function repack.version() returns text
  language sql as $$ select 'pg_repack 1.5.2'::text $$;
