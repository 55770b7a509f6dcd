import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Matrices run in the order of their names, whatever an earlier run's times were: the same run, the same answer. */
export class InOrderOfNames extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((one, other) => (one.moduleId < other.moduleId ? -1 : 1))
  }
}
