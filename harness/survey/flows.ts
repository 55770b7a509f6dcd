import type { Inventory } from '../inventory/model.ts'
import type { LoadedMatrix, Resource, Roster, RowDeclaration } from '../model/matrix.ts'
import { usesApi } from '../model/matrix.ts'
import type { CellRecord } from '../model/record.ts'
import type { ChangedRow, Sighting } from '../model/verdict.ts'
import type { Catalog } from '../witness/catalog.ts'
import type { Flow, FlowKind, Ownership, Relation, SurveyMatrix, SurveyOperation } from './model.ts'
import { grantedColumns } from './plan-relation.ts'
import { rulesOf } from './rules.ts'
import { Tenancy } from './tenancy.ts'

/** The parts besides the records from which flows are made. */
export interface Sources {
  readonly roster: Roster
  readonly inventory: Inventory
  readonly catalog: Catalog
}

/** Schemas in which services record requests in rows of their own. */
const services = /^(?:realtime|auth|net|cron|supabase_functions)\./

/** Turns the readings and changes of attempts into flows: one of each attempt for each owner of rows and each kind. Pure. */
export function flowsOf(
  sources: Sources,
  survey: SurveyMatrix,
  { matrix }: LoadedMatrix,
  records: readonly CellRecord[],
): readonly Flow[] {
  const { fixtures, resource } = matrix
  const rows: Rows = {
    ...sources,
    tenancy: new Tenancy(sources.roster, fixtures),
    byName: new Map([...sources.roster.world, ...fixtures].map((row) => [row.name, row])),
  }
  return records.flatMap((record) => flowsOfRecord(rows, survey, resource, record))
}

function flowsOfRecord(
  rows: Rows,
  { document, operations, object }: SurveyMatrix,
  resource: Resource,
  record: CellRecord,
): readonly Flow[] {
  const about = operations[record.operation]
  if (about === undefined || !usesApi(record.actorKind)) return []
  const attempt = new Attempt(rows, record, about)
  const role = record.actorKind === 'anon' ? 'anon' : 'authenticated'
  const rules = rulesOf(rows.inventory, resource, about.access, role)
  return attempt.events().map((event): Flow => {
    const { kind, whose, relation, tables, columns, rows } = event
    const name = whose === '' ? '' : ` › ${whose}`
    return {
      id: `${object} › ${record.actor} › ${record.operation} › ${kind}${name}`,
      ...{ object, kind, actor: record.actor, actorKind: record.actorKind, relation, whose, door: about.door },
      ...{ tables, columns, hidden: attempt.hidden(event, role, resource), rules },
      ...{ matrix: document.matrix, operation: record.operation, rows },
    }
  })
}

/** The rows of a matrix and of the world, and the owners of each. */
interface Rows extends Sources {
  readonly tenancy: Tenancy
  readonly byName: ReadonlyMap<string, RowDeclaration>
}

interface Event {
  readonly kind: FlowKind
  readonly whose: string
  readonly relation: Relation
  readonly tables: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly string[]
  /** Columns by their table. */
  readonly by: readonly { readonly table: string; readonly column: string }[]
}

/** One row of an attempt that came, changed or went. */
interface Part {
  readonly kind: FlowKind
  readonly owned: Ownership | null
  readonly table: string | null
  readonly columns: readonly string[]
  readonly row: string | null
}

/** Reads the record of one attempt. */
class Attempt {
  readonly #sources: Sources
  readonly #tenancy: Tenancy
  readonly #rows: ReadonlyMap<string, RowDeclaration>
  readonly #record: CellRecord
  readonly #about: SurveyOperation

  constructor(rows: Rows, record: CellRecord, about: SurveyOperation) {
    this.#sources = rows
    this.#tenancy = rows.tenancy
    this.#rows = rows.byName
    this.#record = record
    this.#about = about
  }

  events(): readonly Event[] {
    const groups = new Map<string, Part[]>()
    // Each half of a comparison has a flow of its own attempt.
    const isCompared = this.#record.comparison !== null
    for (const part of isCompared ? this.#revealed() : [...this.#shown(), ...this.#changed()]) {
      const key = JSON.stringify([part.kind, this.#relation(part), this.#whose(part)])
      groups.set(key, [...(groups.get(key) ?? []), part])
    }
    return [...groups.values()].flatMap((parts): Event[] => {
      const [first] = parts
      if (first === undefined) return []
      return [
        {
          kind: first.kind,
          whose: this.#whose(first),
          relation: this.#relation(first),
          tables: sorted(parts.flatMap(({ table }) => table ?? [])),
          columns: sorted(parts.flatMap(({ columns }) => columns)),
          rows: sorted(parts.flatMap(({ row }) => row ?? [])),
          by: parts.flatMap(({ table, columns }) =>
            table === null ? [] : columns.map((column) => ({ table, column })),
          ),
        },
      ]
    })
  }

  /** The columns that the actor's role may not select from their own table. */
  hidden({ kind, by }: Event, role: 'anon' | 'authenticated', resource: { readonly name: string }): readonly string[] {
    if (kind !== 'shown') return []
    return sorted(
      by.flatMap(({ table, column }) => {
        const relation = this.#sources.inventory.relations.find((one) => `${one.schema}.${one.name}` === table)
        if (relation === undefined || table === resource.name || relation.shownTo !== undefined) return []
        if (!relation.columns.includes(column)) return []
        return grantedColumns(relation, role, 'select').includes(column) ? [] : [`${table}.${column}`]
      }),
    )
  }

  #shown(): readonly Part[] {
    const { outcome } = this.#record
    if (outcome === null) return []
    const { reading, sightings = [] } = outcome
    const certain = sightings.filter((one) => one.weak !== true && this.#isOwnValue(one))
    const seen = reading?.seen ?? (reading !== null && (reading.count ?? 0) > 0 ? reading.reach : [])
    const names = [...new Set([...seen, ...certain.map(({ fixture }) => fixture)])]
    const strangers = reading?.strangers ?? 0
    const parts = names.map((name): Part => {
      const row = this.#rows.get(name)
      const found = certain.filter(({ fixture }) => fixture === name).map(({ column }) => topOf(column))
      const isOwn = row !== undefined && row.table === this.#tableOf()
      const columns = isOwn && seen.includes(name) ? [...this.#ownColumns(reading?.columns ?? []), ...found] : found
      return {
        kind: 'shown',
        owned: this.#ownershipOf(name),
        table: row?.table ?? null,
        columns: known(columns),
        row: name,
      }
    })
    if (strangers === 0) return parts
    return [...parts, { kind: 'shown', owned: null, table: null, columns: known(reading?.columns ?? []), row: null }]
  }

  /** Rows that are made together may share a timestamp, which the database has chosen. */
  #isOwnValue({ fixture, column }: Sighting): boolean {
    const row = this.#rows.get(fixture)
    if (row === undefined || column in row.values) return true
    const type = this.#sources.catalog.relations[row.table]?.columns[column]?.type ?? ''
    return !type.startsWith('timestamp')
  }

  #changed(): readonly Part[] {
    const { changes } = this.#record
    const isRead = changes !== undefined && changes.unread === undefined && changes.look === 'transaction'
    const parts = isRead ? changes.rows.flatMap((change) => this.#change(change)) : this.#effect()
    const { names, access } = this.#about
    // A row that is changed to name other owners is theirs from then on.
    const isMoved = names !== undefined && access === 'update' && parts.some((part) => this.#holdsWhatWasSet(part))
    return isMoved ? [...parts, { kind: 'added', owned: names, table: this.#tableOf(), columns: [], row: null }] : parts
  }

  /** A trigger may have turned the update into another one. */
  #holdsWhatWasSet({ kind, columns }: Part): boolean {
    if (kind !== 'changed') return false
    const { relations } = this.#sources.inventory
    const isRelation = relations.some(({ schema, name }) => `${schema}.${name}` === this.#tableOf())
    return !isRelation || columns.length === 0 || this.#setColumns().some((column) => columns.includes(column))
  }

  #change({ action, table, fixture, columns = [] }: ChangedRow): readonly Part[] {
    if (services.test(table) && fixture === undefined) return []
    if (action === 'insert')
      return [{ kind: 'added', owned: this.#subject(), table, columns: [], row: fixture ?? null }]
    const kind = action === 'update' ? 'changed' : 'removed'
    const owned = fixture === undefined ? null : this.#ownershipOf(fixture)
    return [{ kind, owned, table, columns, row: fixture ?? null }]
  }

  /** The requested effect, where no log shows the changes of the attempt. */
  #effect(): readonly Part[] {
    const { effect, outcome } = this.#record
    const { access, row = null } = this.#about
    const own = { table: this.#tableOf(), columns: this.#setColumns(), row }
    const happened = effect?.kind === 'happened' || effect?.kind === 'otherwise'
    switch (access) {
      case 'hear':
      case 'speak': {
        const isDone = outcome?.meaning.kind === 'done' && effect?.kind !== 'nothing'
        const kind = access === 'hear' ? 'shown' : 'added'
        const columns = access === 'hear' ? known(outcome?.reading?.columns ?? []) : []
        return isDone ? [{ kind, owned: this.#subject(), table: null, columns, row }] : []
      }
      case 'insert':
        return happened ? [{ kind: 'added', owned: this.#subject(), ...own }] : []
      case 'update':
        return happened ? [{ kind: 'changed', owned: this.#owned(), ...own }] : []
      case 'delete':
        return happened ? [{ kind: 'removed', owned: this.#owned(), ...own }] : []
      case 'select':
        return happened ? [{ kind: 'shown', owned: this.#owned(), ...own, columns: [] }] : []
      case 'call':
        return happened ? [{ kind: 'changed', owned: this.#subject(), ...own, columns: [] }] : []
    }
  }

  #revealed(): readonly Part[] {
    const { comparison } = this.#record
    if (comparison === null || comparison.differences.length === 0) return []
    // An operation that succeeds on the rows of others is a flow of its own.
    const [first] = comparison.meanings
    if (first.kind === 'done' || comparison.meanings.some(({ kind }) => kind === 'unknown')) return []
    const owned = this.#owned()
    // An answer reveals nothing about a row that the actor may see.
    if (this.#tenancy.relation(this.#record.actor, owned) !== 'another-tenant') return []
    return [{ kind: 'revealed', owned, table: null, columns: [], row: null }]
  }

  #relation({ owned }: Part): Relation {
    if (owned === null) return 'not-of-the-run'
    if (owned.owners.includes('actor')) return 'own'
    return this.#tenancy.relation(this.#record.actor, owned)
  }

  #whose({ owned }: Part): string {
    if (owned === null) return 'rows that the run did not make'
    const { owners, tenants } = owned
    const people = owners.map((owner) => (owner === 'actor' ? this.#record.actor : owner)).join(' and ')
    const places = tenants.map((tenant) => tenant.replace(/ copy$/, '')).join(' and ')
    return people !== '' && places !== '' ? `${people} of ${places}` : people || places
  }

  #ownershipOf(name: string): Ownership {
    return this.#tenancy.ownershipOfRow(name)
  }

  /** The owners of the operation's row. */
  #owned(): Ownership {
    const { row } = this.#about
    return row === undefined ? this.#subject() : this.#ownershipOf(row)
  }

  /** The owners that a written row names, else those of the operation's side. */
  #subject(): Ownership {
    const { side, row, names } = this.#about
    if (names !== undefined) return names
    if (row !== undefined && this.#rows.has(row)) return this.#ownershipOf(row)
    if (side === null) return { owners: [], tenants: [] }
    const tenant = this.#rows.has(`${side} copy`) ? `${side} copy` : side
    return this.#rows.has(tenant) ? { owners: [], tenants: [tenant] } : { owners: [side], tenants: [] }
  }

  #tableOf(): string {
    return this.#record.resource.slice(this.#record.resource.indexOf(' ') + 1)
  }

  /** Keys of an answer that are columns of the object, and no embedded rows. */
  #ownColumns(columns: readonly string[]): readonly string[] {
    const relation = this.#sources.inventory.relations.find(
      ({ schema, name }) => `${schema}.${name}` === this.#tableOf(),
    )
    return relation === undefined ? columns : columns.filter((column) => relation.columns.includes(column))
  }

  #setColumns(): readonly string[] {
    const body = this.#record.outcome?.body
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? Object.keys(body) : []
  }
}

function topOf(column: string): string {
  return column.replace(/[.[].*$/, '')
}

function known(columns: readonly string[]): readonly string[] {
  return columns.filter((column) => !column.startsWith('‹'))
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort()
}

/** Ranks of suspicion, the gravest first. */
const ranks: readonly ((flow: Flow) => boolean)[] = [
  ({ expected }) => expected?.decision === 'deny',
  ({ relation, kind, actorKind }) => relation === 'another-tenant' && kind === 'shown' && actorKind === 'anon',
  ({ relation, kind }) => relation === 'another-tenant' && kind === 'shown',
  ({ relation, kind }) => relation === 'another-tenant' && kind !== 'revealed',
  ({ relation, hidden }) => relation !== 'own' && hidden.length > 0,
  ({ relation }) => relation === 'another-tenant',
  ({ relation }) => relation === 'not-of-the-run',
  ({ relation, kind }) => relation === 'unowned' && kind !== 'shown',
  ({ relation }) => relation === 'unowned',
  ({ relation, kind }) => relation === 'same-tenant' && kind !== 'shown',
  ({ relation }) => relation === 'same-tenant',
]

/** @returns the place of a flow in the order of suspicion; 0 is the gravest. */
export function suspicion(flow: Flow): number {
  const rank = ranks.findIndex((applies) => applies(flow))
  return rank < 0 ? ranks.length : rank
}

/** @returns flows, the most suspicious first; those of one object and rank that show most columns before others. */
export function bySuspicion(flows: readonly Flow[]): readonly Flow[] {
  return flows.toSorted((one, other) => {
    const rank = suspicion(one) - suspicion(other) || one.object.localeCompare(other.object)
    return rank || other.columns.length - one.columns.length || (one.id < other.id ? -1 : 1)
  })
}
