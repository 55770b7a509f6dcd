import { isList, isObject, type Json } from '../json.ts'
import { authorizingLayers } from '../model/verdict.ts'
import type { Decided } from './model.ts'

/** Texts that YAML reads without quotes, in a flow collection too. */
const plainText = /^[A-Za-z_$](?:[\w .$/()'-]*[\w.$/()'-])?$/
/** Words that some readers of YAML take for something else than a text. */
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i

/** @returns a text as YAML writes it on one line. */
export function yamlScalar(text: string): string {
  return plainText.test(text) && !reserved.test(text) ? text : JSON.stringify(text)
}

/** @returns a value as YAML writes it on one line: `{ allow: { exactly: [own] } }`. */
export function flowText(value: Json): string {
  if (typeof value === 'string') return yamlScalar(value)
  if (isList(value)) return `[${value.map(flowText).join(', ')}]`
  if (!isObject(value)) return String(value)
  const entries = Object.entries(value).map(([key, one]) => `${yamlScalar(key)}: ${flowText(one)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

/** @returns an expectation as a matrix writes it. */
export function writtenAs(expected: Decided): Json {
  if (expected.decision === 'deny') {
    const { layers } = expected
    const isBare = layers.length === authorizingLayers.length && authorizingLayers.every((one) => layers.includes(one))
    return isBare ? 'deny' : `deny(${layers.join(', ')})`
  }
  const { exactly, columns, returns, endsWithin } = expected
  const details = {
    ...(exactly === undefined ? {} : { exactly }),
    ...(columns === undefined ? {} : { columns }),
    ...(returns === undefined ? {} : { returns }),
    ...(endsWithin === undefined ? {} : { ends_within: endsWithin }),
  }
  return Object.keys(details).length === 0 ? 'allow' : { allow: details }
}
