import type { JWTPayload } from 'jose'
import { z } from 'zod'
import { mint } from '../actors/minting.ts'
import type { Endpoint, PrivilegedSession } from '../model/session.ts'
import type { Minting } from '../model/target.ts'
import { keyFacts } from '../workspace/project-ref.ts'
import type { Facts, KeyReport } from './model.ts'
import { describeTrouble, type Reply, request } from './request.ts'

const messageSchema = z.object({ message: z.string() })

/** @returns the report on the publishable key, from Auth's response to it. */
export function publishableReport(key: string, health: Reply): KeyReport {
  return reportOf(key, health)
}

/** Requests one user from Auth, which only a secret key may; nothing of the response is kept. */
export async function probeSecretKey({ url, secretKey }: PrivilegedSession): Promise<KeyReport> {
  const headers = { apikey: secretKey, authorization: `Bearer ${secretKey}` }
  return reportOf(secretKey, await request(url, '/auth/v1/admin/users?page=1&per_page=1', headers))
}

function reportOf(key: string, reply: Reply): KeyReport {
  const facts = keyFacts(key)
  const form = facts.kind === 'publishable' || facts.kind === 'secret' ? facts.kind : 'legacy'
  if (reply.status === 200) return { form, accepted: true, why: null }
  const said = messageSchema.safeParse(reply.json)
  const refused = reply.status === 401 || reply.status === 403
  const why = refused && said.success ? said.data.message : describeTrouble(reply)
  return { form, accepted: refused ? false : null, why }
}

/** Requests a missing table from the Data API with a token that has no user: PostgREST checks the signature first. */
export async function probeMinting(
  { url, publishableKey }: Endpoint,
  minting: Minting | null,
  now: number,
): Promise<Facts['minting']> {
  if (minting === null) return 'none'
  const seconds = Math.floor(now / 1000)
  const claims: JWTPayload = {
    aud: 'authenticated',
    role: 'authenticated',
    sub: crypto.randomUUID(),
    iat: seconds - 60,
    exp: seconds + 300,
  }
  const headers = { apikey: publishableKey, authorization: `Bearer ${await mint(claims, minting)}` }
  const { status } = await request(url, '/rest/v1/trespass_no_such_table', headers)
  if (status === 404) return 'accepted'
  return status === 401 ? 'refused' : 'unknown'
}
