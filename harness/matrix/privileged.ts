import type { JsonObject } from '../json.ts'
import { quote } from '../message-text.ts'
import type { KeyPath } from '../model/matrix.ts'
import type { Report } from './report.ts'

/** Common names of a key or role that bypasses row security. */
const privilegedKinds = /^(?:service[_-]?role|service|secret|postgres|supabase[_-]?admin|admin|root|superuser)$/i
/** Roles of the platform: the owner of a project, those behind its services, and those that the API gives its callers. */
const platformRoles =
  /^(?:postgres|service_role|anon|authenticated|authenticator|dashboard_user|pgbouncer|supabase_.*)$/i
const literalKey = /sb_(?:secret|publishable)_|^\s*(?:bearer\s+)?eyJ[\w-]+\.[\w-]+/i

const hint =
  'a key that bypasses row security shows nothing about a user: Trespass takes it from the target and uses it only to ' +
  'make fixtures and to read effects; take it out of this file'

/**
 * Refuses an actor that is a privileged key or carries any literal key. The key's text never appears in the message.
 *
 * @returns true when the actor was refused.
 */
export function refusePrivileged(actor: JsonObject, path: KeyPath, report: Report): boolean {
  let refused = false
  for (const [key, value] of Object.entries(actor)) {
    if (typeof value !== 'string') continue
    if (key === 'kind' && privilegedKinds.test(value)) {
      const found = `the privileged kind ${quote(value)}`
      report({ code: 'privileged-actor', path: [...path, key], found, expected: 'an actor that a client can be', hint })
      refused = true
    } else if (key === 'role' && platformRoles.test(value)) {
      const found = `the role ${quote(value)}, which is the platform's`
      const expected = 'a login role that the project made for its workers'
      report({ code: 'privileged-actor', path: [...path, key], found, expected })
      refused = true
    } else if (literalKey.test(value)) {
      const found = `a literal key under ${quote(key)}`
      const expected = 'an actor that signs in, without any key in the file'
      report({ code: 'privileged-actor', path: [...path, key], found, expected, hint })
      refused = true
    }
  }
  return refused
}
