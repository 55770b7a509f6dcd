import { beforeAll, describe, expect, test } from 'vitest'
import type { CellRecord } from '../../harness/model/record.ts'
import { generated, leakyWorkspace } from './leaky-functions.ts'
import { evidenceOf, filesBelow, reportOf } from './report.ts'
import { patience, trespass } from './support.ts'

let cells: readonly CellRecord[]
let files: Readonly<Record<string, string>>

beforeAll(async () => {
  const ended = await trespass(['run', '--workspace', leakyWorkspace()])
  cells = (await evidenceOf(ended)).cells
  files = filesBelow(reportOf(ended))
}, patience)

/** @returns the cells of mallory in matrices of one kind, by verdict and with the places of the values. */
function ofMallory(kind: string) {
  const own = cells.filter(({ actor, matrix }) => actor === 'mallory' && matrix.endsWith(kind))
  return own.map(({ id, verdict, because }) => ({ id, verdict, because }))
}

describe('a function that hides a value of another person in its answer', () => {
  test('is found in every shape and for every column', () => {
    const leaks = ofMallory(' leaks')
    expect(leaks.length).toBe(generated)
    expect(generated).toBeGreaterThanOrEqual(200)
    expect(leaks.filter(({ verdict }) => verdict !== 'breach')).toEqual([])
  })

  test('is nothing to report where the value is the own', () => {
    const harmless = ofMallory(' harmless')
    expect(harmless.length).toBe(generated)
    // An empty list under 403 has no reason, so Trespass does not recognise it as a denial.
    const [clear, unclear] = [
      harmless.filter(({ id }) => !/ status and /.test(id)),
      harmless.filter(({ id }) => / status and /.test(id)),
    ]
    expect(clear.filter(({ verdict }) => verdict !== 'held')).toEqual([])
    expect(unclear.filter(({ verdict }) => verdict !== 'inconclusive')).toEqual([])
  })

  test('works for its owner, in every shape', () => {
    const bobs = cells.filter(({ actor }) => actor === 'bob')
    expect(bobs.filter(({ verdict }) => verdict !== 'held').map(({ id, because }) => `${id}: ${because}`)).toEqual([])
  })

  test('is reported by place, and no value of the row is copied from an answer into the report', () => {
    for (const [name, text] of Object.entries(files)) expect(text, name).not.toMatch(/their (?:body|note) [0-9a-f]{6}/)
  })
})
