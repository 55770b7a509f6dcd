-- Found by: a removed user loses access
-- Because: the user of editor is removed, and access by "read" has to end at once
-- Hole: nothing ties a membership to its user. The user is removed, the membership stays, and the token is valid for as
-- long as it says: nobody who checks it asks whether there is still such a user.

alter table public.memberships drop constraint memberships_user_id_fkey;
