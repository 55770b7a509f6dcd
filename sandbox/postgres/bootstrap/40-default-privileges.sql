-- The default privileges on new objects in public. The platform's first default was everything, for objects of
-- postgres as for those of supabase_admin; the next file has the privileges that were revoked in 2026.

alter default privileges for role postgres, supabase_admin in schema public
  grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role postgres, supabase_admin in schema public
  grant all on functions to postgres, anon, authenticated, service_role;
alter default privileges for role postgres, supabase_admin in schema public
  grant all on sequences to postgres, anon, authenticated, service_role;
