import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { TrespassError } from '../errors.ts'
import type { PrivilegedSession } from '../model/session.ts'
import { connected } from './session.ts'

/** Milliseconds within which the Data API has to reload the schema. */
const deadline = 20_000
const interval = 10

/**
 * Waits until the Data API uses the current schema. It caches the schema and reloads it on notification: once it finds a
 * function that was created last, its cache includes every earlier change. PostgREST answers 404 to an unknown function
 * (https://docs.postgrest.org/en/v12/references/schema_cache.html).
 *
 * @throws TrespassError `schema-cache-stale`
 */
export async function awaitSchemaCache(databaseUrl: string, privileged: PrivilegedSession): Promise<void> {
  const name = `trespass_fence_${randomBytes(4).toString('hex')}`
  const client = await connected(databaseUrl, { application_name: 'trespass-fence' })
  try {
    await client.query(`
      create function public.${name}() returns void language sql as '';
      grant execute on function public.${name} to service_role;
      notify pgrst, 'reload schema'`)
    await untilKnown(name, privileged)
  } finally {
    await client.query(`drop function if exists public.${name}`).finally(() => client.end())
  }
}

async function untilKnown(name: string, { url, secretKey }: PrivilegedSession): Promise<void> {
  const headers = { apikey: secretKey, 'content-type': 'application/json' }
  for (const end = performance.now() + deadline; performance.now() < end; await pause(interval)) {
    const answer = await fetch(`${url}/rest/v1/rpc/${name}`, { method: 'POST', headers, body: '{}', redirect: 'error' })
    await answer.body?.cancel()
    if (answer.ok) return
  }
  throw new TrespassError('schema-cache-stale', `the Data API did not read the schema again in ${deadline / 1000} s`, {
    hint: 'A schema that PostgREST cannot read, or a machine that is very busy, are the usual reasons.',
  })
}
