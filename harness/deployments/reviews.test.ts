import { describe, expect, it } from 'vitest'
import { recordedReviews, reviewBlock } from './reviews.ts'

const file = (name: string, content: object | string) => ({
  name,
  bytes: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
})
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
      'not ready; 1 of 2 tables blocked',
    ],
  ])('hold of %s the numbers and the digest', (kind, content, found) => {
    const [review] = recordedReviews([file('a.json', content)], 'staging')
    expect(review).toMatchObject({ kind, found, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  it.each([
    ['a text', [file('a.json', 'x')], 'not-a-review'],
    ['another version', [file('a.json', { ...policies, schema: 'trespass/policies@9' })], 'not-a-review'],
    ['another target', [file('a.json', { ...policies, target: 'production' })], 'review-of-another'],
    ['two of one kind', [file('a.json', policies), file('b.json', policies)], 'review-twice'],
  ])('refuse %s', (_what, files, code) => {
    expect(() => recordedReviews(files, 'staging')).toThrow(expect.objectContaining({ code }))
  })

  it('are a block of the record', () => {
    expect(reviewBlock(recordedReviews([file('a.json', policies)], 'staging'))).toMatch(
      /^### Reviews\n\n- policies: 1 tables .*, with the cells of `r1`; SHA-256 of the review `[0-9a-f]{64}`$/,
    )
  })
})
