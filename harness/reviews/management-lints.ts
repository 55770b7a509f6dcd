import { z } from 'zod'
import { type Lint, lintLevels } from './lints.ts'

/** A lint of the Management API (`GET /v1/projects/{ref}/advisors/security`); of its metadata what names the object. */
const apiLint = z.looseObject({
  name: z.string(),
  level: z.enum(lintLevels),
  categories: z.array(z.string()),
  detail: z.string(),
  metadata: z
    .looseObject({ schema: z.string().optional(), name: z.string().optional(), type: z.string().optional() })
    .nullish(),
})

const apiAnswer = z.looseObject({ lints: z.array(apiLint) })

const relations: readonly string[] = ['table', 'view', 'materialized view', 'foreign table']

/**
 * Reads the lints that the Management API answers with. Pure.
 *
 * @returns null for an answer of another form.
 */
export function lintsOfAnswer(answer: unknown): readonly Lint[] | null {
  const { success, data } = apiAnswer.safeParse(answer)
  return success ? data.lints.map(lintOf) : null
}

function lintOf({ name, level, categories, detail, metadata }: z.infer<typeof apiLint>): Lint {
  const about = categories.includes('SECURITY') ? 'security' : 'performance'
  const { schema, name: object, type = 'object' } = metadata ?? {}
  // The linter escapes names for Markdown.
  const common = { name, level, about, detail: detail.replaceAll('\\`', '`') } as const
  if (object === undefined) return { ...common, object: 'project' }
  const named = schema === undefined ? object : `${schema}.${object}`
  const kind = relations.includes(type) ? 'relation' : type === 'function' ? 'function' : null
  const tried = kind === null || schema === undefined || about === 'performance' ? {} : { tried: `${kind} ${named}` }
  return { ...common, object: `${type} ${named}`, ...tried }
}
