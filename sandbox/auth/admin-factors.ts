import { requireNamedUser } from './admin.ts'
import type { Call } from './call.ts'
import { json } from './errors.ts'
import { factorsJson, removeFactor, requireFactor } from './factors.ts'
import { factorJson } from './user-json.ts'

/** `GET /admin/users/:user_id/factors`. @throws AuthError 404 as `requireNamedUser` */
export async function getFactors(call: Call): Promise<Response> {
  return json(200, factorsJson(await requireNamedUser(call)), call.headers)
}

/** `DELETE /admin/users/:user_id/factors/:factor_id`. @throws AuthError 404 as `requireNamedUser`, `requireFactor` */
export async function deleteFactor(call: Call): Promise<Response> {
  const user = await requireNamedUser(call)
  const factor = requireFactor(call, user)
  await removeFactor(call, user, factor)
  return json(200, factorJson(factor), call.headers)
}
