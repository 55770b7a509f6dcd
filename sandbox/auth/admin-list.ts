import type { Call } from './call.ts'
import { invalid, json } from './errors.ts'
import { userJson } from './user-json.ts'
import { audience, listUsers } from './users.ts'

/**
 * `GET /admin/users?page=&per_page=&filter=&sort=`: newest first, 50 a page. `X-Total-Count` and `Link` give the number of
 * users and pages. As in GoTrue the users of a list carry neither identities nor factors.
 *
 * @throws AuthError 400 `validation_failed`
 */
export async function getUsers(call: Call): Promise<Response> {
  const page = count(call.query.get('page'), 1)
  const perPage = count(call.query.get('per_page'), 50)
  const filter = call.query.get('filter') ?? ''
  const ascending = sortsAscending(call.query.get('sort'))
  const { users, total } = await listUsers(call.database, { page, perPage, filter, ascending })
  call.headers.set('x-total-count', String(total))
  call.headers.set('link', links(call, page, Math.ceil(total / perPage)))
  const listed = users.map((user) => ({ ...userJson({ ...user, factors: [] }), identities: null }))
  return json(200, { users: listed, aud: audience }, call.headers)
}

function count(written: string | null, otherwise: number): number {
  if (written === null || written === '') return otherwise
  if (/^\d{1,15}$/.test(written)) return Math.max(1, Number(written))
  const reason = `strconv.ParseUint: parsing ${JSON.stringify(written)}: invalid syntax`
  throw invalid(`Bad Pagination Parameters: ${reason}`)
}

function sortsAscending(written: string | null): boolean {
  if (written === null) return false
  const [field = '', direction = 'desc'] = written.split(' ')
  if (field !== 'created_at') throw invalid(`Bad Sort Parameters: bad field for sort '${field}'`)
  if (direction.toLowerCase() === 'asc') return true
  if (direction.toLowerCase() === 'desc') return false
  throw invalid(`Bad Sort Parameters: bad direction for sort '${direction}', only 'asc' and 'desc' allowed`)
}

/** supabase-js reads the number behind the first `=` of each link, so `page` comes first. */
function links(call: Call, page: number, pages: number): string {
  const rest = [...call.query].filter(([name]) => name !== 'page')
  const link = (to: number, relation: string) => {
    const query = new URLSearchParams([['page', String(to)], ...rest])
    return `</admin/users?${query}>; rel="${relation}"`
  }
  return [...(pages > page ? [link(page + 1, 'next')] : []), link(pages, 'last')].join(', ')
}
