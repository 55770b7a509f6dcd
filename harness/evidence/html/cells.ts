import { commandFor } from '../../model/command-line.ts'
import type { CellRecord, RunRecord, SchemaFact } from '../../model/record.ts'
import { formatTime } from '../../scenarios/history-text.ts'
import { facts } from '../cell-facts.ts'
import { curl } from '../explain.ts'
import { policiesConcerned } from '../suspects.ts'
import { embedded, type Markup } from './markup.ts'
import { signOf } from './signs.ts'

/** Writes what the page shows of each cell; lists that many cells have in common are written once. */
export class CellPages {
  readonly #run: RunRecord
  readonly #facts: readonly SchemaFact[]
  readonly #invariants: ReadonlyMap<string, number>
  readonly #applied = new Map<string, number>()
  readonly #policies = new Map<string, readonly string[]>()

  /** @param schema the facts of the schema; null or left out where they are not known. */
  constructor(run: RunRecord, schema: readonly SchemaFact[] | null | undefined) {
    this.#run = run
    this.#facts = (schema ?? []).filter(([kind]) => kind === 'policy')
    this.#invariants = new Map(run.invariants.map(({ matrix, id }, number) => [keyOf(matrix, id), number]))
  }

  /** Returns the record of one cell as JSON. */
  cell(cell: CellRecord): Markup {
    const { id, matrix, actor, operation, path, verdict, because, outcome, likely = [] } = cell
    const { sign, look } = signOf(cell)
    const lines = [
      ...facts(cell).map(({ label, text }) => [label, text]),
      ...likely.map((text, index) => [index === 0 ? 'likely' : '', text]),
    ]
    const request = outcome === null ? null : curl(outcome, cell)
    return embedded({
      ...{ id, actor, path, verdict, because, sign, look, facts: lines },
      name: `${actor} › ${operation}`,
      proves: cell.invariants.flatMap((invariant) => this.#invariants.get(keyOf(matrix, invariant)) ?? []),
      took: formatTime(cell.durationMs),
      policies: this.#policiesOf(cell),
      repeat: commandFor(id, this.#run),
      ...(request === null ? {} : { curl: request }),
    })
  }

  /** Returns the lists that the cells refer to by number, once all cells are written. */
  shared(): Markup {
    const invariants = this.#run.invariants.map(({ id, sentence }) => [id, sentence])
    return embedded({ invariants, policies: [...this.#policies.values()] })
  }

  #policiesOf(cell: CellRecord): number {
    const { resource, actorKind, path, outcome } = cell
    const request = JSON.stringify([resource, actorKind, path, outcome?.method])
    const known = this.#applied.get(request)
    if (known !== undefined) return known
    const policies = policiesConcerned(cell, this.#facts)
    const list = JSON.stringify(policies)
    if (!this.#policies.has(list)) this.#policies.set(list, policies)
    const number = [...this.#policies.keys()].indexOf(list)
    this.#applied.set(request, number)
    return number
  }
}

function keyOf(matrix: string, invariant: string): string {
  return JSON.stringify([matrix, invariant])
}
