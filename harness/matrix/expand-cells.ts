import { quote } from '../message-text.ts'
import type { CellDeclaration, KeyPath, OperationDeclaration } from '../model/matrix.ts'
import type { MatrixDocument } from './document.ts'
import { locateKey, locateValue } from './document.ts'
import type { Level, Statement } from './read-expect.ts'
import type { Report } from './report.ts'

const nearestFirst: readonly Level[] = ['actor', 'group', 'everyone']

/**
 * Decides every combination of actor and operation: the nearest statement wins, and a combination without one is `missing`.
 * Operations that are only compared by others, and named by no key of their own, make no cells.
 */
export function expandCells(
  actors: readonly string[],
  operations: readonly OperationDeclaration[],
  statements: readonly Statement[],
  document: MatrixDocument,
  report: Report,
): readonly CellDeclaration[] {
  const statementsFor = decidedBy(statements)
  const reported = new Set<string>()
  const nowhere = locateKey(document, ['expect'])
  const tried = operations.filter(({ name }) => !isOnlyCompared(name, operations, statements))
  return actors.flatMap((actor) =>
    tried.flatMap(({ name: operation }): CellDeclaration[] => {
      const decided = statementsFor(actor, operation)
      const [statement, second] = decided
      if (statement === undefined) return [{ actor, operation, expected: { decision: 'missing' }, at: nowhere }]
      if (second !== undefined) reportSecond(actor, operation, statement, second, reported, report)
      if (statement.expected === null || statement.expected === 'n/a') return []
      return [{ actor, operation, expected: statement.expected, at: locateValue(document, statement.path) }]
    }),
  )
}

function isOnlyCompared(
  name: string,
  operations: readonly OperationDeclaration[],
  statements: readonly Statement[],
): boolean {
  return operations.some(({ pair }) => pair?.includes(name)) && !statements.some(({ operation }) => operation === name)
}

type Table = ReadonlyMap<string, readonly Statement[]>

function indexed(statements: readonly Statement[]): Table {
  const table = new Map<string, Statement[]>()
  for (const statement of statements) {
    const key = keyOf(statement.level, statement.actor, statement.operation)
    const entry = table.get(key)
    if (entry === undefined) table.set(key, [statement])
    else entry.push(statement)
  }
  return table
}

function keyOf(level: Level, actor: string, operation: string): string {
  return JSON.stringify([level, actor, operation])
}

/** @returns a function that finds the statements which decide a cell: the nearest ones; a second one is a mistake. */
export function decidedBy(
  statements: readonly Statement[],
): (actor: string, operation: string) => readonly Statement[] {
  const table = indexed(statements)
  return (actor, operation) => {
    for (const level of nearestFirst) {
      const who = level === 'everyone' ? '*' : actor
      const found = table.get(keyOf(level, who, operation)) ?? table.get(keyOf(level, who, '*'))
      if (found !== undefined) return found
    }
    return []
  }
}

function reportSecond(
  actor: string,
  operation: string,
  first: Statement,
  second: Statement,
  reported: Set<string>,
  report: Report,
): void {
  const pair = JSON.stringify([first.path, second.path])
  if (reported.has(pair)) return
  reported.add(pair)
  const found = `a second expectation for ${quote(actor)} and ${quote(operation)}, beside ${sayPath(first.path)}`
  const expected = 'one expectation for a combination'
  const hint = first.level === 'group' ? `an expectation under ${quote(actor)} itself decides` : undefined
  report({ code: 'second-expectation', path: second.path, on: 'key', found, expected, hint })
}

function sayPath(path: KeyPath): string {
  return quote(path.slice(1).join(' › '))
}
