import { groupBy } from '../group.ts'
import { policiesFor } from '../inventory/access.ts'
import { type ClientRole, type Command, clientRoles, commands } from '../inventory/model.ts'
import type { ReviewCatalog, ReviewFunction, ReviewTable, ReviewView } from './catalog.ts'
import { tablesInBody } from './lookup.ts'
import { nameOf } from './names.ts'
import type { PolicySurroundings } from './read-policies.ts'

/** One step from a table to what its policies read. */
interface Step {
  readonly table: string
  /** The way by which the policies of that table reach the next one: `policy "members"`, `the function public.is_member`. */
  readonly by: string
}

/**
 * Finds the ways on which the policies of a table come back to a table whose policies are being applied. PostgreSQL refuses
 * such a request with 42P17, or, through a function, runs out of stack.
 *
 * @returns each in a sentence.
 */
export function recursionsFrom(around: PolicySurroundings, table: string): readonly string[] {
  const search = new Search(around)
  for (const role of clientRoles) for (const command of commands) search.from(table, role, command)
  return [...search.found]
}

class Search {
  readonly found = new Set<string>()
  readonly #catalog: ReviewCatalog
  readonly #policies: PolicySurroundings['policies']
  readonly #tables: ReadonlyMap<string, ReviewTable>
  readonly #views: ReadonlyMap<string, ReviewView>
  readonly #functions: ReadonlyMap<string, readonly ReviewFunction[]>
  readonly #known: ReadonlySet<string>
  /** Tables whose policies were followed from the present beginning. */
  readonly #seen = new Set<string>()

  constructor({ catalog, policies }: PolicySurroundings) {
    this.#catalog = catalog
    this.#policies = policies
    this.#tables = new Map(catalog.tables.map((one) => [nameOf(one), one]))
    this.#views = new Map(catalog.views.map((one) => [nameOf(one), one]))
    this.#functions = groupBy(catalog.functions, nameOf)
    this.#known = new Set([...this.#tables.keys(), ...this.#views.keys()])
  }

  from(table: string, role: ClientRole, command: Command): void {
    this.#seen.clear()
    this.#expand(table, role, command, [])
  }

  /** Follows what the policies of a table read for a role and a command. */
  #expand(table: string, role: ClientRole, command: Command, before: readonly Step[]): void {
    const own = this.#policies.get(table) ?? []
    if (this.#tables.get(table)?.rowSecurity === 'off') return
    // A request that filters or returns rows has to pass the policies for reading too.
    const wanted = command === 'select' ? (['select'] as const) : ([command, 'select'] as const)
    const names = new Set(wanted.flatMap((one) => policiesFor({ policies: own }, role, one).map(({ name }) => name)))
    for (const policy of own.filter(({ name }) => names.has(name))) {
      const by = `the policy "${policy.name}" on ${table}`
      for (const { mentions } of [policy.read.using, policy.read.check]) {
        const steps = [...before, { table, by }]
        for (const relation of mentions.relations) this.#reach(relation, role, steps)
        for (const name of mentions.functions) this.#call(name, role, steps)
      }
    }
  }

  #reach(relation: string, role: ClientRole, steps: readonly Step[]): void {
    const view = this.#views.get(relation)
    if (view !== undefined) {
      // A view that runs as its owner applies the policies of that role, which are none for the owner of the table.
      if (view.invoker)
        for (const one of view.reads) this.#reach(nameOf(one), role, through(steps, `the view ${relation}`))
      return
    }
    if (this.#tables.get(relation)?.rowSecurity === 'off') return
    const start = steps.findIndex(({ table }) => table === relation)
    if (start === -1) {
      if (this.#seen.has(relation)) return
      this.#seen.add(relation)
      this.#expand(relation, role, 'select', steps)
      return
    }
    // A cycle further down is a finding of its own table.
    if (start > 0) return
    const reads = steps.map(({ by }, index) => `${by} reads ${steps[index + 1]?.table ?? relation}`)
    this.found.add(`policies come back to where they began: ${reads.join(', ')}`)
  }

  #call(name: string, role: ClientRole, steps: readonly Step[]): void {
    for (const one of this.#functions.get(name) ?? []) {
      const owner = this.#catalog.roles.find((candidate) => candidate.name === one.owner)
      if (one.definer && (owner?.superuser === true || owner?.bypassesRowSecurity === true)) continue
      for (const table of tablesInBody(one, this.#known)) {
        const read = this.#tables.get(table)
        // Row security does not apply to the owner of a table unless it is forced.
        if (one.definer && read?.owner === one.owner && read.rowSecurity !== 'forced') continue
        this.#reach(table, role, through(steps, `the function ${name}`))
      }
    }
  }
}

function through(steps: readonly Step[], what: string): readonly Step[] {
  const last = steps.at(-1)
  return last === undefined ? steps : [...steps.slice(0, -1), { ...last, by: `${last.by} through ${what}` }]
}
