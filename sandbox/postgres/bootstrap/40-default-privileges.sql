-- What new objects in public are granted by themselves. The platform's first default was everything, for objects of
-- postgres as for those of supabase_admin; see the next file for what was taken back in 2026.

alter default privileges for role postgres, supabase_admin in schema public
  grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role postgres, supabase_admin in schema public
  grant all on functions to postgres, anon, authenticated, service_role;
alter default privileges for role postgres, supabase_admin in schema public
  grant all on sequences to postgres, anon, authenticated, service_role;
