-- Found by: a removed user loses access
-- Because: the user of editor is removed, and access by "read" has to end at once
-- Hole: nothing ties a membership to its user. The user is removed, the membership stays, and the token is valid until
-- it expires: its verification does not check whether the user still exists.

alter table public.memberships drop constraint memberships_user_id_fkey;
