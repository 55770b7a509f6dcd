import { z } from 'zod'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { allOf, describe, didYouMean, oneOf } from '../message-text.ts'
import type { OperationDeclaration, Resource } from '../model/matrix.ts'
import type { AccessPath, Verb } from '../paths/path.ts'
import { locateKey, type MatrixDocument } from './document.ts'
import { distinguishSchema, provesSchema } from './matrix-schema.ts'
import { checkName } from './names.ts'
import { describeResource } from './read-resource.ts'
import type { Report } from './report.ts'
import { byLowerCase, requestHeaders } from './request-headers.ts'
import { parseShape } from './shape-problems.ts'
import { rowValues } from './shapes.ts'

const comparing = 'distinguish'

/** A verb that the resource's access path has; no path for the verb that compares. */
interface Choice {
  readonly word: string
  readonly path: AccessPath | null
  readonly verb: Verb | null
}

/** @returns the verb of an operation, from the access paths that lead to its resource. */
export function verbOf(operation: OperationDeclaration, paths: readonly AccessPath[]): Verb | undefined {
  return paths.find((path) => path.name === operation.path)?.verbs[operation.verb]
}

/** @returns all parts of an operation that may hold references, by their keys. */
export function writtenValues({ body, headers }: OperationDeclaration): JsonObject {
  return headers === undefined ? body : { ...body, headers: { ...headers } }
}

/** Reads the operations of a matrix, each with the schema of its verb. */
export function readOperations(
  section: JsonObject,
  document: MatrixDocument,
  resource: Resource | undefined,
  paths: readonly AccessPath[],
  report: Report,
): OperationDeclaration[] {
  const inReach = resource === undefined ? paths : paths.filter((path) => path.resources.includes(resource.kind))
  return Object.entries(section).flatMap(([name, value]) => {
    checkName(name, 'an operation', ['operations', name], report)
    const choice = chooseVerb(name, value, inReach, paths, resource, report)
    const operation = choice === undefined ? undefined : readOperation(name, value, choice, document, report)
    return operation ?? []
  })
}

function chooseVerb(
  name: string,
  value: Json,
  inReach: readonly AccessPath[],
  paths: readonly AccessPath[],
  resource: Resource | undefined,
  report: Report,
): Choice | undefined {
  const path = ['operations', name]
  const choices = choicesOf(inReach, resource?.kind)
  const expected = `one of the verbs ${oneOf(choices.map(({ word }) => word))}`
  if (!isObject(value)) {
    report({ code: 'wrong-type', path, found: describe(value), expected: `a mapping with ${expected}` })
    return undefined
  }
  const keys = Object.keys(value)
  const chosen = choices.filter(({ word }) => keys.includes(word))
  const [choice] = chosen
  if (choice !== undefined && chosen.length === 1) return choice
  if (choice !== undefined) {
    const found = `${allOf(chosen.map(({ word }) => word))} in one operation`
    report({ code: 'several-verbs', path, found, expected: 'one verb in an operation' })
    return undefined
  }
  const elsewhere = choicesOf(paths).find(({ word }) => keys.includes(word))
  if (elsewhere !== undefined && resource !== undefined) {
    const found = `the verb ${oneOf([elsewhere.word])}, which ${describeResource(resource)} does not have`
    report({ code: 'verb-elsewhere', path: [...path, elsewhere.word], on: 'key', found, expected })
    return undefined
  }
  const found = keys.length === 0 ? 'no verb' : `no verb but ${allOf(keys)}`
  const words = choices.map(({ word }) => word)
  const hint = keys.map((key) => didYouMean(key, words)).find((near) => near !== undefined)
  report({ code: 'no-verb', path, found, expected, hint })
  return undefined
}

/** @param kind the kind of resource; all verbs of the paths when left out. */
function choicesOf(paths: readonly AccessPath[], kind?: string): readonly Choice[] {
  const choices = new Map<string, Choice>()
  for (const path of paths) {
    for (const [word, verb] of Object.entries(path.verbs)) {
      const fits = kind === undefined || verb.resources?.includes(kind) !== false
      if (fits && !choices.has(word)) choices.set(word, { word, path, verb })
    }
  }
  return [...choices.values(), { word: comparing, path: null, verb: null }]
}

function readOperation(
  name: string,
  value: Json,
  { word, path, verb }: Choice,
  document: MatrixDocument,
  report: Report,
): OperationDeclaration | undefined {
  const at = ['operations', name]
  const { proves: written, ...unproving } = isObject(value) ? value : {}
  const proves = written === undefined ? [] : parseShape(provesSchema, written, [...at, 'proves'], report)
  const common = { name, proves: proves ?? [], at: locateKey(document, at) }
  if (path === null || verb === null) {
    const body = parseShape(distinguishSchema, unproving, at, report, [comparing, 'proves'])
    if (body === undefined) return undefined
    return { ...common, path: null, verb: comparing, body, pair: body.distinguish }
  }
  const sendsHeaders = path.sendsHeaders === true && verb.carriesHeaders !== false
  const keys = [...Object.keys(verb.schema.shape), ...(sendsHeaders ? ['headers'] : []), 'proves']
  const { headers: given, ...headless } = unproving
  const rest = sendsHeaders ? headless : unproving
  const body = parseShape(verb.schema.strict(), rest, at, report, keys)
  const sent = sendsHeaders && given !== undefined
  const parsed = sent ? parseShape(requestHeaders, given, [...at, 'headers'], report) : {}
  if (body === undefined || parsed === undefined) return undefined
  const headers = sent ? { headers: byLowerCase(parsed) } : {}
  const others = 'others' in body && body.others === 'allow' ? { others: 'allow' as const } : {}
  return { ...common, ...others, ...headers, path: path.name, verb: word, body: plain(body) }
}

/** The output of a verb's schema is JSON because its input was; this shows it to the compiler. */
function plain(body: unknown): JsonObject {
  return z.pipe(z.unknown(), rowValues).parse(body)
}
