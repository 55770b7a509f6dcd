-- Hole: the trigger that makes the first profile takes a privilege from the metadata that the user sends with the sign-up.
-- Found as:
--   lockout  users › visitor › sign up

create or replace function private.first_profile() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  insert into public.profiles (user_id, display_name, is_staff)
    values (
      new.id,
      coalesce(split_part(new.email, '@', 1), 'Guest'),
      coalesce((new.raw_user_meta_data ->> 'is_staff')::boolean, false)
    );
  return null;
end
$$;
