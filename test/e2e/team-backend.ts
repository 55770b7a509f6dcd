import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServerClient } from '@supabase/ssr'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { UnopenedSocket } from '../../harness/paths/postgrest/unopened-socket.ts'
import { atEnd } from './support.ts'

/** How a backend reaches its project. */
interface Project {
  readonly url: string
  readonly publishableKey: string
  readonly secretKey: string
}

const options = { auth: { persistSession: false }, realtime: { transport: UnopenedSocket } }

/**
 * A team's own backend. Each sound route has a twin with one mistake: `/open-notes` and `/open-pages` ask with the secret
 * key for every caller, `/trusting-mine` reads the user from the cookie without having Auth verify the token.
 *
 * @returns its address
 */
export async function startBackend(project: Project): Promise<string> {
  const server = createServer((request, response) => {
    answer(project, request, response).catch((error: unknown) => reply(response, 500, { error: String(error) }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  atEnd(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the backend has no port')
  return `http://127.0.0.1:${address.port}`
}

async function answer(project: Project, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://backend')
  const [, route = '', id] = url.pathname.split('/')
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const { authorization } = request.headers
  const admin = createClient(project.url, project.secretKey, options)
  switch (route) {
    case 'notes':
    case 'open-notes': {
      if (authorization === undefined) return reply(response, 401, { error: 'sign in' })
      const global = { headers: { Authorization: authorization } }
      const own = createClient(project.url, project.publishableKey, { ...options, global })
      return await notes(route === 'notes' ? own : admin, request.method ?? 'GET', id, body, response)
    }
    case 'pages':
    case 'open-pages': {
      const client = browserClient(project, request)
      const { data } = await client.auth.getUser()
      if (data.user === null) return void response.writeHead(307, { location: '/login' }).end()
      const found = await (route === 'pages' ? client : admin).from('notes').select().eq('id', id)
      const titles = (found.data ?? []).map(({ title }) => `<li>${title}</li>`)
      return void response.writeHead(200, { 'content-type': 'text/html' }).end(`<ul>${titles.join('')}</ul>`)
    }
    case 'mine':
    case 'trusting-mine': {
      const { auth } = browserClient(project, request)
      const user =
        route === 'mine' ? (await auth.getUser()).data.user : ((await auth.getSession()).data.session?.user ?? null)
      if (user === null) return reply(response, 401, { error: 'sign in' })
      const found = await admin.from('notes').select().eq('owner_id', user.id)
      return reply(response, 200, { data: found.data })
    }
    default:
      return reply(response, 404, { error: 'no such route' })
  }
}

async function notes(
  client: SupabaseClient,
  method: string,
  id: string | undefined,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const table = client.from('notes')
  const { data, error } = await (method === 'PATCH'
    ? table.update(JSON.parse(body)).eq('id', id).select()
    : table.select().eq('id', id))
  if (error !== null) return reply(response, 400, { error })
  return data.length === 0 ? reply(response, 404, { error: 'no such note' }) : reply(response, 200, data[0])
}

/** The session of a request is in its cookies, as @supabase/ssr keeps it. */
function browserClient(project: Project, request: IncomingMessage) {
  const pairs = (request.headers.cookie ?? '').split('; ').filter((pair) => pair !== '')
  const all = pairs.map((pair) => ({
    name: pair.slice(0, pair.indexOf('=')),
    value: pair.slice(pair.indexOf('=') + 1),
  }))
  return createServerClient(project.url, project.publishableKey, {
    cookies: { getAll: () => all, setAll: () => undefined },
    realtime: { transport: UnopenedSocket },
  })
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
