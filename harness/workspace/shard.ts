import { TrespassError } from '../errors.ts'
import type { Shard } from './lock.ts'

/**
 * @param text `2/3`: the second of three shards.
 * @throws TrespassError `usage`
 */
export function shardOf(text: string): Shard {
  const [, index = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number)
  if (index >= 1 && index <= count) return { index, count }
  throw new TrespassError('usage', `found --shard ${text}, expected I/N with I from 1 to N, such as 1/3`)
}
