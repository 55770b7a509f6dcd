-- Hole: visitors were granted the documents, and only row security stands between them. No row leaks yet.
grant select, insert, update, delete on public.documents to anon;
