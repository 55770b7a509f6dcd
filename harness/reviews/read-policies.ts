import type { Inventory, Policy } from '../inventory/model.ts'
import type { ReviewCatalog } from './catalog.ts'
import { type Condition, conditionOf } from './condition.ts'
import { nameOf } from './names.ts'
import type { TriedCells } from './tried.ts'

/** A policy with its conditions read. */
export interface ReadPolicy extends Policy {
  readonly read: Readonly<Record<'using' | 'check', Condition>>
}

/** Everything that the review of one table leans on. */
export interface PolicySurroundings {
  readonly inventory: Inventory
  readonly catalog: ReviewCatalog
  readonly tried: TriedCells
  /** By schema and name of the table. */
  readonly policies: ReadonlyMap<string, readonly ReadPolicy[]>
}

/** @returns the policies of every table with their conditions read, by schema and name of the table. */
export async function readAllPolicies({ tables }: ReviewCatalog): Promise<ReadonlyMap<string, readonly ReadPolicy[]>> {
  return new Map(
    await Promise.all(tables.map(async (table) => [nameOf(table), await readPolicies(table.policies)] as const)),
  )
}

/** Reads the conditions of policies; a new row has to pass USING where there is no WITH CHECK. */
async function readPolicies(policies: readonly Policy[]): Promise<readonly ReadPolicy[]> {
  return Promise.all(
    policies.map(async (policy) => {
      const [using, check] = await Promise.all([conditionOf(policy.using), conditionOf(policy.check ?? policy.using)])
      return { ...policy, read: { using, check } }
    }),
  )
}
