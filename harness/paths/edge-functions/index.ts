import { z } from 'zod'
import type { JsonObject } from '../../json.ts'
import { didYouMean } from '../../message-text.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import type { Target } from '../../model/target.ts'
import { effectKeys, effectsOf } from '../declared-effects.ts'
import { asFixture, ownUser } from '../own-user.ts'
import type { AccessPath, Answer, Call, Footprint, MissingResource } from '../path.ts'
import { bodyFault, methods, missingSecret, requestKeys, variablesOf } from '../web/request.ts'
import { send, withCredential } from '../web/send.ts'
import { functionResponses } from './responses.ts'

/** A request, as a matrix or a scenario writes it. */
export const schema = z
  .strictObject({
    invoke: methods.describe('the method of the request'),
    ...requestKeys,
    as: asFixture,
    ...effectKeys('function'),
  })
  .superRefine(({ invoke, ...parts }, context) => {
    const fault = bodyFault(invoke, parts)
    if (fault !== null) context.addIssue({ code: 'custom', path: ['invoke'], message: fault })
  })

/** Edge Functions, at `/functions/v1/<name>`. */
export const edgeFunctions: AccessPath = {
  name: 'edge-functions',
  sendsHeaders: true,
  resources: ['edge_function'],
  resourceName: z.string().regex(/^[a-z0-9][\w-]*$/i, { error: 'the name of an Edge Function, such as `checkout`' }),
  verbs: { invoke: { schema, exercises: ['invoke'], refusesBy: 'application', footprint } },
  responses: functionResponses,
  variables: (body) => variablesOf(schema.parse(body)),
  unavailable(target, body) {
    const { functions } = target
    if (functions !== undefined && 'unserved' in functions) return functions.unserved
    return missingSecret(target, schema.parse(body))
  },
  findMissing: async ({ name }, _privileged, target) => absenceOf(name, target),
  attempt,
}

function footprint(body: JsonObject): Footprint {
  // A function may write whatever the method of its request is.
  const parsed = schema.parse(body)
  return { ...effectsOf(parsed), ...ownUser(parsed.as), readOnly: false, arguments: [] }
}

/** A hosted project does not list its functions: there the answer says that there is none of the name. */
function absenceOf(name: string, { functions }: Pick<Target, 'functions'>): MissingResource | null {
  if (functions === undefined || 'unserved' in functions || functions.served.includes(name)) return null
  const near = didYouMean(name, functions.served)
  return {
    found: `the Edge Function \`${name}\`, which the sandbox does not serve`,
    expected: 'a folder of `supabase/functions` with an `index.ts`, which config.toml does not disable',
    hint: near ?? `Make supabase/functions/${name}/index.ts, or correct the name.`,
  }
}

function attempt(caller: ActorSession | PrivilegedSession, call: Call): Promise<Answer> {
  const { invoke, ...parts } = schema.parse(call.body)
  const base = `${caller.url}/functions/v1/${call.resource.name}`
  return send(caller, { method: invoke, base, ...withCredential(caller, call.headers) }, parts, call)
}
