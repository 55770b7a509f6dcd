import type { CellRecord } from '../../model/record.ts'
import type { Grid } from '../grid.ts'
import type { Arrangement } from './arrange.ts'
import { tally } from './header.ts'
import { fragment, html, type Markup } from './markup.ts'
import { signOf, signs } from './signs.ts'

/** @returns the address of a matrix in the page, which its element has as its id. */
function matrixAddress(matrix: string): string {
  return `matrix=${fragment(matrix)}`
}

/** A heat map for each matrix. Those in which every cell held are closed. */
export function* matricesSection({ grids, numbers }: Arrangement): Generator<Markup> {
  if (grids.length === 0) return
  yield html`<section aria-labelledby="matrices"><h2 id="matrices">Matrices</h2>
<ul class="contents columns" aria-label="Matrices">${grids.map(entry)}</ul>
${legend()}
`
  for (const grid of grids) yield heatMap(grid, numbers)
  yield html`</section>\n`
}

/** @returns whether a matrix holds something that a person has to look at. */
function needsAttention({ cells }: Grid<CellRecord>): boolean {
  return cells.some(({ verdict, notRun }) => verdict !== 'held' && notRun === undefined)
}

function entry(grid: Grid<CellRecord>): Markup {
  const mark = needsAttention(grid) ? html`<span class="mark">${tally(grid.cells)}</span>` : tally(grid.cells)
  return html`<li data-for="${matrixAddress(grid.matrix)}"><a href="#${matrixAddress(grid.matrix)}">${grid.matrix}</a> ${mark}</li>\n`
}

function legend(): Markup {
  const entries = signs.map(
    ({ sign, look, meaning }) => html`<li><span class="sign ${look}" aria-hidden="true">${sign}</span> ${meaning}</li>`,
  )
  return html`<div class="legend" role="group" aria-label="Meaning of the signs"><ul>${entries}</ul></div>
`
}

function heatMap(grid: Grid<CellRecord>, numbers: ReadonlyMap<string, number>): Markup {
  const columns = grid.operations.map((operation) => html`<th scope="col"><span>${operation}</span></th>`)
  const rows = grid.actors.map((actor) => {
    const places = grid.operations.map((operation) => place(grid.cell(actor, operation), numbers))
    return html`<tr><th scope="row">${actor}</th>${places}</tr>\n`
  })
  const isOpen = needsAttention(grid)
  return html`<details class="matrix" id="${matrixAddress(grid.matrix)}"${isOpen ? html` open` : ''}>
<summary><b>${grid.matrix}</b> <span>${grid.resource}</span> <span${isOpen ? html` class="mark"` : ''}>${tally(grid.cells)}</span></summary>
<div class="scroll" tabindex="0" role="region" aria-label="${grid.matrix}: actors by operations"><table>
<thead><tr><td></td>${columns}</tr></thead>
<tbody>${rows}</tbody>
</table></div>
</details>
`
}

function place(cell: CellRecord | undefined, numbers: ReadonlyMap<string, number>): Markup {
  if (cell === undefined) return html`<td class="none"></td>`
  const { sign, look, meaning } = signOf(cell)
  const label = `${cell.actor}, ${cell.operation}: ${meaning}`
  return html`<td class="${look}"><a href="#cell=${fragment(cell.id)}" data-cell="${numbers.get(cell.id) ?? 0}" aria-label="${label}" title="${label}">${sign}</a></td>`
}
