-- Left out with the old default grants. The same SQL as the platform and the Supabase CLI run since 2026
-- (supabase.com/changelog/45329): TRUNCATE, REFERENCES, TRIGGER and MAINTAIN on tables stay granted, and functions stay
-- executable by PUBLIC, because that is PostgreSQL's own default and not one of this schema.

alter default privileges for role postgres in schema public
  revoke select, insert, update, delete on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke usage, select on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke execute on functions from anon, authenticated, service_role;
