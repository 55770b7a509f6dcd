import type { Shard } from '../workspace/lock.ts'

/**
 * @param files names of matrix and scenario files, in any order.
 * @returns the files of one shard, in the order in which they run. Neighbours go to different shards, because files of one
 *   folder tend to be of similar size.
 */
export function filesOfShard(files: readonly string[], { index, count }: Shard): readonly string[] {
  return files.toSorted(inOrderOfNames).filter((_, place) => place % count === index - 1)
}

/** Files run in the order of their names, not of earlier durations, so that every run has the same order. */
export function inOrderOfNames(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
