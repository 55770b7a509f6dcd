import { knownSecrets, type Secret } from './known-secrets.ts'
import { hideByFormat, isSecretName } from './secret-formats.ts'
import { spreadSecrets } from './spread-secrets.ts'
import { hideWrapped } from './wrapped-texts.ts'

export type { Secret } from './known-secrets.ts'

/** Returns the value with every secret replaced; a value without one comes back as the same object. */
export type Redact = <T>(value: T) => T

/** By the list that it hides. Its tables take a megabyte, and every matrix of a run hides the same list. */
const redactors = new WeakMap<readonly Secret[], Redact>()

/**
 * Returns the function that redacts everything that leaves the process: records, messages, errors. It is made once for each list.
 *
 * @param secrets everything that is never printed: keys, tokens, passwords, hosts, project refs, users' addresses. The list is not
 *   changed afterwards. One that is also an ordinary word, such as the password `postgres` of the local stack, would be cut out
 *   of every sentence and is better left out. Those under six characters are ignored.
 */
export function redactor(secrets: readonly Secret[]): Redact {
  const known = redactors.get(secrets)
  if (known !== undefined) return known
  const made = redactorOf(secrets)
  redactors.set(secrets, made)
  return made
}

function redactorOf(secrets: readonly Secret[]): Redact {
  const hideKnown = knownSecrets(secrets)
  const hideSpread = spreadSecrets(secrets)
  const redactText = remembering((text) => hideSpread(hideWrapped(text, (part) => hideByFormat(part, hideKnown))))
  return <T>(value: T): T => walk(value, redactText, (texts) => hideSpread(texts) !== texts) as T
}

/** Texts that are remembered, and the longest of them: names of members, of actors and operations, words of services. */
const mostRemembered = 2000
const longestRemembered = 200

/** The texts of records repeat: most have been looked at before. */
function remembering(redactText: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const redacted = redactText(text)
    if (known.size >= mostRemembered) known.clear()
    if (text.length <= longestRemembered) known.set(text, redacted)
    return redacted
  }
}

/**
 * Replaces every text in a value, keys included. Each becomes another text, so that the shape, and with it the type, stays.
 * A value in which nothing changes comes back as the same object.
 */
export function mapTexts<T>(value: T, replaced: (text: string) => string): T {
  return walk(value, replaced) as T
}

/** @param isSplit true for a secret that goes over several texts of a list, one on a line each. */
function walk(value: unknown, redactText: (text: string) => string, isSplit = (_lines: string) => false): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const redacted = value.map((item: unknown) => walk(item, redactText, isSplit))
    const texts = redacted.filter((item) => typeof item === 'string')
    const hides = texts.length > 1 && isSplit(texts.join('\n'))
    const items = hides ? redacted.map((item) => (typeof item === 'string' ? '[secret]' : item)) : redacted
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  const before = Object.entries(value)
  const after = before.map(([key, member]): [string, unknown] => [
    redactText(key),
    typeof member === 'string' && isSecretName(key) ? hideWhole(member) : walk(member, redactText, isSplit),
  ])
  const same = after.every(([key, member], index) => key === before[index]?.[0] && member === before[index]?.[1])
  return same ? value : Object.fromEntries(distinct(after))
}

/**
 * Hides the whole value of a member whose name marks a secret, such as a refresh token, whose format is that of an ordinary word.
 */
function hideWhole(text: string): string {
  return text === '' || /^\[[\w: -]+\]$/.test(text) ? text : '[secret]'
}

/** Two keys that became the same placeholder are numbered, or one member would vanish. */
function distinct(entries: readonly [string, unknown][]): [string, unknown][] {
  const taken = new Set<string>()
  return entries.map(([key, member]) => {
    let free = key
    for (let number = 2; taken.has(free); number += 1) free = `${key} ${number}`
    taken.add(free)
    return [free, member]
  })
}
