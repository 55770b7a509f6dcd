import { isObject, type Json, type JsonObject } from './json.ts'

/** Strings, which are passed over, and numbers. */
const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
const perhapsTooPrecise = /\d{8}\.?\d{8}/

/**
 * Parses what PostgreSQL, or a service in front of it, wrote as JSON. A number that JavaScript would round (a large bigint, a long numeric) comes
 * back as a text with all its digits: PostgreSQL takes that text back as the same number, so a key keeps its meaning.
 *
 * @throws SyntaxError when the text is no JSON.
 */
export function parseJson(text: string): Json {
  return JSON.parse(perhapsTooPrecise.test(text) ? text.replace(token, exact) : text)
}

/** @throws SyntaxError when the text is no JSON object. */
export function parseJsonObject(text: string): JsonObject {
  const value = parseJson(text)
  if (!isObject(value)) throw new SyntaxError('expected a JSON object')
  return value
}

function exact(text: string): string {
  if (text.startsWith('"')) return text
  const digits = text.replace(/[eE].*$/, '').replace(/\D/g, '').length
  return digits > 15 && String(Number(text)) !== text ? `"${text}"` : text
}
