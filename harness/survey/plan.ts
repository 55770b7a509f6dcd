import { reachedBy } from '../inventory/access.ts'
import type { Inventory } from '../inventory/model.ts'
import type { Unsurveyed } from './model.ts'
import { planChannels } from './plan-channels.ts'
import { planFunction } from './plan-function.ts'
import { type Planned, type Planning, planRelation } from './plan-relation.ts'
import { planBucket } from './plan-storage.ts'

/** Plans a matrix for each object that a client's role reaches. Pure. */
export function planSurvey(planning: Planning): Planned {
  const { inventory } = planning
  const all = [
    ...inventory.relations
      .filter((relation) => reachedBy(inventory, relation).length > 0)
      .map((relation) => planRelation(planning, relation)),
    ...inventory.functions.map((one) => planFunction(planning, one)),
    ...(inventory.buckets ?? []).map((bucket) => planBucket(planning, bucket)),
    planChannels(planning),
  ]
  return {
    matrices: all.flatMap(({ matrices }) => matrices),
    unsurveyed: [...all.flatMap(({ unsurveyed }) => unsurveyed), ...untried(inventory)],
  }
}

/** Objects that a client reaches by paths that a survey does not try. */
function untried({ buckets, graphql, edgeFunctions }: Inventory): readonly Unsurveyed[] {
  return [
    ...(buckets === null ? [{ object: 'Storage', why: 'the buckets could not be read' }] : []),
    ...(graphql ? [{ object: 'GraphQL', why: 'queries are not tried; tables are tried by the Data API' }] : []),
    ...edgeFunctions.map(({ name }) => ({ object: `Edge Function ${name}`, why: 'Edge Functions are not tried' })),
  ]
}
