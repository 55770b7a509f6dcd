import { isObject, type Json, type JsonObject } from '../json.ts'
import { describe, didYouMean, oneOf, quote } from '../message-text.ts'
import type { KeyPath } from '../model/matrix.ts'
import { authorizingLayers, type Expectation, type Layer, layers } from '../model/verdict.ts'
import { allowDetails, denyForm } from './matrix-schema.ts'
import type { Report } from './report.ts'
import { checkKeys, parseShape } from './shape-problems.ts'

/** An expectation as a matrix writes it; `n/a` makes no cell. */
export type WrittenExpectation = Exclude<Expectation, { readonly decision: 'missing' }> | 'n/a'

const forms = '`allow`, `deny`, `deny(layer)`, `define`, `n/a` or `{ allow: { … } }`'

/** Reads one expectation. @returns undefined after its problems have been reported. */
export function readExpectation(value: Json, path: KeyPath, report: Report): WrittenExpectation | undefined {
  if (typeof value === 'string') return readWord(value, path, report)
  if (isObject(value) && Object.keys(value).length > 0) return readAllow(value, path, report)
  const hint = value === null && String(path.at(-1)).endsWith(')') ? quotes : undefined
  report({ code: 'expectation-form', path, found: describe(value), expected: forms, hint })
  return undefined
}

const quotes = 'inside { } a comma ends the value: write it in quotes, "deny(rls, filtered)"'

function readWord(word: string, path: KeyPath, report: Report): WrittenExpectation | undefined {
  if (word === 'allow') return { decision: 'allow' }
  if (word === 'define') return { decision: 'define' }
  if (word === 'n/a') return 'n/a'
  if (word === 'deny') return { decision: 'deny', layers: authorizingLayers }
  const inside = /^deny\(([^)]*)\)$/.exec(word)?.[1]
  if (inside !== undefined) return readLayers(word, inside, path, report)
  const found = describe(word)
  const hint = /^deny\([^)]*$/.test(word) ? quotes : didYouMean(word, ['allow', 'deny', 'define', 'n/a'])
  report({ code: 'expectation-form', path, found, expected: forms, hint })
  return undefined
}

function readLayers(word: string, inside: string, path: KeyPath, report: Report): WrittenExpectation | undefined {
  const named = inside.split(',').map((name) => name.trim())
  const known = named.filter((name): name is Layer => layers.some((layer) => layer === name))
  if (denyForm.test(word)) return { decision: 'deny', layers: [...new Set(known)] }
  const unknown = named.find((name) => !known.some((layer) => layer === name)) ?? ''
  const found = unknown === '' ? describe(word) : `the layer ${quote(unknown)}`
  report({
    code: 'unknown-layer',
    path,
    found,
    expected: `one of the layers ${oneOf(layers)}`,
    hint: didYouMean(unknown, layers),
  })
  return undefined
}

function readAllow(value: JsonObject, path: KeyPath, report: Report): WrittenExpectation | undefined {
  checkKeys(value, ['allow'], path, report)
  if (!Object.hasOwn(value, 'allow')) return undefined
  const allow = parseShape(
    allowDetails,
    value.allow ?? null,
    [...path, 'allow'],
    report,
    Object.keys(allowDetails.shape),
  )
  if (allow === undefined) return undefined
  return {
    decision: 'allow',
    ...(allow.exactly === undefined ? {} : { exactly: allow.exactly }),
    ...(allow.columns === undefined ? {} : { columns: allow.columns }),
    ...(allow.returns === undefined ? {} : { returns: allow.returns }),
    ...(allow.ends_within === undefined ? {} : { endsWithin: allow.ends_within }),
  }
}
