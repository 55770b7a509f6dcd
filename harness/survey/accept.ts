import { Document, isMap, parseDocument } from 'yaml'
import { TrespassError } from '../errors.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { referencesIn } from '../model/references.ts'
import type { Flow, SurveyMatrix, SurveyRecord } from './model.ts'

/** A team's decision about a flow. */
export interface Decision {
  readonly flow: Flow
  readonly decision: 'allow' | 'deny'
}

/**
 * Finds flows by their numbers in a survey, or by their ids.
 *
 * @param named `12`, `3-5`, or the id of a flow.
 * @throws TrespassError `no-such-flow`
 */
export function flowsNamed({ flows }: Pick<SurveyRecord, 'flows'>, named: string): readonly Flow[] {
  const span = /^(\d+)(?:-(\d+))?$/.exec(named.trim())
  const found =
    span === null
      ? flows.filter(({ id }) => id === named)
      : flows.slice(Math.max(0, Number(span[1]) - 1), Number(span[2] ?? span[1]))
  const isWhole = span === null ? found.length > 0 : found.length === Number(span[2] ?? span[1]) - Number(span[1]) + 1
  if (isWhole && found.length > 0 && span?.[1] !== '0') return found
  const expected =
    flows.length === 0 ? 'a survey with flows' : `a number from 1 to ${flows.length}, or the id of a flow`
  throw new TrespassError('no-such-flow', `found the flow ${named}, expected ${expected}`, {
    hint: 'Numbers stand in brackets behind the flows of `trespass survey`; ids stand in survey.json.',
  })
}

/** @returns the file of the matrix that holds the decisions about one object. */
export function fileOf({ document }: Pick<SurveyMatrix, 'document'>): string {
  return `matrices/${document.matrix.replaceAll(/[^\w]+/g, '-').toLowerCase()}.matrix.yaml`
}

/**
 * Writes decisions into the text of a matrix file. Comments, order and everything that the file holds already stay. Pure.
 *
 * @param text the file as it is; null where there is none.
 * @throws TrespassError `not-a-matrix` when the file is no mapping, `other-matrix` when it has another resource.
 */
export function withDecisions(
  text: string | null,
  survey: Pick<SurveyMatrix, 'document' | 'operations'>,
  decisions: readonly Decision[],
): string {
  const file = fileOf(survey)
  const document = text === null ? newDocument(survey) : parseDocument(text)
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new TrespassError('not-a-matrix', `found ${file} that is no matrix, expected a mapping`, {
      hint: 'Move the file away and decide again.',
    })
  }
  const resource: unknown = document.toJS()?.resource
  if (JSON.stringify(resource) !== JSON.stringify(survey.document.resource)) {
    throw new TrespassError('other-matrix', `found ${file} about another resource than the survey's`, {
      hint: 'Move the file away and decide again.',
    })
  }
  for (const { flow, decision } of decisions) {
    const { name, body, others } = cellOf(flow, survey, decision)
    for (const fixture of fixturesFor([body, ...others.map((one) => one.body)], survey.document.fixtures)) {
      setMissing(document, ['fixtures', fixture], survey.document.fixtures[fixture] ?? null)
    }
    for (const one of others) {
      setMissing(document, ['operations', one.name], one.body)
      setMissing(document, ['expect', '*', one.name], 'n/a')
    }
    setMissing(document, ['operations', name], body)
    document.setIn(['expect', flow.actor, name], decision)
    moveLast(document, '*')
  }
  return document.toString({ lineWidth: 120 })
}

function newDocument({ document }: Pick<SurveyMatrix, 'document'>): Document {
  const made = new Document({
    matrix: document.matrix,
    resource: document.resource,
    fixtures: {},
    operations: {},
    expect: { '*': { '*': 'define' } },
  })
  made.commentBefore = ' Flows of a survey on which the team has decided. What is not decided fails a run.'
  return made
}

interface Written {
  readonly name: string
  readonly body: JsonObject
}

/** A read is narrowed to the row that came; any other attempt stays as the survey made it. */
function cellOf(
  { operation, rows, kind, relation }: Flow,
  { document, operations }: Pick<SurveyMatrix, 'document' | 'operations'>,
  decision: Decision['decision'],
): Written & { readonly others: readonly Written[] } {
  const whole = document.operations[operation]
  if (!isObject(whole ?? null)) throw new TrespassError('no-such-flow', `found no operation ${operation} in the survey`)
  const narrowed = operations[operation]?.narrowed ?? {}
  const row = kind === 'shown' ? rows.find((name) => name in narrowed) : undefined
  const body = row === undefined ? asObject(whole) : asObject(narrowed[row])
  const name = row === undefined ? operation : `${operation.replace(/^read all/, 'read')}: ${row}`
  const pair = body.distinguish ?? null
  const compared = isList(pair) ? pair : []
  const others = compared.map((one) => ({ name: String(one), body: asObject(document.operations[String(one)]) }))
  const strangers = relation === 'not-of-the-run' && decision === 'allow' ? { others: 'allow' } : {}
  return { name, body: { ...body, ...strangers }, others }
}

function asObject(value: Json | undefined): JsonObject {
  return value !== undefined && isObject(value) ? value : {}
}

/** The fixtures that operations name, and those that they refer to. */
function fixturesFor(bodies: readonly JsonObject[], fixtures: JsonObject): readonly string[] {
  const needed = new Set<string>()
  const visit = (value: Json): void => {
    const names = [...textsIn(value), ...referencesIn(value).map(({ name }) => name)]
    for (const name of names) {
      if (!(name in fixtures) || needed.has(name)) continue
      needed.add(name)
      visit(fixtures[name] ?? null)
    }
  }
  for (const body of bodies) visit(body)
  // A row that makes an actor a member has to be there, though no operation names it.
  for (const [name, row] of Object.entries(fixtures)) {
    if (name.endsWith(' copy') && referencesIn(row).some((one) => needed.has(one.name))) needed.add(name)
  }
  const isAll = bodies.some((body) => Object.values(body).includes('*'))
  return Object.keys(fixtures).filter((name) => isAll || needed.has(name))
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value]
  if (isList(value)) return value.flatMap(textsIn)
  return isObject(value) ? Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]) : []
}

function setMissing(document: Document, path: readonly string[], value: Json): void {
  if (!document.hasIn(path)) document.setIn(path, document.createNode(value))
}

/** The entry for all others comes last, as a reader expects it. */
function moveLast(document: Document, key: string): void {
  const expect = document.get('expect')
  if (!isMap(expect)) return
  const index = expect.items.findIndex((pair) => String(pair.key) === key)
  const [pair] = index < 0 ? [] : expect.items.splice(index, 1)
  if (pair !== undefined) expect.items.push(pair)
}
