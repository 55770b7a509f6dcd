import type { Checked } from '../../run/check.ts'

/** Describes a check that found no mistake. */
export function checkLines(checked: Checked): readonly string[] {
  const { actors, matrices, cells, scenarios, records } = checked.counts
  const counted = [
    many(actors, 'actor'),
    `${many(matrices, 'matrix', 'matrices')} with ${many(cells, 'cell')}`,
    ...(scenarios === 0 ? [] : [many(scenarios, 'scenario')]),
    ...(records === 0 ? [] : [many(records, 'deployment record')]),
  ]
  return [`No mistake found: ${counted.join(', ')}`, schemaLine(checked)]
}

/** @returns a sentence about the schema that names were held against, or why they were not. */
export function schemaLine({ alias, schema }: Pick<Checked, 'alias' | 'schema'>): string {
  const target = alias === 'sandbox' ? '' : ` --target ${alias}`
  const read = `\`npx trespass inventory${target}\` reads it, and so does every run`
  switch (schema.state) {
    case 'checked': {
      const part = schema.complete ? '' : ', as far as the Data API describes it'
      const buckets = schema.buckets ? '' : '; buckets were not checked'
      return `Names fit the schema of ${alias}, read at ${schema.readAt}${part}${buckets}`
    }
    case 'stale':
      return `Tables, columns, functions and buckets were not checked: supabase/ has changed since the schema of ${alias} was read at ${schema.readAt}. ${read}`
    case 'missing':
      return `Tables, columns, functions and buckets were not checked: no schema of ${alias} is stored. ${read}`
    case 'skipped':
      return 'Tables, columns, functions and buckets were not checked, because the actors file has a mistake'
  }
}

function many(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`
}
