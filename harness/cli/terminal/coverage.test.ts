import { expect, test } from 'vitest'
import { documented } from '../../../test/documented.ts'
import type { CoverageRecord, CoverageUnit } from '../../model/coverage.ts'
import { coverageLines } from './coverage.ts'

const object = 'table public.tickets'

function unit(command: string, cells: number, policy?: string): CoverageUnit {
  const id = `${object} › ${command}`
  return { id, object, command, actor: 'any', side: 'either', cells, ...(policy === undefined ? {} : { policy }) }
}

const record: CoverageRecord = {
  ...{ schema: 'trespass/coverage@1', source: 'database', limits: [], leftOut: [], accepted: [] },
  objects: [
    { object, kind: 'table', cells: 41 },
    { object: 'table public.memos', kind: 'table', cells: 0 },
    { object: 'function public.count_all', kind: 'function', cells: 0 },
    { object: 'bucket pics', kind: 'bucket', cells: 0 },
  ],
  units: [
    ...Array.from({ length: 41 }, () => unit('select', 1)),
    ...Array.from({ length: 21 }, () => unit('delete', 0)),
    unit('policy', 0, 'all of them'),
  ],
}

test('the end of a run names what was not tried as the documentation shows it', () => {
  const style = { color: false, unicode: true, width: 120 }
  const lines = coverageLines({ record }, { shard: null }, style)
  expect(`${lines.join('\n')}\n`).toBe(documented('docs/coverage.md', 'reachable and never tried'))
})
