import { relative, sep } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { filesOfShard, inOrderOfNames } from '../engine/shard-files.ts'

/** Sorts and shards files as `trespass run` does. */
export class InOrderOfNames extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((one, other) => inOrderOfNames(this.#nameOf(one), this.#nameOf(other)))
  }

  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { shard } = this.ctx.config
    if (shard === undefined) return files
    const names = new Set(
      filesOfShard(
        files.map((file) => this.#nameOf(file)),
        shard,
      ),
    )
    return files.filter((file) => names.has(this.#nameOf(file)))
  }

  #nameOf({ moduleId }: TestSpecification): string {
    return relative(this.ctx.config.root, moduleId).split(sep).join('/')
  }
}
