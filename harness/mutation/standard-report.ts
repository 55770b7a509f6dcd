import { groupBy } from '../group.ts'
import type { MutantStatus, MutationRecord } from './model.ts'

/** One mutant of a report in the format `mutation-testing-report-schema`, version 2. */
interface StandardMutant {
  readonly id: string
  readonly mutatorName: string
  readonly description: string
  readonly replacement: string
  readonly status: 'Killed' | 'Survived' | 'NoCoverage' | 'RuntimeError' | 'Ignored'
  readonly statusReason?: string
  readonly killedBy?: string[]
  readonly testsCompleted: number
  readonly duration: number
  readonly location: {
    readonly start: { readonly line: number; readonly column: number }
    readonly end: { readonly line: number; readonly column: number }
  }
}

export interface StandardReport {
  readonly schemaVersion: '2'
  readonly thresholds: { readonly high: number; readonly low: number }
  readonly files: Readonly<
    Record<string, { readonly language: 'sql'; readonly source: string; readonly mutants: StandardMutant[] }>
  >
  readonly testFiles: Readonly<Record<string, { readonly tests: { readonly id: string; readonly name: string }[] }>>
  readonly framework: { readonly name: 'Trespass'; readonly version: string }
}

const statuses: Readonly<Record<MutantStatus, StandardMutant['status']>> = {
  noticed: 'Killed',
  survived: 'Survived',
  untouched: 'NoCoverage',
  equivalent: 'Ignored',
  accepted: 'Ignored',
  failed: 'RuntimeError',
}

/**
 * Writes results in the format that `mutation-testing-elements` and the dashboards of Stryker show
 * (https://github.com/stryker-mutator/mutation-testing-elements). A mutant changes the catalog and no file: each object is a
 * file, made of the original statements of its mutants.
 */
export function standardReport(record: MutationRecord, version: string): StandardReport {
  const files = [...groupBy(record.results, ({ mutant }) => mutant.object)].map(([object, results]) => {
    const statements = [...new Set(results.map(({ mutant }) => `${mutant.original};\n`))]
    const lines = new Map<string, number>()
    let line = 1
    for (const statement of statements) {
      lines.set(statement, line)
      line += statement.split('\n').length - 1
    }
    const mutants = results.map(({ mutant, status, why, noticedBy, cells, durationMs }): StandardMutant => {
      const statement = `${mutant.original};\n`
      const start = lines.get(statement) ?? 1
      const written = statement.trimEnd().split('\n')
      return {
        id: mutant.id,
        mutatorName: mutant.kind,
        description: mutant.change,
        replacement: mutant.apply.join(';\n'),
        status: statuses[status],
        ...(why === undefined ? {} : { statusReason: why }),
        ...(noticedBy === undefined ? {} : { statusReason: noticedBy.because, killedBy: [noticedBy.cell] }),
        testsCompleted: cells,
        duration: durationMs,
        location: {
          start: { line: start, column: 1 },
          end: { line: start + written.length - 1, column: (written.at(-1)?.length ?? 0) + 1 },
        },
      }
    })
    return [`${object}.sql`, { language: 'sql', source: statements.join(''), mutants }] as const
  })
  const cells = new Set(record.results.flatMap(({ noticedBy }) => noticedBy?.cell ?? []))
  const tests = [...groupBy(cells, (cell) => cell.split(' › ')[0] ?? cell)].map(
    ([matrix, ids]) => [matrix, { tests: ids.map((id) => ({ id, name: id })) }] as const,
  )
  return {
    schemaVersion: '2',
    thresholds: { high: 95, low: 80 },
    files: Object.fromEntries(files),
    testFiles: Object.fromEntries(tests),
    framework: { name: 'Trespass', version },
  }
}
