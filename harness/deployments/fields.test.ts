import { describe, expect, it, test } from 'vitest'
import { documented } from '../../test/documented.ts'
import { exampleAfter, exampleDeployment, exampleTested } from '../../test/support/example-deployment.ts'
import { exampleBreach, exampleCell } from '../../test/support/example-records.ts'
import { totalsOf } from '../evidence/totals.ts'
import type { RunRecord } from '../model/record.ts'
import { bodyOf } from './entry.ts'
import { claimNames, claimsOf, fieldNames, fieldsOf, isCompleted } from './fields.ts'
import type { Deployment } from './model.ts'

const [preApply, postApply, authorization] = claimNames
const none = { tested: null, newest: null }
const newest = { run: 'later', fingerprint: 'cc22' }
const completed = (deployment: Deployment) => {
  const claims = claimsOf(deployment)
  return claimNames.filter((name) => isCompleted(claims[name]))
}
const lateRun = (changes: Partial<RunRecord>) => ({
  tested: exampleAfter(changes),
  newest: { run: 'after', fingerprint: 'bb11' },
})
const earlyRun = (changes: Partial<RunRecord>) => ({
  tested: exampleTested(changes),
  newest: { run: 'before', fingerprint: 'aa00' },
})

describe('the fields of an entry', () => {
  it("are in order, and contain a person's statements as plain text", () => {
    const said = { ...exampleDeployment().said, method: '`psql` <b>by hand</b>' }
    const fields = fieldsOf(exampleDeployment({ said }))
    expect(Object.keys(fields)).toEqual([...fieldNames])
    expect(fields['Execution method']).toBe('\\`psql\\` \\<b\\>by hand\\</b\\>')
  })

  it('contain a follow-up with its revision and checksum, beside the observations', () => {
    const followUp = { file: 'supabase/migrations/20260303_fix.sql', revision: 'beef', sha256: 'cd34' }
    const said = { ...exampleDeployment().said, deviations: 'a policy was missing', followUp }
    expect(fieldsOf(exampleDeployment({ said }))['Observed deviations or follow-up migration']).toBe(
      'a policy was missing; followed up by `supabase/migrations/20260303_fix.sql`, revision `beef`, SHA-256 `cd34`',
    )
  })
})

describe('a check', () => {
  it('is completed by a whole run that held on the same target, on its side of the application', () => {
    expect(completed(exampleDeployment())).toEqual([...claimNames])
    expect(claimsOf(exampleDeployment())).toEqual({
      [preApply]:
        'completed, all 2 cells of the run `before` held before the migration was applied, in a run that ended at 2026-03-02T02:00:09.000Z',
      [postApply]:
        'completed, all 2 cells of the run `after` held in a run that began at 2026-03-03T02:00:00.000Z, after the migration was applied; the schema fingerprint is another one than before',
      [authorization]: 'completed, all 2 cells of the run `after` held: `data-api` 2',
    })
  })

  const breach = totalsOf([exampleBreach(), exampleCell()])
  const unproven = totalsOf([exampleCell({ verdict: 'inconclusive' }), exampleCell()])
  const sandbox = { alias: 'staging', kind: 'sandbox', versions: {} } as const
  const other = { alias: 'local', kind: 'local', versions: {} } as const
  const cleanup = { made: 3, swept: 1, left: ['a row', 'another'] }
  test.each<[string, Partial<RunRecord>, string]>([
    ['a finding', { totals: breach }, 'not all held: 1 breach'],
    ['what is not proven', { totals: unproven }, 'not all held: 1 inconclusive'],
    ['a scenario with a finding', { scenarios: breach }, 'not all held: 1 breach'],
    ['no cell', { totals: totalsOf([]) }, 'it tried no cell'],
    ['a sandbox', { target: sandbox }, 'it tested a sandbox, which proves nothing about `staging`'],
    ['another target', { target: other }, 'it tested `local` and not `staging`'],
    ['a run that was broken off', { complete: false }, 'it was broken off'],
    ['a shard', { shard: '1/3' }, 'it is only the shard `1/3` of a run'],
    ['a part', { chosen: ['--cell x'] }, 'it was limited to some cells: `--cell x`'],
    ['what was left behind', { cleanup }, 'it left behind 2 of what it had made'],
    [
      'an unknown schema',
      { schemaFingerprint: null },
      'it is not known which schema it tested: it had no database URL',
    ],
    ['another schema', { schemaFingerprint: 'ee' }, 'it tested another schema than the newest that is known, of the'],
  ])('is not completed by %s', (_, changes, missing) => {
    const late = exampleDeployment({ after: lateRun(changes) })
    expect(completed(late)).toEqual([preApply])
    expect(claimsOf(late)[authorization]).toContain(`missing: the run \`after\`: ${missing}`)
    const early = exampleDeployment({ before: earlyRun(changes) })
    expect(completed(early)).toEqual([postApply, authorization])
    expect(claimsOf(early)[preApply]).toContain(`missing: the run \`before\`: ${missing}`)
  })

  it('is not completed by runs on two projects that had one alias, since it is not known which one it names', () => {
    const on = (project: string) => ({ target: { alias: 'staging', kind: 'hosted', project, versions: {} } as const })
    const claims = claimsOf(exampleDeployment({ before: earlyRun(on('aa')), after: lateRun(on('bb')) }))
    expect(claims[preApply]).toBe('missing: the run `before`: `staging` was another project in the run `after`')
    expect(claims[postApply]).toBe('missing: the run `after`: `staging` was another project in the run `before`')
    const one = exampleDeployment({ before: earlyRun(on('aa')), after: lateRun(on('aa')) })
    expect(completed(one)).toEqual([...claimNames])
    expect(completed(exampleDeployment({ after: lateRun(on('aa')) }))).toEqual([...claimNames])
  })

  it('is not completed by a run on the other side of the application, or by none', () => {
    const swapped = exampleDeployment({ before: lateRun({}), after: earlyRun({}) })
    expect(claimsOf(swapped)[preApply]).toMatch(/^missing: the run `after` ended only after the migration was applied/)
    expect(claimsOf(swapped)[postApply]).toMatch(/^missing: the run `before` began before the migration was applied/)
    const nothing = claimsOf(exampleDeployment({ before: none, after: none }))
    expect(nothing[preApply]).toBe('missing: no run on `staging` ended before the migration was applied')
    const page = documented('docs/records.md', '- Pre-apply').replaceAll('`production`', '`staging`')
    expect(page).toContain(`- Pre-apply checks completed: ${nothing[preApply]}\n`)
    expect(nothing[authorization]).toBe('missing: no run on `staging` began after the migration was applied')
  })

  it('is not completed by a run during which the migration was applied', () => {
    const finishedAt = '2026-03-02T10:00:00.001Z'
    expect(completed(exampleDeployment({ before: earlyRun({ finishedAt }) }))).not.toContain(preApply)
    const startedAt = '2026-03-02T09:59:59.999Z'
    expect(completed(exampleDeployment({ after: lateRun({ startedAt }) }))).toEqual([preApply])
  })

  it('is not completed after the schema has changed once more', () => {
    expect(completed(exampleDeployment({ after: { tested: exampleAfter(), newest } }))).toEqual([preApply])
  })

  it('is never completed after a migration that was applied only in part', () => {
    const partial = exampleDeployment({ result: 'failed-partial' })
    expect(completed(partial)).toEqual([preApply])
    expect(claimsOf(partial)[postApply]).toBe('missing: the migration was applied only in part')
  })

  it('lists all missing fields', () => {
    const worst = lateRun({ complete: false, shard: '1/2', totals: breach })
    expect(claimsOf(exampleDeployment({ after: worst }))[postApply]).toBe(
      'missing: the run `after`: it was broken off; it is only the shard `1/2` of a run; not all held: 1 breach',
    )
  })

  it('counts the scenarios that held', () => {
    const scenarios = totalsOf([{ verdict: 'held' }])
    expect(claimsOf(exampleDeployment({ after: lateRun({ scenarios }) }))[authorization]).toMatch(
      /^completed, all 2 cells and 1 scenario of the run/,
    )
  })

  it('states that the schema is unchanged, or that this is not known', () => {
    const same = { tested: exampleAfter({ schemaFingerprint: 'aa00' }), newest: null }
    expect(claimsOf(exampleDeployment({ after: same }))[postApply]).toContain('the same as before: nothing in it was')
    expect(claimsOf(exampleDeployment({ before: none }))[postApply]).toContain('which schema was there before is not')
  })

  it('uses the word only where it is true', () => {
    const worst = exampleDeployment({ before: none, after: lateRun({ complete: false }), result: 'failed-partial' })
    for (const words of Object.values(claimsOf(worst))) expect(words).not.toContain('complete')
  })
})

describe('an entry', () => {
  it('contains the runs, their digests and counts, and the untested parts', () => {
    const sentence = 'Known to few.'
    const gaps = exampleAfter({
      notRun: [{ why: 'guest cannot sign in', cells: 3 }],
      invariants: [{ id: 'DOC-9', matrix: 'documents', sentence, cells: [], verdict: 'inconclusive' }],
      limits: ['no database URL'],
      scenarios: totalsOf([{ verdict: 'held' }, { verdict: 'inconclusive' }]),
    })
    const overlap = { asked: 3, reached: 4 } as const
    const scenarios = [
      { id: 'one winner', verdict: 'held', overlap },
      { id: 'replay', verdict: 'inconclusive', notRun: 'no session', overlap: { asked: 2, reached: 0 } },
    ] as const
    const body = bodyOf(
      exampleDeployment({ after: { tested: { ...gaps, scenarios, signedBy: 'thumb' }, newest: null } }),
    )
    expect(body).toContain(`### Tested before the migration

- Run: \`before\`
- Manifest SHA-256: \`d1${'0'.repeat(62)}\`
- Target: \`staging\` (hosted)
- From 2026-03-02T02:00:00.000Z to 2026-03-02T02:00:09.000Z
- Schema fingerprint: \`aa00\`
- Verdicts: 2 cells: 2 held
- Git revision: \`0123abc\`
- Cells by path: \`data-api\` 2
- Scenarios: none
- Signed by: nobody
- Not tested: 1
  - what only shows under concurrency: the run had no scenarios
`)
    expect(body).toContain(`- Scenarios: 2
  - \`one winner\`: held, overlap 4 where 3 is asked for
  - \`replay\`: inconclusive, overlap 0 where 2 is asked for
- Signed by: the key \`thumb\`
`)
    expect(body).toContain(`- Not tested: 4
  - 3 cells: guest cannot sign in
  - invariant \`DOC-9\` of \`documents\`: no cell proves it
  - \`replay\`: no session
  - no database URL
`)
    expect(body).not.toContain(sentence)
  })

  it('states that there was no run', () => {
    expect(bodyOf(exampleDeployment({ before: none }))).toContain('### Tested before the migration\n\nNo run.\n')
  })
})
