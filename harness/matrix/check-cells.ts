import { oneOf, quote } from '../message-text.ts'
import type { KeyPath } from '../model/matrix.ts'
import { authorizingLayers } from '../model/verdict.ts'
import { isNamed } from '../qualified-name.ts'
import { footprintIn, type OperationContext, reportUnknownFixture } from './check-operations.ts'
import { checkReferences } from './check-references.ts'
import type { Statement } from './read-expect.ts'
import type { Report } from './report.ts'

/** Checks that an expectation fits its operation. */
export function checkStatement(statement: Statement, context: OperationContext, report: Report): void {
  const { expected, path, operation } = statement
  if (expected === null || expected === 'n/a') return
  if (expected.decision === 'allow') {
    const exactly = expected.exactly ?? []
    exactly.forEach((name, index) => {
      checkExactly(name, [...path, 'allow', 'exactly', index], operation, context, report)
    })
    if (expected.returns !== undefined) {
      checkReferences(expected.returns, [...path, 'allow', 'returns'], context.reach, report)
    }
    if (expected.endsWithin !== undefined) checkWatched([...path, 'allow', 'ends_within'], operation, context, report)
  }
  checkCompared(statement, context, report)
}

/** A duration needs an event during the attempt from which it is counted. */
function checkWatched(path: KeyPath, operation: string, context: OperationContext, report: Report): void {
  const declared = context.operations.find((candidate) => candidate.name === operation)
  const footprint = declared === undefined ? undefined : footprintIn(declared, context)
  if (footprint === undefined || footprint.expires === true || (footprint.meanwhile ?? []).length > 0) return
  const found = `\`ends_within\` for ${quote(operation)}, during which nothing else happens`
  report({ code: 'nothing-meanwhile', path, on: 'key', found, expected: 'an operation that takes access away' })
}

function checkExactly(name: string, path: KeyPath, operation: string, context: OperationContext, report: Report): void {
  const found = `the fixture ${quote(name)}`
  reportUnknownFixture(name, path, context, report)
  if (!context.fixtureNames.includes(name)) return
  const declared = context.operations.find((candidate) => candidate.name === operation)
  if (declared === undefined) return
  const footprint = footprintIn(declared, context)
  const reads = footprint?.reads
  const table = context.fixtures.find((fixture) => fixture.name === name)?.table
  if (footprint?.embeds.some(({ relation }) => isNamed(table ?? '', relation)) === true) return
  if (reads === null) {
    report({ code: 'out-of-reach', path, found: `${found} from an operation that reads nothing`, expected: 'a read' })
  } else if (reads !== undefined && reads !== '*' && !reads.includes('*') && !reads.includes(name)) {
    const expected = `what ${quote(operation)} asks for: ${oneOf(reads)}`
    report({ code: 'out-of-reach', path, found, expected })
  }
}

/** A comparison is allowed or denied; layers, rows and columns do not apply to it. */
function checkCompared({ expected, path, operation }: Statement, context: OperationContext, report: Report): void {
  const compares = context.operations.some(({ name, pair }) => name === operation && pair !== undefined)
  if (!compares || expected === null || expected === 'n/a') return
  const detailed =
    (expected.decision === 'allow' && Object.keys(expected).length > 1) ||
    (expected.decision === 'deny' && expected.layers !== authorizingLayers)
  if (!detailed) return
  const found = `more than a decision for ${quote(operation)}, which compares two answers`
  report({ code: 'compared-detail', path, found, expected: '`allow`, `deny`, `define` or `n/a`' })
}
