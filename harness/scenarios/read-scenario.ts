import { z } from 'zod'
import type { Problem } from '../errors.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { barredActors } from '../matrix/actors-with-access.ts'
import { checkHasRowsToRead, checkOperation, type OperationContext } from '../matrix/check-operations.ts'
import { checkReferences, type Reach, type ReachableRow } from '../matrix/check-references.ts'
import { locateKey, locator, type MatrixDocument } from '../matrix/document.ts'
import { checkName } from '../matrix/names.ts'
import { readFixtures, rowsInReach, type Surroundings } from '../matrix/read-fixtures.ts'
import { readInvariants } from '../matrix/read-matrix.ts'
import { readOperations } from '../matrix/read-operations.ts'
import { readResource } from '../matrix/read-resource.ts'
import { type Report, reporter } from '../matrix/report.ts'
import { mappingAt, parseShape } from '../matrix/shape-problems.ts'
import { rowValues } from '../matrix/shapes.ts'
import { describe, didYouMean, oneOf, quote } from '../message-text.ts'
import type { KeyPath, Resource, RowDeclaration } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'
import type { LoadedScenario, ScenarioOperation } from './declaration.ts'
import type { Names } from './names.ts'
import type { Recipe } from './recipe.ts'
import { actingKeys, commonShape } from './scenario-schema.ts'

const commonSchema = z.strictObject(commonShape)

/** The surroundings that a scenario is read with. */
export interface ScenarioContext extends Surroundings {
  readonly recipes: readonly Recipe[]
}

/** Reads one scenario. @returns undefined after its problems have been added to the list. */
export function readScenario(
  document: MatrixDocument,
  context: ScenarioContext,
  problems: Problem[],
): LoadedScenario | undefined {
  const before = problems.length
  const report = reporter(document, problems)
  const { data } = document
  if (!isObject(data)) {
    report({ code: 'wrong-type', path: [], found: describe(data), expected: 'a mapping with the key `scenario`' })
    return undefined
  }
  const recipe = readRecipe(data, context.recipes, report)
  const loaded = recipe === undefined ? undefined : readWith(recipe, data, document, context, report)
  return problems.length > before ? undefined : loaded
}

function readRecipe(data: JsonObject, recipes: readonly Recipe[], report: Report): Recipe | undefined {
  const names = recipes.map(({ name }) => name)
  const recipe = recipes.find(({ name }) => name === data.recipe)
  if (recipe !== undefined) return recipe
  const missing = data.recipe === undefined
  const found = missing ? 'no `recipe`' : describe(data.recipe ?? null)
  const hint = typeof data.recipe === 'string' ? didYouMean(data.recipe, names) : undefined
  const path = missing ? [] : ['recipe']
  report({ code: missing ? 'missing-key' : 'unknown-recipe', path, found, expected: oneOf(names), hint })
  return undefined
}

function readWith(
  recipe: Recipe,
  data: JsonObject,
  document: MatrixDocument,
  context: ScenarioContext,
  report: Report,
): LoadedScenario | undefined {
  const { acting, common, own, stray } = divided(data, recipe)
  const keys = [...Object.keys(commonShape), ...actingKeys, ...Object.keys(recipe.schema.shape)]
  for (const key of stray) {
    const expected = `one of the keys ${oneOf(keys)}`
    report({
      code: 'unknown-key',
      path: [key],
      on: 'key',
      found: `the key ${quote(key)}`,
      expected,
      hint: didYouMean(key, keys),
    })
  }
  const parsed = parseShape(commonSchema, common, [], report)
  const body = parseShape(recipe.schema, own, [], report, keys)
  if (parsed === undefined || body === undefined) return undefined
  checkName(parsed.scenario, 'a scenario', ['scenario'], report)
  const resource = acting.resource === undefined ? undefined : readResource(acting.resource, context.paths, report)
  const invariants = readInvariants(data, report)
  checkProves(parsed.proves ?? [], Object.keys(invariants), report)
  const fixtureSection = mappingAt(data, 'fixtures', true, report) ?? {}
  const fixtures = readFixtures(fixtureSection, document, resource, context, report)
  refuseAsker(fixtures, report)
  const reach: Reach = { rows: rowsInReach(context, Object.keys(fixtureSection)), complete: context.complete }
  const operations = readActs(acting, resource, fixtures, { document, context, reach, invariants }, report)
  const plain = rowValues.parse(body)
  if (parsed.snapshots !== undefined) {
    checkReferences(parsed.snapshots.where, ['snapshots', 'where'], reach, report)
  }
  const declared = Object.keys(mappingAt(data, 'operations', true, report) ?? {})
  recipe.check(plain, namesOf(declared, operations, fixtures, context, reach, report))
  return {
    scenario: {
      name: parsed.scenario,
      file: document.file,
      recipe: recipe.name,
      invariants,
      proves: parsed.proves ?? [],
      fixtures,
      operations,
      body: plain,
      overlap: parsed.overlap ?? recipe.overlap(plain),
      rounds: parsed.rounds ?? recipe.rounds,
      ...(parsed.snapshots === undefined ? {} : { snapshots: parsed.snapshots }),
      at: locateKey(document, ['scenario']),
    },
    locate: locator(document),
  }
}

/** The keys of a scenario, divided by how they are read. */
interface Divided {
  readonly acting: JsonObject
  readonly common: JsonObject
  /** The recipe's own keys. */
  readonly own: JsonObject
  readonly stray: readonly string[]
}

function divided(data: JsonObject, recipe: Recipe): Divided {
  const pick = (known: (key: string) => boolean): JsonObject =>
    Object.fromEntries(Object.entries(data).filter(([key]) => known(key)))
  const isCommon = (key: string) => Object.hasOwn(commonShape, key)
  const isOwn = (key: string) => Object.hasOwn(recipe.schema.shape, key)
  const isActing = (key: string) => actingKeys.includes(key)
  const stray = Object.keys(data).filter((key) => ![isCommon, isOwn, isActing].some((known) => known(key)))
  return { acting: pick(isActing), common: pick(isCommon), own: pick(isOwn), stray }
}

function checkProves(proves: readonly string[], invariants: readonly string[], report: Report): void {
  for (const [index, id] of proves.entries()) {
    if (invariants.includes(id)) continue
    const found = `the invariant ${quote(id)}`
    const hint = didYouMean(id, invariants)
    report({
      code: 'unknown-invariant',
      path: ['proves', index],
      found,
      expected: 'an invariant of this scenario',
      hint,
    })
  }
}

/** All sessions of a round act on the same rows, so a fixture cannot refer to the actor that asks. */
function refuseAsker(fixtures: readonly RowDeclaration[], report: Report): void {
  for (const { name, values } of fixtures) {
    if (!referencesIn(values).some((reference) => reference.name === 'actor')) continue
    const found = `\`$actor\` in ${quote(name)}, which all sessions share`
    report({ code: 'no-actor', path: ['fixtures', name], found, expected: 'an actor by name' })
  }
}

interface Acting {
  readonly document: MatrixDocument
  readonly context: ScenarioContext
  readonly reach: Reach
  readonly invariants: Readonly<Record<string, string>>
}

/** Reads the operations, each on its own resource or on that of the scenario. */
function readActs(
  acting: JsonObject,
  shared: Resource | undefined,
  fixtures: readonly RowDeclaration[],
  { document, context, reach, invariants }: Acting,
  report: Report,
): readonly ScenarioOperation[] {
  const section = isObject(acting.operations) ? acting.operations : {}
  return Object.entries(section).flatMap(([name, value]): readonly ScenarioOperation[] => {
    const { own, rest } = withoutResource(value)
    const resource =
      own === undefined ? shared : readResource(own, context.paths, report, ['operations', name, 'resource'])
    if (resource === undefined) {
      if (own === undefined && acting.resource === undefined) {
        const expected = '`resource`, in the operation or for the whole scenario'
        report({ code: 'missing-key', path: ['operations', name], on: 'key', found: 'no `resource`', expected })
      }
      return []
    }
    const [declaration] = readOperations({ [name]: rest }, document, resource, context.paths, report)
    if (declaration === undefined) return []
    if (declaration.path === null) {
      const expected = 'an operation that asks the service'
      report({
        code: 'compared-comparison',
        path: ['operations', name],
        found: '`distinguish` in a scenario',
        expected,
      })
      return []
    }
    const { roster, paths, complete } = context
    const checks: OperationContext = {
      resource,
      paths,
      fixtures,
      fixtureNames: fixtures.map((fixture) => fixture.name),
      world: roster.world,
      complete,
      actorNames: roster.actors.map((actor) => actor.name),
      actorsComplete: complete,
      operationNames: Object.keys(section),
      operations: [declaration],
      invariants: Object.keys(invariants),
      reach: withAnswers(reach, name, Object.keys(section)),
      judgedBy: 'history',
    }
    checkOperation(declaration, checks, report)
    checkHasRowsToRead(declaration, checks, report)
    return [{ declaration, resource }]
  })
}

/** An operation may refer to the answer of an earlier one, `$claim.id`, unless another row has that name. */
function withAnswers({ rows, complete }: Reach, own: string, operations: readonly string[]): Reach {
  const found = 'an operation cannot know its own answer'
  const itself = { code: 'own-answer' as const, found, expected: 'a row, or another operation of the same session' }
  const answers = operations.map((name): readonly [string, ReachableRow] => [
    name,
    name === own ? { columns: null, barred: itself } : { columns: null },
  ])
  return { rows: new Map([...answers, ...rows]), complete }
}

function withoutResource(value: Json): { readonly own: Json | undefined; readonly rest: Json } {
  if (!isObject(value)) return { own: undefined, rest: value }
  const { resource, ...rest } = value
  return { own: resource, rest }
}

/** The checks of names that a recipe uses for its own keys. */
function namesOf(
  operations: readonly string[],
  acts: readonly ScenarioOperation[],
  fixtures: readonly RowDeclaration[],
  { roster, paths, complete }: ScenarioContext,
  reach: Reach,
  report: Report,
): Names {
  const known =
    (what: 'operation' | 'actor' | 'row' | 'fixture', names: readonly string[]) => (name: string, path: KeyPath) => {
      if (!complete || names.includes(name)) return
      const found = `${what} ${quote(name)}`
      const expected = names.length === 0 ? `no ${what}: none is declared` : `one of ${oneOf(names)}`
      report({ code: `unknown-${what}`, path, found, expected, hint: didYouMean(name, names) })
    }
  const own = fixtures.map(({ name }) => name)
  const actor = known(
    'actor',
    roster.actors.map(({ name }) => name),
  )
  return {
    operation: known('operation', operations),
    actor: (name, path, operation) => {
      actor(name, path)
      const resource = acts.find(({ declaration }) => declaration.name === operation)?.resource
      const barred = barredActors(roster.actors, resource, paths).get(name)
      if (barred !== undefined) report({ code: 'barred-actor', path, ...barred })
    },
    row: known('row', [...own, ...roster.world.map(({ name }) => name)]),
    fixture: known('fixture', own),
    path: (name) => {
      const declared = acts.find(({ declaration }) => declaration.name === name)?.declaration.path
      return paths.find((path) => path.name === declared)
    },
    references: (value, path) => checkReferences(value, path, reach, report),
    refuse: (path, code, found, expected) => report({ code, path, found, expected }),
  }
}
