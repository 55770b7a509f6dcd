import type { JsonObject } from '../json.ts'
import type { KeyPath } from './model.ts'
import type { Report } from './report.ts'
import { quote } from './words.ts'

/** What people call a key or role that bypasses row security. */
const privilegedKinds = /^(?:service[_-]?role|service|secret|postgres|supabase[_-]?admin|admin|root|superuser)$/i
const literalKey = /sb_(?:secret|publishable)_|^\s*(?:bearer\s+)?eyJ[\w-]+\.[\w-]+/i

const hint =
  'a key that bypasses row security shows nothing about a user: Trespass takes it from the target and uses it only to ' +
  'make fixtures and to read effects; take it out of this file'

/**
 * Refuses an actor that is a privileged key or carries any literal key. The key's text never appears in the message.
 *
 * @returns whether the actor was refused.
 */
export function refusePrivileged(actor: JsonObject, path: KeyPath, report: Report): boolean {
  let refused = false
  for (const [key, value] of Object.entries(actor)) {
    if (typeof value !== 'string') continue
    if (key === 'kind' && privilegedKinds.test(value)) {
      const found = `the privileged kind ${quote(value)}`
      report({ code: 'privileged-actor', path: [...path, key], found, expected: 'an actor that a client can be', hint })
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
