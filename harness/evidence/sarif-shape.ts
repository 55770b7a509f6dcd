import { z } from 'zod'

/**
 * The part of SARIF 2.1.0 that Trespass writes, as strict as the standard (OASIS, errata 01); the numbers are those of its
 * sections. For tests: a property that is not listed here is an error.
 */

/** 3.11: braces are placeholders unless they are doubled, and `[…](…)` is a link. */
const message = z.strictObject({
  text: z.string().min(1).refine(isLiteral, 'a literal message'),
  markdown: z.string().min(1).optional(),
})
const plain = z.strictObject({ text: z.string().min(1), markdown: z.string().min(1).optional() })
const time = z.iso.datetime()
const level = z.enum(['none', 'note', 'warning', 'error'])
const properties = z.record(z.string(), z.unknown())

/** 3.4: a relative reference (RFC 3986), to be resolved against the base that it names. */
const artifactLocation = z.strictObject({
  uri: z.string().regex(/^(?!\/)(?:[\w.~!$&'()*+,;=@-]|%[0-9A-F]{2}|\/(?!\/))+$/),
  uriBaseId: z.literal('%SRCROOT%'),
})

const result = z.strictObject({
  ruleId: z.string(),
  ruleIndex: z.int().min(0),
  level,
  message,
  locations: z
    .array(
      z.strictObject({
        physicalLocation: z.strictObject({
          artifactLocation,
          region: z.strictObject({ startLine: z.int().min(1), startColumn: z.int().min(1) }),
        }),
      }),
    )
    .length(1),
  partialFingerprints: z.record(z.string(), z.string().min(1)),
  baselineState: z.enum(['new', 'unchanged', 'updated', 'absent']).optional(),
  properties,
})

const rule = z.strictObject({
  id: z.string(),
  name: z.string().regex(/^[A-Z]\w+$/),
  shortDescription: plain,
  fullDescription: plain,
  defaultConfiguration: z.strictObject({ level }),
  help: plain,
  properties: z.strictObject({ tags: z.array(z.string()) }),
})

const run = z
  .strictObject({
    automationDetails: z.strictObject({ id: z.string().regex(/^[^/]+\/[^/]+\/[^/]+$/), description: plain }),
    columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
    invocations: z.array(
      z.strictObject({
        startTimeUtc: time,
        endTimeUtc: time,
        executionSuccessful: z.boolean(),
        toolExecutionNotifications: z.array(z.strictObject({ level, message })),
      }),
    ),
    originalUriBaseIds: z.strictObject({ '%SRCROOT%': z.strictObject({ description: plain }) }),
    properties,
    tool: z.strictObject({
      driver: z.strictObject({ name: z.literal('Trespass'), version: z.string(), rules: z.array(rule) }),
    }),
    results: z.array(result),
  })
  // 3.27.5 and 3.27.6
  .refine(({ tool, results }) => results.every((one) => tool.driver.rules[one.ruleIndex]?.id === one.ruleId), {
    error: 'a ruleIndex that leads to the ruleId',
  })
  // 3.27.24: all results of a run have it, or none has.
  .refine(({ results }) => new Set(results.map((one) => one.baselineState !== undefined)).size < 2, {
    error: 'baselineState on all results or on none',
  })

export const sarifShape = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.array(run).length(1),
})

function isLiteral(text: string): boolean {
  return !/[{}]/.test(text.replace(/\{\{|\}\}/g, '')) && !/\]\(/.test(text) && !/\p{Cc}/u.test(text)
}
