import { type ActorDeclaration, hasUser, type Roster, type RowDeclaration, usesApi } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'
import type { Ownership, Relation, Side } from './model.ts'

type Row = Pick<RowDeclaration, 'name' | 'table' | 'values'>

/** @returns the actors that a survey tries: those whose credentials are as the service issued them. */
export function surveyedActors(roster: Roster): readonly ActorDeclaration[] {
  return roster.actors.filter(({ kind, token, apiKey }) => {
    return usesApi(kind) && token === undefined && apiKey === undefined
  })
}

/**
 * Finds the actor and the tenant that a row belongs to. A tenant is a row of the world that rows with a user refer to, as a
 * membership refers to its organization. Pure.
 */
export class Tenancy {
  readonly #users: ReadonlyMap<string, string>
  readonly #rows: ReadonlyMap<string, Row>
  readonly #membershipTables: ReadonlySet<string>
  readonly #tenantTables: ReadonlySet<string>
  /** By tenant, its actors. */
  readonly #members: ReadonlyMap<string, ReadonlySet<string>>

  /** @param fixtures rows beside the world, which may be tenants and memberships too. */
  constructor(roster: Roster, fixtures: readonly Row[] = []) {
    this.#users = new Map(roster.actors.filter(({ kind }) => hasUser(kind)).map(({ name, as }) => [name, as ?? name]))
    this.#rows = new Map([...roster.world, ...fixtures].map((row) => [row.name, row]))
    const links = roster.world.filter((row) => this.#usersIn(row).length > 0 && this.#rowsIn(row).length > 0)
    this.#membershipTables = new Set(links.map(({ table }) => table))
    this.#tenantTables = new Set(links.flatMap((row) => this.#rowsIn(row).map(({ table }) => table)))
    const members = new Map<string, Set<string>>()
    for (const row of this.#rows.values()) {
      if (!this.#membershipTables.has(row.table) && !this.#tenantTables.has(row.table)) continue
      const tenants = [row, ...this.#rowsIn(row)].filter(({ table }) => this.#tenantTables.has(table))
      for (const { name } of tenants) {
        members.set(name, new Set([...(members.get(name) ?? []), ...this.#usersIn(row)]))
      }
    }
    this.#members = members
  }

  get membershipTables(): ReadonlySet<string> {
    return this.#membershipTables
  }

  get tenantTables(): ReadonlySet<string> {
    return this.#tenantTables
  }

  /** @returns the actors of a tenant, in the order in which the world names them. */
  membersOf(tenant: string): readonly string[] {
    return [...(this.#members.get(tenant) ?? [])]
  }

  /** @returns the rows of the world that tie actors to a tenant. */
  membershipsOf(tenant: string): readonly Row[] {
    return [...this.#rows.values()].filter(
      (row) => this.#membershipTables.has(row.table) && this.#rowsIn(row).some(({ name }) => name === tenant),
    )
  }

  row(name: string): Row | undefined {
    return this.#rows.get(name)
  }

  /**
   * Chooses the two parties whose rows are surveyed: two tenants, each with a member that the other does not have; without
   * tenants two users.
   */
  sides(): readonly Side[] {
    const tenants = [...this.#members].filter(([, members]) => members.size > 0)
    for (const [n, [one, ours]] of tenants.entries()) {
      for (const [other, theirs] of tenants.slice(n + 1)) {
        if (this.#rows.get(one)?.table !== this.#rows.get(other)?.table) continue
        const here = [...ours].find((actor) => !theirs.has(actor))
        const there = [...theirs].find((actor) => !ours.has(actor))
        if (here !== undefined && there !== undefined) return [this.#side(one, here), this.#side(other, there)]
      }
    }
    const alone = [...new Set(this.#users.values())].filter((name) => this.#users.has(name))
    return alone.slice(0, 2).map((holder) => ({ name: holder, tenant: null, holder }))
  }

  /** @returns the owners and tenants of a row, by its references and those of the rows that it refers to. */
  ownershipOf(values: RowDeclaration['values'], seen: ReadonlySet<string> = new Set()): Ownership {
    const own = this.#usersIn({ values })
    const above = this.#rowsIn({ values })
      .filter(({ name }) => !seen.has(name))
      .map((row) => this.ownershipOfRow(row.name, seen))
    const owners = own.length > 0 ? own : above.flatMap((one) => one.owners)
    const tenants = above.flatMap((one) => one.tenants)
    return { owners: [...new Set(owners)], tenants: [...new Set(tenants)] }
  }

  ownershipOfRow(name: string, seen: ReadonlySet<string> = new Set()): Ownership {
    const row = this.#rows.get(name)
    if (row === undefined) return { owners: [], tenants: [] }
    const { owners, tenants } = this.ownershipOf(row.values, new Set([...seen, name]))
    return this.#members.has(name) ? { owners: [], tenants: [...new Set([name, ...tenants])] } : { owners, tenants }
  }

  relation(actor: string, { owners, tenants }: Ownership): Relation {
    const user = this.#users.get(actor)
    if (owners.length === 0 && tenants.length === 0) return 'unowned'
    if (user !== undefined && owners.some((owner) => this.#users.get(owner) === user)) return 'own'
    const isMember = tenants.some((tenant) =>
      this.membersOf(tenant).some((member) => user !== undefined && this.#users.get(member) === user),
    )
    return isMember ? 'same-tenant' : 'another-tenant'
  }

  #side(tenant: string, holder: string): Side {
    return { name: tenant, tenant: { row: tenant, table: this.#rows.get(tenant)?.table ?? '' }, holder }
  }

  #usersIn({ values }: Pick<Row, 'values'>): readonly string[] {
    return [...new Set(referencesIn(values).flatMap(({ name }) => (this.#users.has(name) ? [name] : [])))]
  }

  #rowsIn({ values }: Pick<Row, 'values'>): readonly Row[] {
    return [...new Set(referencesIn(values).flatMap(({ name }) => this.#rows.get(name) ?? []))]
  }
}
