import { isDeepStrictEqual } from 'node:util'
import {
  type ActorDeclaration,
  hasUser,
  type LoadedMatrix,
  type Matrix,
  type OperationDeclaration,
} from '../model/matrix.ts'
import type { ExpectedBy, Flow, FlowKind, Ownership } from './model.ts'
import { AccessReader, type RowAccess, type Setting } from './row-access.ts'

/** The accesses that one cell allows or denies. */
interface DeclaredAccess {
  readonly cell: string
  readonly actor: string
  readonly decision: 'allow' | 'deny'
  /** Accesses that happen together, as a file leaves one folder and comes into another. */
  readonly touches: readonly RowAccess[]
  /** True when the cell allows rows that are not the run's. */
  readonly others: boolean
  readonly of: AccessReader
}

/** A set of accesses that all have to be allowed before a flow is. */
interface Demand {
  readonly touches: readonly RowAccess[]
  /** All accesses of the attempt: a denied cell applies only if it is about none beyond them. */
  readonly whole: readonly RowAccess[]
  readonly others: boolean
}

/** The claims that concern an actor: those of its own user, and those of users with the same standing. */
interface Claims {
  readonly own: readonly DeclaredAccess[]
  readonly alike: readonly DeclaredAccess[]
}

/** Compares flows with what matrices allow and deny. Pure. */
export class ExpectedFlows {
  readonly #setting: Setting
  readonly #claims: ReadonlyMap<string, Claims>
  /** By actor, its standing in the tenants of the world, such as a role. */
  readonly #standings: ReadonlyMap<string, ReadonlySet<string>>

  constructor(setting: Setting, matrices: readonly LoadedMatrix[]) {
    this.#setting = setting
    const { actors } = setting.roster
    this.#standings = new Map(actors.map(({ name }) => [name, relationsOf(setting, name)]))
    const claims = new Map(
      actors.map(({ name }) => [name, matrices.flatMap(({ matrix }) => claimsOf(setting, matrix, name))] as const),
    )
    const of = (some: readonly ActorDeclaration[]) => some.flatMap(({ name }) => claims.get(name) ?? [])
    this.#claims = new Map(
      actors.map((actor) => {
        const own = actors.filter((other) => isSameCaller(actor, other))
        const alike = actors.filter((other) => !own.includes(other) && isLikeCaller(actor, other))
        return [actor.name, { own: of(own), alike: of(alike) }]
      }),
    )
  }

  /** @returns flows with the cells that allow or deny each, where there are such cells. */
  mark(flows: readonly Flow[], survey: Matrix): readonly Flow[] {
    return flows.map((flow) => {
      const expected = this.#expectedOf(flow, survey)
      return expected === null ? flow : { ...flow, expected }
    })
  }

  #expectedOf(flow: Flow, survey: Matrix): ExpectedBy | null {
    const operation = survey.operations.find(({ name }) => name === flow.operation)
    if (operation === undefined) return null
    const mine = new AccessReader(this.#setting, survey, flow.actor)
    const demands = demandsOf(flow, operation, survey, mine)
    const answers = demands.map((demand) => this.#answer(flow, demand, mine))
    const denials = answers.flatMap((answer) => (answer?.decision === 'deny' ? [answer] : []))
    if (denials.length > 0) return { decision: 'deny', cells: cellsOf(denials) }
    const allowances = answers.flatMap((answer) => answer ?? [])
    if (allowances.length === 0 || allowances.length < demands.length) return null
    const isAlike = allowances.some((one) => one.alike)
    return { decision: 'allow', cells: cellsOf(allowances), ...(isAlike ? { alike: true } : {}) }
  }

  /** A cell of the user itself decides before one of another user. */
  #answer(flow: Flow, demand: Demand, mine: AccessReader): Answer | null {
    const { own = [], alike = [] } = this.#claims.get(flow.actor) ?? {}
    const first = this.#among(own, flow, demand, mine)
    if (first !== null) return { ...first, alike: false }
    const second = this.#among(alike, flow, demand, mine)
    return second === null || second.decision === 'deny' ? null : { ...second, alike: true }
  }

  #among(
    claims: readonly DeclaredAccess[],
    flow: Flow,
    demand: Demand,
    mine: AccessReader,
  ): Omit<Answer, 'alike'> | null {
    const near = claims.filter((claim) => this.#isMet(flow.actor, demand, mine, claim))
    // If some rows are allowed and others denied by their state, rows of the same state decide.
    const exact = near.filter((claim) =>
      demand.touches.every((touch) => claim.touches.some((one) => agrees(touch, one))),
    )
    const some = exact.length > 0 ? exact : near
    const allowed = some.filter(({ decision }) => decision === 'allow')
    const missing = missingColumns(flow, allowed)
    if (allowed.length > 0 && missing.length === 0) return { decision: 'allow', claims: allowed }
    const denied = some.filter(({ decision, touches }) => {
      const isTried = (other: RowAccess) =>
        demand.whole.some((touch) => touch.way === other.way && agrees(touch, other))
      const isShown =
        allowed.length === 0 || touches.some(({ columns }) => columns?.some((one) => missing.includes(one)))
      return decision === 'deny' && touches.every(isTried) && isShown
    })
    return denied.length === 0 ? null : { decision: 'deny', claims: denied }
  }

  #isMet(actor: string, demand: Demand, mine: AccessReader, claim: DeclaredAccess): boolean {
    if (demand.others && !claim.others) return false
    return demand.touches.every((touch) =>
      claim.touches.some((other) => {
        if (touch.object !== other.object || !fits(touch, other)) return false
        if (demand.others) return true
        return this.#isAsNear({ actor, of: mine, owned: touch.owned }, { ...claim, owned: other.owned }, touch)
      }),
    )
  }

  /**
   * True when the owners of two rows have the same relation to two actors, and the actors the same standing in the tenants of the
   * rows.
   */
  #isAsNear(one: Side, other: Side, { way, isUsers }: RowAccess): boolean {
    const owners = nearOwners(one)
    const [ours, theirs] = [one.owned.tenants, other.owned.tenants]
    const isTenants = other.owned.owners.length === 0 && theirs.length > 0 && !isUsers
    if (!isTenants && !isDeepStrictEqual(owners, nearOwners(other))) return false
    const isOwn = !isTenants && isDeepStrictEqual(owners, ['own'])
    // A call that a user may make for its own row, such as an invitation, is allowed in any tenant.
    if (isOwn && way === 'call') return true
    if (ours.length > 0 && theirs.length > 0) {
      const standings = theirs.map((tenant) => other.of.standingIn(tenant))
      return ours.every((tenant) =>
        standings.some((standing) => isDeepStrictEqual(one.of.standingIn(tenant), standing)),
      )
    }
    // An own row stays an own row in a tenant; a new one, or that of another user, may be let through for the tenant's sake.
    if (ours.length !== theirs.length && (!isOwn || way === 'add')) return false
    return (
      one.actor === other.actor || isDeepStrictEqual(this.#standings.get(one.actor), this.#standings.get(other.actor))
    )
  }
}

interface Answer {
  readonly decision: 'allow' | 'deny'
  readonly claims: readonly DeclaredAccess[]
  /** True when the cells are those of users with the same standing as the actor. */
  readonly alike: boolean
}

/** An actor and the owners of a row, in the matrix that makes the row. */
interface Side {
  readonly actor: string
  readonly owned: Ownership
  readonly of: AccessReader
}

function nearOwners({ actor, owned, of }: Side): readonly string[] {
  const near = owned.owners.map((owner) => of.tenancy.relation(actor, { owners: [owner], tenants: [] }))
  return [...new Set(near)].sort()
}

function relationsOf(setting: Setting, actor: string): ReadonlySet<string> {
  const empty = { name: '', file: '', resource: { kind: '', name: '' }, invariants: {} }
  const world = new AccessReader(setting, { ...empty, fixtures: [], operations: [], cells: [] }, actor)
  const standings = setting.roster.world.flatMap(({ name }) => world.standingIn(name) ?? [])
  return new Set(standings.map((standing) => JSON.stringify(standing)))
}

function claimsOf(setting: Setting, matrix: Matrix, actor: string): readonly DeclaredAccess[] {
  const of = new AccessReader(setting, matrix, actor)
  return matrix.cells.flatMap((cell): readonly DeclaredAccess[] => {
    const { expected } = cell
    const operation = matrix.operations.find(({ name }) => name === cell.operation)
    if (cell.actor !== actor || operation === undefined) return []
    if (expected.decision !== 'allow' && expected.decision !== 'deny') return []
    const { decision } = expected
    const claim = {
      cell: `${matrix.name} › ${actor} › ${operation.name}`,
      actor,
      of,
      others: operation.others === 'allow',
    }
    if (operation.pair !== undefined) return [{ ...claim, decision, touches: comparedOf(operation, matrix, of) }]
    const only = expected.decision === 'allow' ? expected.exactly : undefined
    const shown = expected.decision === 'allow' ? expected.columns : undefined
    // An expected row may be a row of the world.
    const reads = [...new Set([...of.readsOf(operation), ...(only ?? [])])].flatMap(
      (name): readonly DeclaredAccess[] => {
        const touch = of.read(operation, name)
        if (touch === null) return []
        const isKept = only === undefined || only.includes(name)
        const columns = shown ?? touch.columns
        return [{ ...claim, decision: isKept ? decision : 'deny', touches: [{ ...touch, columns }] }]
      },
    )
    const acts = of.actsOf(operation)
    return acts.length === 0 ? reads : [...reads, { ...claim, decision, touches: acts }]
  })
}

/** The access of a cell that equals a side effect of an attempt. */
const effects: Readonly<Record<FlowKind, string>> = {
  ...{ shown: 'read', changed: 'change', added: 'add', removed: 'remove', revealed: 'read' },
}

/** @returns the accesses that have to be allowed: a read of each row that came, else the changes of the attempt. */
function demandsOf(flow: Flow, operation: OperationDeclaration, survey: Matrix, mine: AccessReader): readonly Demand[] {
  const others = flow.relation === 'not-of-the-run'
  if (flow.kind === 'revealed') {
    const compared = comparedOf(operation, survey, mine)
    return [{ touches: compared, whole: compared, others: false }]
  }
  const [half] = operation.pair ?? []
  const tried = survey.operations.find(({ name }) => name === half) ?? operation
  const acts = mine.actsOf(tried)
  const calls = acts.every(({ way }) => way === 'call')
  const reads = (names: readonly string[]) => {
    const touches = names.flatMap((name) => mine.read(tried, name) ?? [])
    return touches.map((touch): Demand => ({ touches: [touch], whole: [touch], others }))
  }
  if (flow.kind === 'shown' && calls) return others ? reads(mine.readsOf(tried).slice(0, 1)) : reads(flow.rows)
  const alone = (touch: RowAccess): Demand => ({ touches: [touch], whole: acts, others })
  const further = mine.beyond(acts, flow.rows, effects[flow.kind]).map(alone)
  // One policy may allow a file to leave its place, and another to reach its new one.
  if (['move', 'copy'].includes(tried.verb)) return [...acts.map(alone), ...further]
  return [{ touches: acts, whole: acts, others }, ...further]
}

function comparedOf({ pair }: OperationDeclaration, matrix: Matrix, of: AccessReader): readonly RowAccess[] {
  const half = matrix.operations.find(({ name }) => name === pair?.[0])
  return half === undefined ? [] : of.actsOf(half).map((touch) => ({ ...touch, way: `tell by ${touch.way}` }))
}

/** True when a cell's access is of the kind that a flow takes. */
function fits(touch: RowAccess, other: RowAccess): boolean {
  const { way } = touch
  const isWay =
    way === other.way || (way === 'download' && other.way === 'read') || (way === 'move in' && other.way === 'add')
  if (!isWay) return false
  const sets = way === 'change' || way === 'set'
  if (sets && !(touch.columns ?? []).every((column) => other.columns?.includes(column))) return false
  // The values that are written have to be those that the cell writes.
  return way === 'add' || way === 'set' ? isCompatible(touch.states, other.states) : true
}

function agrees(touch: RowAccess, other: RowAccess): boolean {
  return touch.object === other.object && fits(touch, other) && isCompatible(touch.states, other.states)
}

function isCompatible(one: RowAccess['states'], other: RowAccess['states']): boolean {
  return Object.entries(one).every(([column, value]) => !(column in other) || isDeepStrictEqual(other[column], value))
}

/** @returns the columns that came and that none of the cells reads. */
function missingColumns({ kind, tables, columns }: Flow, claims: readonly DeclaredAccess[]): readonly string[] {
  if (kind !== 'shown' || tables.length > 1) return []
  const read = claims.flatMap(({ touches }) => touches.map((one) => one.columns))
  return read.includes(null) ? [] : columns.filter((column) => !read.some((some) => some?.includes(column)))
}

/** Callers are the same when they send the same user's intact token, of the same assurance, or none at all. */
function isSameCaller(one: ActorDeclaration, other: ActorDeclaration): boolean {
  return isDeepStrictEqual(credentialOf(one), credentialOf(other))
}

function credentialOf({ name, kind, as, token, apiKey, assurance = 'aal1' }: ActorDeclaration): readonly unknown[] {
  if (kind === 'anon') return [kind, token, apiKey]
  return [kind, as ?? name, assurance, token, apiKey]
}

/** Users of one kind and with the same metadata, whose token proves no more than the actor's. */
function isLikeCaller(actor: ActorDeclaration, other: ActorDeclaration): boolean {
  const isIntact = other.token === undefined && other.apiKey === undefined
  if (!hasUser(actor.kind) || actor.kind !== other.kind || !isIntact) return false
  const proves = (one: ActorDeclaration) => (one.assurance === 'aal2' ? 2 : 1)
  const about = ({ appMetadata = {}, userMetadata = {} }: ActorDeclaration) => [appMetadata, userMetadata]
  return proves(other) <= proves(actor) && isDeepStrictEqual(about(actor), about(other))
}

function cellsOf(answers: readonly Pick<Answer, 'claims'>[]): readonly string[] {
  return [...new Set(answers.flatMap(({ claims }) => claims.map(({ cell }) => cell)))].sort()
}
