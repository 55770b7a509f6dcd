/** Reads a note: as the caller, or with the secret key for every caller. */
function noteFunction(authorization: string): string {
  return `const project = Deno.env.get('SUPABASE_URL')
Deno.serve(async (request) => {
  const { id, title } = await request.json()
  const headers = {
    apikey: Deno.env.get('SUPABASE_ANON_KEY') ?? '',
    authorization: ${authorization},
    'content-type': 'application/json',
    prefer: 'return=representation',
  }
  const change = title === undefined ? {} : { method: 'PATCH', body: JSON.stringify({ title }) }
  const answer = await fetch(\`\${project}/rest/v1/notes?id=eq.\${id}\`, { headers, ...change })
  const rows = await answer.json()
  if (!answer.ok) return Response.json({ error: rows }, { status: 400 })
  return rows.length === 0 ? Response.json({ error: 'no such note' }, { status: 404 }) : Response.json(rows[0])
})
`
}

/** What an event of a payment provider books, once or each time it comes. */
const book = `async function book(event, name) {
  const headers = { apikey: key, authorization: \`Bearer \${key}\`, 'content-type': 'application/json' }
  const body = JSON.stringify({ event: event.id, account: event.account, cents: event.cents })
  const answer = await fetch(\`\${Deno.env.get('SUPABASE_URL')}/rest/v1/rpc/\${name}\`, { method: 'POST', headers, body })
  return new Response(null, { status: answer.ok ? 200 : 500 })
}
const key = Deno.env.get('SUPABASE_SERVICE_ROLE_KEY') ?? ''
`

/** The Edge Functions of a team: each sound one with a twin that has the mistake which its name says. */
export const functionFiles = {
  'supabase/functions/.env': 'EVENTS_SECRET=known-to-the-provider\n',
  'supabase/functions/_shared/book.ts': `${book.replace('async function', 'export async function')}`,
  'supabase/functions/note/index.ts': noteFunction("request.headers.get('authorization') ?? ''"),
  'supabase/functions/note-secret-key/index.ts': noteFunction("'Bearer ' + Deno.env.get('SUPABASE_SERVICE_ROLE_KEY')"),
  'supabase/functions/events/deno.json': '{ "imports": { "book": "../_shared/book.ts" } }\n',
  'supabase/functions/events/index.ts': `import { book } from 'book'
const encoder = new TextEncoder()
const key = await crypto.subtle.importKey(
  'raw', encoder.encode(Deno.env.get('EVENTS_SECRET')), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'],
)
async function isSigned(header, body) {
  const [, time = '', digest = ''] = /^t=(\\d+),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? []
  const bytes = Uint8Array.from(digest.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const isFresh = Math.abs(Date.now() / 1000 - Number(time)) < 300
  return isFresh && (await crypto.subtle.verify('HMAC', key, bytes, encoder.encode(\`\${time}.\${body}\`)))
}
export default {
  async fetch(request) {
    const body = await request.text()
    if (!(await isSigned(request.headers.get('stripe-signature'), body))) return new Response('no', { status: 401 })
    return await book(JSON.parse(body), 'book_once')
  },
}
`,
  'supabase/functions/events-unsigned-twice/index.ts': `import { book } from '../_shared/book.ts'
Deno.serve(async (request) => await book(await request.json(), 'book_each_time'))
`,
} as const

export const functionConfig = `
[functions.events]
verify_jwt = false
[functions.events-unsigned-twice]
verify_jwt = false
[functions.version]
verify_jwt = false
`
