import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openJournal } from '../fixtures/journal.ts'
import { describeLeftovers } from './leftovers.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-left-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const run = '20261121-084512-k3f9'
const words = (alias = 'staging') => describeLeftovers({ root, run, alias })

test('counts the objects in the journals of the run and of its workers', () => {
  const journals = [1, 2].map(() => openJournal({ workspace: root, run, alias: 'staging' }))
  journals[0]?.append([
    { made: 'user', id: '1', email: 'a@trespass.test' },
    { made: 'anonymous-user', mark: 'm' },
    { made: 'kept-user', id: '2' },
    { made: 'row', table: 'public.notes', key: { id: 1 } },
  ])
  journals[1]?.append([{ may: 'rows', table: 'public.notes', values: { title: 'new' } }])
  // The process may be interrupted while it writes.
  appendFileSync(journals[1]?.file ?? '', '{"made":"ro')
  for (const journal of journals) journal.close()
  expect(words()).toBe(
    `\`trespass cleanup --run ${run}\` removes what its journal names on staging, as far as it is there, and nothing ` +
      'else: 3 users, 1 row, what attempts may have added.',
  )
})

test('is empty before any object is made', () => {
  expect(words()).toContain('Nothing was made yet')
})

test('states that a sandbox ends with its run', () => {
  expect(words('sandbox')).toContain('goes with the run')
})
