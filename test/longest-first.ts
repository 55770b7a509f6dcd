import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Runs the slowest files first, so that the workers end at about the same time. Files that are not listed follow the listed
 * ones, tests of commands before all others.
 */
const order = [
  /\/e2e\/holes\./,
  /\/e2e\/scenario-twins\./,
  /\/e2e\/(?:vitest|crash|demo|secrets)\./,
  /\/e2e\/(?:database-faults|less-crash|limits|kept-users)\.|\/realtime\/cluster\./,
  /\/e2e\//,
  /\/realtime\//,
  /\/sandbox\//,
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = order.findIndex((pattern) => pattern.test(moduleId))
      return found === -1 ? order.length : found
    }
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}
