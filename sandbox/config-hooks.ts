import { z } from 'zod'
import { flag, text } from './config-environment.ts'

/** A function of the database that Auth calls as a hook. */
export interface PostgresHook {
  /** The text in the file, for messages. */
  readonly uri: string
  readonly schema: string
  readonly function: string
}

/** The names that Auth accepts (supabase/auth, `internal/conf/configuration.go`, `postgresNamesRegexp`). */
const namePattern = /^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/

const form = 'expected pg-functions://postgres/<schema>/<function>'

/**
 * One section `[auth.hook.<name>]`: the function to call, undefined while the hook is not enabled. The rules are those of the
 * CLI (`pkg/config/config.go`, `hookConfig.validate`) and of Auth.
 */
export const hook = z
  .object({ enabled: flag.default(false), uri: text.default(''), secrets: z.unknown().optional() })
  .transform(({ enabled, uri, secrets }, context): PostgresHook | undefined => {
    if (!enabled) return undefined
    const refuse = (message: string, params?: { code: string; hint: string }) => {
      context.addIssue({ code: 'custom', message, path: ['uri'], ...(params === undefined ? {} : { params }) })
      return z.NEVER
    }
    if (uri === '') return refuse(`the hook is enabled and has no uri, ${form}`)
    if (!URL.canParse(uri)) return refuse(`found ${JSON.stringify(uri)}, ${form}`)
    const { protocol, pathname } = new URL(uri)
    if (protocol === 'http:' || protocol === 'https:') {
      return refuse('found an HTTP hook, and the sandbox runs functions of the database only', {
        code: 'hook-not-supported',
        hint: 'Write `enabled = "env(NAME)"` and set NAME=false for the sandbox, or use a target where the hook runs.',
      })
    }
    const [, schema = '', name = ''] = pathname.split('/')
    if (protocol !== 'pg-functions:' || !namePattern.test(schema) || !namePattern.test(name)) {
      return refuse(`found ${JSON.stringify(uri)}, ${form} with names of letters, digits and underscores`)
    }
    if (secrets !== undefined && secrets !== '') return refuse('a function of the database takes no secrets')
    return { uri, schema, function: name }
  })
