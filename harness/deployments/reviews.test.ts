import { describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import { sealed } from './review-file.ts'
import { type Application, readReviews, recordedReviews, reviewBlock } from './reviews.ts'
import { namedCells, reportProblems } from './verify-review.ts'

const file = (name: string, content: object | string) => ({
  name,
  bytes: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
})
const application: Application = {
  ...{ alias: 'staging', appliedAt: '2026-03-02T10:00:00.000Z' },
  ...{ before: { newest: null }, after: { newest: { run: 'after', fingerprint: 'bb11' } } },
}
const recorded = (files: Parameters<typeof readReviews>[0]) =>
  recordedReviews(readReviews(files, 'staging'), application)
const [early, late] = ['2026-03-02T09:00:00.000Z', '2026-03-02T11:00:00.000Z']

const about = { target: 'staging', run: 'r1', limits: [] }
const policies = {
  schema: 'trespass/policies@1',
  ...about,
  tables: [{ table: 'public.a', findings: [{ code: 'open' }, { code: 'covered' }, { code: 'open' }] }],
}

describe('the reviews of a deployment', () => {
  it.each([
    ['policies', policies, '1 tables with policies; findings: covered 1, open 2'],
    ['privileges', { schema: 'trespass/privileges@1', target: 'staging' }, 'not compared with an earlier state'],
    ['privileges', { schema: 'trespass/privileges@1', target: 'staging', changes: ['x'] }, 'changes: 1'],
    [
      'advisors',
      {
        schema: 'trespass/advisors@1',
        ...about,
        lints: [
          { level: 'ERROR', accepted: null },
          { level: 'WARN', accepted: {} },
        ],
      },
      'lints: ERROR 1, WARN 1; accepted: 1',
    ],
    [
      'readiness',
      { schema: 'trespass/readiness@1', ...about, ready: false, tables: [{ blockers: ['x'] }, { blockers: [] }] },
      'not ready; 1 of 2 objects blocked',
    ],
    [
      'drift',
      {
        ...{ schema: 'trespass/drift@1', drift: true, sides: { from: 'migrations', to: 'staging' } },
        ...{ differences: [{ class: 'unrecorded-edit' }], silent: { run: null } },
      },
      'from migrations to staging: they differ; differences: unrecorded-edit 1',
    ],
    [
      'credentials',
      { schema: 'trespass/credentials@1', access: [{ environment: 'staging' }], findings: [{ code: 'old-key' }] },
      'findings: old-key 1',
    ],
  ])('hold of %s the numbers and the digest', (kind, content, found) => {
    const [review] = recorded([file('a.json', content)])
    expect(review).toMatchObject({ kind, found, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  it.each([
    ['a text', [file('a.json', 'x')], 'not-a-review'],
    ['another version', [file('a.json', { ...policies, schema: 'trespass/policies@9' })], 'not-a-review'],
    ['another target', [file('a.json', { ...policies, target: 'production' })], 'review-of-another'],
    [
      'another environment',
      [file('a.json', { schema: 'trespass/credentials@1', access: [], findings: [] })],
      'review-of-another',
    ],
    ['a file that was edited', [file('a.json', { ...sealed(policies), run: 'r2' })], 'review-changed'],
    [
      'two of one kind on one side',
      [file('a.json', { ...policies, at: early }), file('b.json', { ...policies, at: early })],
      'review-twice',
    ],
    [
      'one of a schema that the run after it did not meet',
      [file('a.json', { ...policies, at: late, schemaFingerprint: 'aa00' })],
      'review-of-another-schema',
    ],
    [
      'two of one side that saw two schemas',
      [
        file('a.json', { ...policies, at: early, schemaFingerprint: 'aa00' }),
        file('b.json', { schema: 'trespass/privileges@1', target: 'staging', at: early, schemaFingerprint: 'cc22' }),
      ],
      'review-of-another-schema',
    ],
    ['two of one kind', [file('a.json', policies), file('b.json', policies)], 'review-twice'],
  ])('refuse %s', (_what, files, code) => {
    expect(() => recorded(files)).toThrow(expect.objectContaining({ code }))
  })

  it('are a block of the record', () => {
    expect(reviewBlock(recorded([file('a.json', policies)]))).toMatch(
      /^### Reviews\n\n- policies: 1 tables .*, with the cells of `r1`; SHA-256 of the review `[0-9a-f]{64}`$/,
    )
  })

  it('of both sides stand beside each other, with the time of each', () => {
    const files = [
      file('before.json', sealed({ ...policies, at: early, schemaFingerprint: 'aa00' })),
      file('after.json', sealed({ ...policies, at: late, schemaFingerprint: 'bb11' })),
    ]
    expect(recorded(files).map(({ when }) => when)).toEqual(['before', 'after'])
    expect(reviewBlock(recorded(files))).toContain(`, made at ${late}, after the application; SHA-256`)
  })

  it('of an old schema are refused with the file, its time and the run', () => {
    const old = file('a.json', { ...policies, at: late, schemaFingerprint: 'aa00' })
    expect(() => recorded([old])).toThrow(
      `a.json ("schemaFingerprint", made at ${late}): the review saw the schema aa00, and the run after saw bb11`,
    )
  })
})

describe('the cells that a review names', () => {
  const cells = [exampleCell({ actor: 'carol' }), exampleBreach()]
  const [held, breach] = cells.map(({ id }) => id)
  const run = exampleRun(cells, { run: 'r1', finishedAt: early })
  const evidence = { run, cells, schema: null, scenarios: [] }
  const problemsOf = (review: object, at = late) => reportProblems({ evidence, problems: [] }, namedCells(review), at)

  it('are in the report of its run, and proofs are held', () => {
    const review = {
      tables: [{ commands: [{ proof: { kind: 'proven', cells: [held] } }, { behaviour: { cells: [breach] } }] }],
    }
    expect(problemsOf(review)).toEqual([])
  })

  it.each([
    ['a cell that is not in the report', { cells: ['notes › eve › read'] }, /has no cell notes › eve › read/],
    ['a proof that is a breach', { proof: { kind: 'proven', cells: [breach] } }, /proves nothing: it is breach/],
  ])('are a problem: %s', (_what, review, problem) => {
    expect(problemsOf(review)).toEqual([expect.stringMatching(problem)])
  })

  it('are a problem when the run ended after the review was made', () => {
    expect(problemsOf({}, '2026-03-02T08:00:00.000Z')).toEqual([expect.stringContaining('its run ended at')])
  })
})
