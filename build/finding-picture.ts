import { findings } from '../harness/cli/terminal/findings.ts'
import type { CellRecord } from '../harness/model/record.ts'
import { terminalPicture } from './terminal-picture.ts'

/** The folder of the pictures that README and docs show. */
export const pictures = new URL('../docs/pictures/', import.meta.url).pathname

/** The cells of the picture, as the run that the picture shows has recorded them. */
export const findingRecords = `${pictures}finding.jsonl`

const columns = 96
const run = { target: { alias: 'sandbox', kind: 'sandbox' }, holes: ['update-using-true'] } as const

/** Returns what a terminal prints of the cells that did not hold. */
export function printFinding(cells: readonly CellRecord[], color: boolean): string {
  return findings(cells, run, { color, unicode: true, width: columns })
}

/** Returns the picture of the first finding. */
export function drawFinding(cells: readonly CellRecord[]): string {
  const [first = ''] = printFinding(cells, true).split('\n\n')
  const command = `\u001b[2m$\u001b[22m npx trespass run --with-hole ${run.holes[0]}`
  return terminalPicture(`${command}\n\n${first}\n`, columns)
}
