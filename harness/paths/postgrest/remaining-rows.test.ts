import { describe, expect, it } from 'vitest'
import { answerWith, rowsAnswer } from '../../../test/support/example-answers.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer } from '../path.ts'
import { requestRemainingRows } from './remaining-rows.ts'

const first = rowsAnswer([{ id: 1 }, { id: 2 }])

/** Answers pages of a list that the service cuts at two rows. */
function pagesOf(list: readonly JsonObject[]) {
  const asked: number[] = []
  const ask = async (from: number): Promise<Answer> => {
    asked.push(from)
    return rowsAnswer(list.slice(from, from + 2))
  }
  return { ask, asked }
}

describe('a list that may have been cut off', () => {
  it('is read on to its end, and every request is part of the answer', async () => {
    const { ask, asked } = pagesOf([1, 2, 3, 4, 5].map((id) => ({ id })))
    const answer = await requestRemainingRows(first, [ask], [2])
    expect(answer.rows?.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5])
    expect(asked).toEqual([2, 4, 5])
    expect(answer.further?.map(({ rows }) => rows)).toEqual([2, 1, 0])
    expect(answer.cut).toBeUndefined()
  })

  it('stays cut off where a page is refused, or where it goes on and on', async () => {
    const refused = await requestRemainingRows(first, [async () => answerWith({ status: 400, code: '42703' })])
    expect(refused).toMatchObject({ cut: true, further: [{ status: 400, rows: null }] })
    const endless = await requestRemainingRows(first, [async (from) => rowsAnswer([{ id: from }])])
    expect(endless).toMatchObject({ cut: true })
    expect(endless.further).toHaveLength(5)
  })

  it('is read another way where the first one is refused', async () => {
    const { ask } = pagesOf([])
    const answer = await requestRemainingRows(first, [async () => answerWith({ status: 400 }), ask])
    expect(answer.cut).toBeUndefined()
    expect(answer.further?.map(({ status }) => status)).toEqual([400, 200])
  })
})
