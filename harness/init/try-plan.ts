import { randomUUID } from 'node:crypto'
import { TrespassError } from '../errors.ts'
import { isObject, type JsonObject } from '../json.ts'
import { parseJsonObject } from '../json-text.ts'
import { resolve } from '../model/references.ts'
import { type Database, type Query, RefusedStatement } from '../witness/connection.ts'
import { quoted, quotedRelation } from '../witness/identifiers.ts'
import { aliased, rowset, selection } from '../witness/rowset.ts'
import { addLesson, addTo, type MutableLessons, newLessons } from './lessons.ts'
import type { Plan, PlannedMatrix, PlannedRow, Schema } from './model.ts'
import { planWorkspace } from './plan.ts'

/** How often a plan is tried and made again. */
const mostRounds = 40

/** A plan that was tried, with the results of its matrices. */
export interface TriedPlan {
  readonly plan: Plan
  /** By the title of a matrix: whether its fixtures were made and, for a view, shown. */
  readonly worked: ReadonlySet<string>
}

/** The database and the limits with which a plan is tried. */
export interface Trial {
  readonly schema: Schema
  readonly database: Database
  /** Milliseconds that a transaction may last. */
  readonly hold: number
  /** True for a database that is thrown away: then materialized views are refreshed to see what they show. */
  readonly disposable: boolean
}

/**
 * Plans the files of a workspace and makes every row of the plan, as the owner, in transactions that are rolled back. Rows that
 * the database refuses are planned again, until it accepts all of them or a trial adds nothing new.
 *
 * @throws TrespassError of the connection.
 */
export async function tryPlans(trial: Trial): Promise<TriedPlan> {
  const lessons = newLessons()
  if (trial.schema.inventory.anonymousSignIns === false) {
    lessons.noGuest = 'anonymous sign-ins are off (auth.enable_anonymous_sign_ins)'
  }
  const passed = new Map<string, string>()
  for (let round = 0; ; round++) {
    const plan = planWorkspace(trial.schema, lessons)
    const isLast = round === mostRounds
    const learned = await tryRound(trial, plan, lessons, passed)
    if (learned && !isLast) continue
    const worked = plan.matrices.filter((matrix) => passed.get(matrix.title) === stateOf(plan, matrix))
    return { plan, worked: new Set(worked.map(({ title }) => title)) }
  }
}

/** A plan without a trial: the target may not be written to, not even in a transaction that is rolled back. */
export function untried(schema: Schema): TriedPlan {
  const lessons = newLessons()
  if (schema.inventory.anonymousSignIns === false) lessons.noGuest = 'anonymous sign-ins are off'
  return { plan: planWorkspace(schema, lessons), worked: new Set() }
}

function stateOf(plan: Plan, matrix: PlannedMatrix): string {
  return JSON.stringify([plan.actors, plan.world, matrix])
}

/** @returns true when the trial added a lesson, so that the plan has to be made again. */
async function tryRound(
  trial: Trial,
  plan: Plan,
  lessons: MutableLessons,
  passed: Map<string, string>,
): Promise<boolean> {
  const waiting = plan.matrices.filter((matrix) => passed.get(matrix.title) !== stateOf(plan, matrix))
  let learned = false
  do {
    const began = Date.now()
    const outcome = await trial.database.rolledBack(async (query) => {
      const stage = await makeTrialState(query, plan, lessons, trial.schema)
      if (stage.learned) return true
      if (lessons.noUsers !== null) waiting.splice(0)
      let found = false
      while (waiting.length > 0 && Date.now() - began < trial.hold / 2) {
        const matrix = waiting.shift()
        if (matrix === undefined) break
        const outcome = await tryMatrix({ ...trial, query, notebook: lessons, stage }, matrix)
        if (outcome === 'learned') found = true
        if (outcome === 'worked') passed.set(matrix.title, stateOf(plan, matrix))
      }
      return found
    })
    learned = learned || outcome
  } while (waiting.length > 0 && !learned)
  return learned
}

/** Users and the rows of the world, inside the transaction. */
interface TrialState {
  readonly rows: ReadonlyMap<string, JsonObject>
  readonly learned: boolean
}

async function makeTrialState(query: Query, plan: Plan, lessons: MutableLessons, schema: Schema): Promise<TrialState> {
  const rows = new Map<string, JsonObject>()
  if (lessons.noUsers !== null) return { rows, learned: false }
  for (const { name, kind, userMetadata } of plan.actors) {
    if (kind === 'anon') continue
    const isGuest = kind === 'anonymous-auth'
    const user = { id: randomUUID(), email: isGuest ? null : `${name}.${randomUUID().slice(0, 8)}@trespass.test` }
    const refusal = await attempt(query, () => makeUser(query, user, userMetadata ?? {}))
    if (refusal === null) rows.set(name, user)
    else if (!isGuest && !lessons.metadata && schema.metadataKeys.length > 0) lessons.metadata = true
    else if (isGuest) lessons.noGuest = `Auth cannot make an anonymous user: ${refusal.message}`
    else lessons.noUsers = `a trigger of auth.users or a constraint refuses it: ${refusal.message}`
    if (refusal !== null) return { rows, learned: true }
  }
  for (const row of plan.world) {
    const made = await makeRow(query, schema, row, `0a1b2cz${rows.size}`, (name) => rows.get(name)).catch(refusalOf)
    if ('refused' in made) {
      if (!addLesson(lessons, schema, row, made.refused, false)) refuse(lessons, row.table, made.refused.message)
      return { rows, learned: true }
    }
    rows.set(row.name, made.row)
  }
  return { rows, learned: false }
}

/** As Auth makes one; its own triggers and those of the project run. */
async function makeUser(
  query: Query,
  { id, email }: { readonly id: string; readonly email: string | null },
  metadata: JsonObject,
): Promise<void> {
  await query(
    `insert into auth.users (instance_id, id, aud, role, email, email_confirmed_at, raw_app_meta_data,
       raw_user_meta_data, is_anonymous, created_at, updated_at)
     values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2, now(), $3, $4, $5,
       now(), now())`,
    [id, email, JSON.stringify({ provider: 'email', providers: ['email'] }), JSON.stringify(metadata), email === null],
  )
}

interface Attempted extends Trial {
  readonly query: Query
  readonly notebook: MutableLessons
  readonly stage: TrialState
}

/** The result of trying a matrix: `failed` where its row is not shown and a further trial adds nothing. */
type Outcome = 'worked' | 'learned' | 'failed'

async function tryMatrix(attempted: Attempted, matrix: PlannedMatrix): Promise<Outcome> {
  const { query, notebook: lessons } = attempted
  // Objects are made by Storage.
  if ('bucket' in matrix.resource) return 'worked'
  await query('savepoint matrix')
  try {
    return await tryRows(attempted, matrix)
  } catch (error) {
    if (!(error instanceof RowRefused)) throw error
    const { row, refusal, isSecond } = error
    await query('rollback to savepoint matrix')
    if (!addLesson(lessons, attempted.schema, row, refusal, isSecond)) refuse(lessons, row.table, refusal.message)
    return 'learned'
  } finally {
    await query('rollback to savepoint matrix')
  }
}

async function tryRows(attempted: Attempted, matrix: PlannedMatrix): Promise<Outcome> {
  const { query, schema, stage, notebook: lessons } = attempted
  const standing = new Map<string, JsonObject>()
  // Cells that write have copies of their own.
  for (const copy of [0, 1]) {
    for (const [place, row] of matrix.fixtures.entries()) {
      const unique = `0a1b2c${copy}z${place}`
      const scope = (name: string) => standing.get(name) ?? stage.rows.get(name)
      const made = await makeRow(query, schema, row, unique, scope).catch(refusalOf)
      if ('refused' in made) throw new RowRefused(row, made.refused, copy === 1)
      standing.set(row.name, made.row)
    }
  }
  if (matrix.shown !== null && (await isHidden(attempted, matrix, standing))) {
    return remarkHidden(lessons, matrix, schema) ? 'learned' : 'failed'
  }
  return (await tryWrites(attempted, matrix, standing)) ? 'learned' : 'worked'
}

/** The values that an operation sends have to be accepted from the table's owner. */
async function tryWrites(
  { query, schema, stage, notebook: lessons }: Attempted,
  { title, operations, fixtures }: PlannedMatrix,
  standing: ReadonlyMap<string, JsonObject>,
): Promise<boolean> {
  const actor = stage.rows.get('alice')
  const scope = (name: string) => (name === 'actor' ? actor : (standing.get(name) ?? stage.rows.get(name)))
  for (const { name, body, adds } of operations) {
    if (adds !== undefined) {
      const row: PlannedRow = { name: 'new', table: adds.table, key: null, values: adds.values, found: false }
      const made = await attempt(query, async () => void (await makeRow(query, schema, row, '0a1b2cz', scope)))
      if (made !== null) {
        if (made.sqlstate !== '23505' && addLesson(lessons, schema, row, made, false)) return true
        lessons.dropped.add(`${title} ${name}`)
        remark(lessons, title, `insert is not tried: the database refuses the row of its owner: ${made.message}`)
        return true
      }
    }
    const { update, set } = body
    if (typeof update !== 'string' || set === undefined || !isObject(set)) continue
    const table = fixtures.find((row) => row.name === update)?.table
    const row = standing.get(update)
    if (table === undefined || row === undefined) continue
    const values = resolve(set, { run: 'init', unique: '0a1b2cz', row: scope })
    const refusal = await attempt(query, () => change(query, schema, table, row, values))
    if (refusal === null) continue
    let isNew = false
    for (const column of Object.keys(set)) isNew = addTo(lessons.omitted, `${table} ${column} set`) || isNew
    if (isNew) return true
  }
  return false
}

async function change(query: Query, schema: Schema, table: string, row: JsonObject, values: JsonObject): Promise<void> {
  const relation = schema.catalog.relations[table]
  const key = relation?.primaryKey ?? []
  if (relation === undefined || key.length === 0) return
  const names = Object.keys(values)
  const set = rowset(relation, names, 1)
  const by = selection(relation, Object.fromEntries(key.map((column) => [column, row[column] ?? null])), 2)
  const assigned = names.map((name, n) => `${quoted(name)} = (select ${set.columns[n]} from ${set.from})`)
  await query(`update ${aliased(relation)} set ${assigned.join(', ')} from ${by.from} where ${by.condition}`, [
    set.encode([values]),
    by.encode([row]),
  ])
}

/** True when a view leaves out the row of its matrix. The query has the claims of the first user. */
async function isHidden(
  { query, schema, stage, disposable }: Attempted,
  { resource, shown }: PlannedMatrix,
  standing: ReadonlyMap<string, JsonObject>,
): Promise<boolean> {
  const view = schema.catalog.relations[String(resource.view)]
  const row = standing.get(shown?.name ?? '') ?? stage.rows.get(shown?.name ?? '')
  const base = schema.catalog.relations[shown?.table ?? '']
  if (view === undefined || row === undefined || base === undefined) return false
  if (view.kind === 'materialized-view') {
    if (!disposable) return false
    const refusal = await attempt(
      query,
      async () => void (await query(`refresh materialized view ${quotedRelation(view.name)}`)),
    )
    if (refusal !== null) return false
  }
  const key = Array.isArray(resource.key) ? resource.key.map(String) : base.primaryKey
  const by = selection(view, Object.fromEntries(key.map((column) => [column, row[column] ?? null])))
  const claims = JSON.stringify({ sub: stage.rows.get('alice')?.id ?? null, role: 'authenticated' })
  let isShown = true
  const refusal = await attempt(query, async () => {
    await query(`select set_config('request.jwt.claims', $1, true)`, [claims])
    const found = await query(`select 1 from ${aliased(view)}, ${by.from} where ${by.condition} limit 1`, [
      by.encode([row]),
    ])
    isShown = found.length > 0
  })
  await query(`select set_config('request.jwt.claims', '', true)`)
  return refusal === null && !isShown
}

/** A view may join rows that the fixture left out: they are filled in once. */
function remarkHidden(lessons: MutableLessons, { title, shown }: PlannedMatrix, schema: Schema): boolean {
  const relation = schema.catalog.relations[shown?.table ?? '']
  const empty = (relation?.foreignKeys ?? [])
    .filter(({ references }) => references !== relation?.name)
    .flatMap(({ columns }) => columns.filter((column) => !Object.hasOwn(shown?.values ?? {}, column)))
  let isNew = false
  for (const column of empty) isNew = addTo(lessons.required, `${relation?.name} ${column}`) || isNew
  if (isNew) return true
  return remark(
    lessons,
    title,
    `the row ${shown?.name} is not shown by the view: give it the values that the view asks for`,
  )
}

/** @returns true when it is new. */
function remark({ remarks }: MutableLessons, title: string, text: string): boolean {
  const before = remarks.get(title) ?? []
  if (before.includes(text)) return false
  remarks.set(title, [...before, text])
  return true
}

function refuse({ refused }: MutableLessons, table: string, message: string): void {
  refused.set(table, `no row of ${table} can be made: ${message}`)
}

class RowRefused extends Error {
  readonly row: PlannedRow
  readonly refusal: RefusedStatement
  readonly isSecond: boolean

  constructor(row: PlannedRow, refusal: RefusedStatement, isSecond: boolean) {
    super(refusal.message)
    this.row = row
    this.refusal = refusal
    this.isSecond = isSecond
  }
}

function refusalOf(error: unknown): { readonly refused: RefusedStatement } {
  if (error instanceof RefusedStatement) return { refused: error }
  throw error
}

/** Runs statements that the database may refuse. @returns the refusal, after which the transaction goes on. */
async function attempt(query: Query, work: () => Promise<void>): Promise<RefusedStatement | null> {
  await query('savepoint attempt')
  try {
    await work()
    await query('release savepoint attempt')
    return null
  } catch (error) {
    if (!(error instanceof RefusedStatement)) throw error
    await query('rollback to savepoint attempt')
    return error
  }
}

/**
 * Makes or finds one row.
 *
 * @throws RefusedStatement
 */
async function makeRow(
  query: Query,
  schema: Schema,
  { table, name, values, found }: PlannedRow,
  unique: string,
  row: (name: string) => JsonObject | undefined,
): Promise<{ readonly row: JsonObject }> {
  const relation = schema.catalog.relations[table]
  if (relation === undefined) throw new TrespassError('no-such-table', `found no table ${table} for ${name}`)
  const given = resolve(values, { run: 'init', unique, row })
  const names = Object.keys(given)
  if (found) {
    const by = selection(relation, given)
    const there = await query(`select to_jsonb(t) from ${aliased(relation)}, ${by.from} where ${by.condition}`, [
      by.encode([given]),
    ])
    const [only, second] = there
    if (only === undefined || second !== undefined) {
      throw new RefusedStatement('P0002', `${there.length} rows are found for ${name}, expected one`)
    }
    return { row: parseJsonObject(only[0] ?? '') }
  }
  const set = rowset(relation, names)
  const rows =
    names.length === 0
      ? await query(`insert into ${aliased(relation)} default values returning to_jsonb(t)`)
      : await query(
          `insert into ${aliased(relation)} (${names.map(quoted).join(', ')}) overriding system value
           select ${set.columns.join(', ')} from ${set.from} returning to_jsonb(t)`,
          [set.encode([given])],
        )
  const [made] = rows
  if (made === undefined) throw new RefusedStatement('P0002', `a trigger or a rule leaves the row ${name} out`)
  return { row: parseJsonObject(made[0] ?? '') }
}
