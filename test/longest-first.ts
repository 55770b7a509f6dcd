import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take minutes begin first, so that the other workers have something to do meanwhile. */
const order = [/\/e2e\/holes\./, /\/e2e\/crash\./, /\/e2e\//]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = order.findIndex((pattern) => pattern.test(moduleId))
      return found === -1 ? order.length : found
    }
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}
