import { TrespassError } from '../errors.ts'
import { expandBraces } from '../matrix/glob.ts'
import { cellId } from '../matrix/plan/plan.ts'
import { didYouMeanOneOf, oneOfMany, quote } from '../message-text.ts'
import type { CellDeclaration } from '../model/matrix.ts'

/** The cells of a matrix. */
export interface DeclaredCells {
  readonly matrix: {
    readonly name: string
    readonly cells: readonly Pick<CellDeclaration, 'actor' | 'operation'>[]
  }
}

/**
 * @param given ids as a person wrote them: `>` is accepted for `›`, and alternatives in braces.
 * @returns the ids of the cells.
 * @throws TrespassError `no-such-cell` with the nearest ones.
 */
export function namedCells(given: readonly string[], matrices: readonly DeclaredCells[]): ReadonlySet<string> {
  const known = new Set(
    matrices.flatMap(({ matrix: { name, cells } }) =>
      cells.map(({ actor, operation }) => cellId(name, actor, operation)),
    ),
  )
  return new Set(given.flatMap((text) => idsOf(text, known)))
}

function idsOf(text: string, known: ReadonlySet<string>): readonly string[] {
  const written = text.trim()
  if (known.has(written)) return [written]
  return expandBraces(written.replaceAll(/\s+[>›]\s+/g, ' › ')).map((id) => {
    if (known.has(id)) return id
    throw new TrespassError(
      'no-such-cell',
      `found the cell ${quote(id)}, expected ${oneOfMany([...known])}${known.size === 1 ? '' : ' cells'}`,
      {
        hint: didYouMeanOneOf(id, known) ?? 'A cell is named `matrix › actor › operation`.',
      },
    )
  })
}
