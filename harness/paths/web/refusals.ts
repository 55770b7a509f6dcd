import { z } from 'zod'

/** Statuses of refused requests, but for the limit of a rate, which depends on the moment. */
const status = z
  .int()
  .min(400)
  .max(499)
  .refine((code) => code !== 429, { error: 'a status from 400 to 499 that is not 429' })

const redirect = z.strictObject({
  redirect: z.string().regex(/^\/[^?#]*$/, { error: 'the path of a page, such as `/login`' }),
})

const refusal = z.union([status, redirect])

/** The answers by which a team's own code refuses a request, beside 401 and 403. */
export const refusalsSchema = z
  .union([refusal, z.array(refusal).min(1)])
  .describe('answers that refuse besides 401 and 403: a status such as 404, or `{ redirect: /login }`')

export type Refusals = z.output<typeof refusalsSchema>

/** @returns whether an answer is one of those that an operation declares to be a refusal. */
export function isDeclared(refusals: Refusals | undefined, status: number, location: string | null): boolean {
  if (refusals === undefined) return false
  const all = Array.isArray(refusals) ? refusals : [refusals]
  return all.some((one) => {
    if (typeof one === 'number') return one === status
    return status >= 300 && status < 400 && location !== null && pathOf(location) === pathOf(one.redirect)
  })
}

/** A location may be relative or absolute (RFC 9110, section 10.2.2); only its path says which page it is. */
function pathOf(location: string): string | null {
  const url = URL.canParse(location, 'http://here') ? new URL(location, 'http://here') : null
  return url === null ? null : url.pathname.replace(/(?<=.)\/+$/, '')
}
