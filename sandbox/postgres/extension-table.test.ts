import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { OFFERED_ELSEWHERE, STAND_INS } from './stand-ins.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const page = readFileSync(new URL('../../docs/extensions.md', import.meta.url), 'utf8')

/** @returns the extensions that the first cell of a row names, sorted; the row is known by its second cell. */
function namesOf(here: string): string[] {
  const row = readme.split('\n').find((line) => line.startsWith('| `') && line.split(' | ')[1]?.startsWith(here))
  return [...(row?.split(' | ')[0] ?? '').matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name).sort()
}

it('the README names every extension that has a stand-in, and no other', () => {
  expect(namesOf('[a stand-in]')).toEqual(Object.keys(STAND_INS).sort())
})

it('the README names every extension that only a PostgreSQL of the user has, and no other', () => {
  expect(namesOf('real where `TRESPASS_POSTGRES_BIN`')).toEqual([...OFFERED_ELSEWHERE].sort())
})

it.each(Object.keys(STAND_INS))('docs/extensions.md describes the stand-in for %s', (name) => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  expect(rows.filter((line) => line.split(' | ')[0]?.includes(`\`${name}\``))).toHaveLength(1)
})
