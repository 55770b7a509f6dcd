import { TrespassError } from '../errors.ts'
import type { Target } from '../model/target.ts'
import { redactor } from '../redaction/redact.ts'
import { namedSecrets } from '../workspace/named-secrets.ts'
import { databaseAddress, refOfDatabase, refOfUrl } from '../workspace/project-ref.ts'
import type { Lint } from './lints.ts'
import { lintsOfAnswer } from './management-lints.ts'
import { requestManagement } from './read-management.ts'

const variable = 'SUPABASE_ACCESS_TOKEN'

/** The lints of Supabase's own advisors, or why they were not requested. */
export type PlatformAdvice =
  | { readonly source: 'management-api'; readonly lints: readonly Lint[] }
  | { readonly source: 'catalog'; readonly why: string }

/**
 * Requests the advisors of a hosted project from the Management API, where the target has an access token.
 *
 * @param base the address of the Management API.
 * @throws TrespassError `advisors-refused` where there is a token and the Management API does not answer with lints.
 */
export async function readPlatformAdvice(
  root: string,
  { alias, endpoint, databaseUrl }: Pick<Target, 'alias' | 'endpoint' | 'databaseUrl'>,
  base: string,
): Promise<PlatformAdvice> {
  const token = namedSecrets(root, alias, [variable], process.env)[variable]
  if (token === undefined)
    return { source: 'catalog', why: `the Management API was not asked: there is no ${variable}` }
  const database = databaseAddress(databaseUrl ?? '')
  const ref = refOfUrl(new URL(endpoint.url)) ?? (database === null ? null : refOfDatabase(database))
  if (ref === null) {
    return { source: 'catalog', why: `the Management API was not asked: no address of ${alias} names a project` }
  }
  const redact = redactor([token, ref])
  const kinds = ['security', 'performance'] as const
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const { status, json, why } = await requestManagement(base, `/v1/projects/${ref}/advisors/${kind}`, token)
      const lints = status === 200 ? lintsOfAnswer(json) : null
      if (lints !== null) return redact(lints)
      const found =
        status === null
          ? `did not answer (${why})`
          : `answered with status ${status}${status === 200 ? ' and no lints' : ''}`
      const message = `the Management API ${found} when the ${kind} advisors of ${alias} were requested`
      const hint = `Correct ${variable}, which needs the scope to read advisors, or remove it: the catalog is asked then.`
      throw new TrespassError('advisors-refused', message, { hint })
    }),
  )
  return { source: 'management-api', lints: lists.flat() }
}
