import { expect, test } from 'vitest'
import { readActorsText, readMatrixText } from '../../test/support/matrix-texts.ts'
import { paths } from '../paths/registry.ts'
import { trialsOf } from './trials.ts'

test('a request that embeds a table tries it too', () => {
  const { result: actors } = readActorsText()
  const { result: loaded, problems } = readMatrixText(`matrix: notes
resource: { table: public.notes }
fixtures:
  own: { owner_id: $actor.id }
operations:
  read: { select: own, columns: [id, "comments(body)"] }
expect:
  "*": { "*": allow }
`)
  if (actors === undefined || loaded === undefined) throw new Error(JSON.stringify(problems))
  const trials = trialsOf([loaded.matrix], actors.roster, paths, () => true)
  expect(trials.length).toBeGreaterThan(0)
  for (const { embeds } of trials) expect(embeds).toEqual(['public.comments'])
})
