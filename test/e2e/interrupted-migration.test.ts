import { beforeAll, describe, expect, test } from 'vitest'
import { grantsFirst, pollsWorkspace } from '../migrations/polls.ts'
import { evidenceOf, reportOf } from './report.ts'
import { type Ended, patience, temporaryFolder, trespass, writeFiles } from './support.ts'

describe('a scenario over a migration that grants before it adds the policy', () => {
  let ended: Ended

  beforeAll(async () => {
    const root = temporaryFolder()
    writeFiles(root, pollsWorkspace(grantsFirst))
    ended = await trespass(['run', '--workspace', root, '--scenario', 'polls cut short'])
  }, patience)

  test('is a breach that names the cut, the statement and the cell', async () => {
    const [result] = (await evidenceOf(ended)).scenarios
    expect([ended.code, result?.record.verdict], ended.text).toEqual([1, 'breach'])
    expect(result?.record.because).toMatch(
      /after line 6: grant select .+ "read" by eve on table public\.polls is wide open/,
    )
    expect(result?.record.again).toMatch(/^npx trespass run --workspace \S+ --scenario "polls cut short" --round 1$/)
  })

  test('records in its history the state that every cut left', async () => {
    const [result] = (await evidenceOf(ended)).scenarios
    const cuts = result?.history.flatMap((event) => (event.kind === 'mark' && event.what === 'cut' ? [event.text] : []))
    expect(cuts).toHaveLength(5)
    expect(cuts?.[0]).toBe('after 0 of 4 statements, error: nothing remained; run again, it completes')
    expect(cuts?.[2]).toMatch(
      /^after 2 of 4 statements, error: the table public\.polls is there .+ does not complete: .*42P07/,
    )
  })

  test('is judged again from its report', async () => {
    const verified = await trespass(['verify', reportOf(ended)])
    expect(verified.code, verified.text).toBe(0)
  })
})
