import type { StandingSandbox } from './standing-sandbox.ts'

/** Inserts rows of other people into the small workspace's tables, some with the very values that its matrices use. */
export async function insertForeignRows({ variables, query }: StandingSandbox): Promise<void> {
  for (const name of ['erin', 'frank']) {
    const answer = await fetch(`${variables.TRESPASS_URL}/auth/v1/signup`, {
      method: 'POST',
      headers: { apikey: variables.TRESPASS_PUBLISHABLE_KEY ?? '', 'content-type': 'application/json' },
      body: JSON.stringify({ email: `${name}@example.com`, password: `a long password of ${name}` }),
    })
    if (!answer.ok) throw new Error(`${name} could not sign up: ${await answer.text()}`)
  }
  await query(`with shelf as (insert into public.shelves (name) values ('Top') returning id)
    insert into public.notes (owner_id, shelf_id, title)
    select users.id, shelf.id, title
    from auth.users, shelf, unnest(array['mine', 'theirs', 'renamed', 'new ']) as title`)
  await query(`insert into public.comments (note_id, author_id, body)
    select id, owner_id, body from public.notes, unnest(array['mine', 'theirs', 'new ']) as body`)
}
