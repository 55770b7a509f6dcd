import type { SchemaFact } from '../../model/record.ts'

/** The settings of one side by name; a setting that is left out is not known. */
export type Environment = ReadonlyMap<string, string>

/** One line of the matrix of environments. */
export interface EnvironmentRow {
  readonly setting: string
  /** `not known` where it cannot be known. */
  readonly from: string
  readonly to: string
  /** False also where one of the two is not known. */
  readonly isEqual: boolean
}

const notKnown = 'not known'

/** Settings that are listed even where neither side shows them, so that their absence is seen. */
const always: readonly string[] = [
  'PostgreSQL',
  'exposed schemas',
  'max_rows',
  'Auth: sign-ups',
  'Auth: anonymous sign-ins',
  'Auth: e-mail and password',
  'Auth: confirmation of addresses',
  'Auth: lifetime of tokens',
  'Storage: file size limit of the project',
  'Realtime: published tables',
  'Realtime: public channels',
]

/** Lays two environments side by side. Pure. */
export function environmentRows(from: Environment, to: Environment): readonly EnvironmentRow[] {
  const others = [...new Set([...from.keys(), ...to.keys()])].filter((name) => !always.includes(name)).sort()
  return [...always, ...others].map((setting) => {
    const [one, other] = [from.get(setting) ?? notKnown, to.get(setting) ?? notKnown]
    return { setting, from: one, to: other, isEqual: one === other && one !== notKnown }
  })
}

/**
 * Reads the settings that the facts of a schema show. Pure.
 *
 * @param other names of extensions of the other side, so that one that is missing here is known to be missing.
 */
export function settingsInFacts(facts: readonly SchemaFact[], other: readonly SchemaFact[]): Environment {
  const named = (some: readonly SchemaFact[], kind: string) =>
    new Map(some.flatMap(([one, name, text]) => (one === kind ? [[name, text] as const] : [])))
  const [extensions, buckets] = [named(facts, 'extension'), named(facts, 'bucket')]
  const names = new Set([...extensions.keys(), ...named(other, 'extension').keys()])
  const [published] = [...named(facts, 'publication')].filter(([name]) => name === 'supabase_realtime')
  return new Map([
    ...[...names].map((name) => [`extension ${name}`, versionOf(extensions.get(name))] as const),
    ...[...buckets].map(([name, text]) => [`Storage: bucket ${name}`, bucketInWords(text)] as const),
    ['Realtime: published tables', published === undefined ? 'no publication' : tablesOf(published[1])] as const,
  ])
}

/** The text of an extension's fact is its schema and its version. */
function versionOf(text: string | undefined): string {
  return text === undefined ? 'not installed' : `${text.split(' ').at(-1)} in ${text.split(' ')[0]}`
}

function bucketInWords(text: string): string {
  const [isPublic, ...rest] = text.split(' ')
  const limits = rest.length === 0 ? '' : `, limits ${rest.join(' ')}`
  return `${isPublic === 't' ? 'public' : 'private'}${limits}`
}

function tablesOf(text: string): string {
  const [all, , , , ...tables] = text.split(' ')
  return all === 't' ? 'all tables' : tables.join(' ').split(',').join(', ') || 'none'
}
