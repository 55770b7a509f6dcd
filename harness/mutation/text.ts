import type { MutationRecord, Score } from './model.ts'

/** Writes the results of mutants for a terminal: scores, then the unnoticed mutants, with the statements. Pure. */
export function mutationText(record: MutationRecord): string {
  const { total, results, chosen, made } = record
  const unnoticed = results.filter(({ status }) => status === 'survived' || status === 'untouched')
  const failed = results.filter(({ status }) => status === 'failed')
  const share = chosen === made ? '' : ` of ${made}`
  const lines = [
    ...(unnoticed.length === 0 ? [] : ['Nothing notices that', '', ...unnoticed.flatMap(survivorLines)]),
    ...(failed.length === 0 ? [] : ['Not tried to the end', '']),
    ...failed.flatMap(({ mutant, why }) => [`  ${mutant.id}`, `    ${why}`, '']),
    ...(record.unsound.length === 0 ? [] : ['Cells that do not hold without any mutant, and notice nothing', '']),
    ...record.unsound.flatMap(({ cell, because }) => [`  ${cell}: ${because}`]),
    ...(record.unsound.length === 0 ? [] : ['']),
    ...table('object', record.objects),
    '',
    ...table('kind', record.kinds),
    '',
    `${counted(results.length, 'mutant')}${share}: ${summary(total)}`,
    ...(record.complete
      ? []
      : [`Not complete: ${chosen - results.length} of ${chosen} chosen mutants were not tried.`]),
    total.score === null ? 'No score: nothing could be noticed.' : `Score ${total.score} %`,
  ]
  return lines.join('\n')
}

function survivorLines({
  mutant,
  status,
  why,
  suggestion,
  cells,
}: MutationRecord['results'][number]): readonly string[] {
  const tried = status === 'untouched' ? 'no cell touches it' : `${counted(cells, 'cell')} held`
  return [
    `  ${mutant.change}`,
    `    ${tried}${why === undefined ? '' : `; ${why}`}`,
    `    ${mutant.id}`,
    ...mutant.apply.flatMap((statement) => `${statement};`.split('\n')).map((line) => `    | ${line}`),
    ...(suggestion === undefined ? [] : [`    would be noticed by ${suggestion.sentence}:`]),
    ...(suggestion?.matrix.split('\n') ?? []).map((line) => `      ${line}`),
    '',
  ]
}

function table(title: string, scores: readonly Score[]): readonly string[] {
  const names = scores.map(({ name }) => name)
  const width = Math.max(title.length, ...names.map((name) => name.length))
  const cell = (text: string | number) => String(text).padStart(10)
  return [
    `${title.padEnd(width)}${['noticed', 'unnoticed', 'equivalent', 'accepted', 'score'].map((text) => text.padStart(11)).join('')}`,
    ...scores.map(
      ({ name, noticed, unnoticed, equivalent, accepted, score }) =>
        `${name.padEnd(width)} ${[noticed, unnoticed, equivalent, accepted, score === null ? '-' : `${score} %`].map(cell).join(' ')}`,
    ),
  ]
}

function summary({ noticed, unnoticed, equivalent, accepted, failed }: Score): string {
  return [
    `${noticed} noticed`,
    `${unnoticed} unnoticed`,
    `${equivalent} equivalent`,
    ...(accepted === 0 ? [] : [`${accepted} accepted`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ].join(', ')
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
