import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CellRecord } from '../../harness/model/record.ts'
import { describeObserved } from '../../harness/verdict/observed.ts'
import { inProcess } from './in-process.ts'
import { evidenceOf, notHeld, reportOf } from './report.ts'
import { smallWorkspace } from './small-workspace.ts'
import { asStaging, standingSandbox } from './standing-sandbox.ts'
import { type Ended, patience, trespass, writeFiles } from './support.ts'

const notes = `matrix: notes
resource: { table: public.notes }
fixtures:
  own:    { owner_id: $actor.id, shelf_id: $top.id, title: mine }
  theirs: { owner_id: $bob.id, title: theirs }
operations:
  list:          { select: "*" }
  create:        { insert: { owner_id: $actor.id, title: "new $unique" } }
  rename theirs: { update: theirs, set: { title: defaced } }
  untitle:       { update: own, set: { title: null } } # the column takes no null
expect:
  # decided first
  bob: { rename theirs: allow }
  "*": { "*": define } # the rest is open
`

/** One fixture cannot be made: no shelf has the id that it refers to. */
const shelved = `matrix: shelved
resource: { table: public.notes }
fixtures:
  own:  { owner_id: $actor.id, title: mine }
  lost: { owner_id: $bob.id, shelf_id: 00000000-0000-4000-8000-00000000dead, title: lost }
operations:
  read own:  { select: own }
  read lost: { select: lost }
expect:
  visitor: { read own: deny(grant) }
  "*":     { read own: allow }
`

/** It works for a user alone: neither the secret key nor the owner of the function makes a control. */
const claims = {
  'supabase/migrations/3_claims.sql': `create function public.claim(note uuid) returns void language plpgsql
  security definer set search_path = '' as $$ begin
    update public.notes set title = 'claimed' where id = note and owner_id = auth.uid() and auth.role() = 'authenticated'
      and auth.jwt() ->> 'email' is not null;
    if not found then raise exception 'not yours'; end if;
  end $$;
revoke execute on function public.claim from public;
grant execute on function public.claim to authenticated, service_role;
`,
  'matrices/claims.matrix.yaml': `matrix: claims
resource: { function: public.claim, of: public.notes }
fixtures:
  theirs: { table: public.notes, values: { owner_id: $bob.id, title: theirs } }
operations:
  claim: { call: { note: $theirs.id }, changes: { theirs: { title: claimed } } }
expect:
  guest: { claim: deny(application) }
`,
}

const typed = `export default {
  matrix: 'typed',
  resource: { table: 'public.comments' },
  fixtures: { theirs: { author_id: '$bob.id', body: 'theirs' } },
  operations: { 'read theirs': { select: 'theirs' } },
  expect: { guest: { 'read theirs': 'define' }, '*': { '*': 'n/a' } },
}
`

const matrix = 'matrices/notes.matrix.yaml'
let root: string
let ended: Ended
let cells: readonly CellRecord[]

const text = () => readFileSync(join(root, matrix), 'utf8')
const decide = (...args: readonly string[]) => {
  const target = args.includes('--target') ? [] : ['--target', 'staging']
  return inProcess(['decide', '--workspace', root, ...target, ...args])
}

/** @returns the observations of the cells of one operation, by actor. */
const observed = (operation: string) =>
  Object.fromEntries(
    cells
      .filter((cell) => cell.operation === operation)
      .map((cell) => [cell.actor, cell.observed === undefined ? cell.verdict : describeObserved(cell.observed)]),
  )

beforeAll(async () => {
  root = smallWorkspace({
    [matrix]: notes,
    'matrices/comments.matrix.yaml': '',
    'matrices/shelved.matrix.yaml': shelved,
    ...claims,
    'matrices/typed.matrix.ts': typed,
  })
  asStaging(root, await standingSandbox(root))
  ended = await trespass(['run', '--workspace', root, '--target', 'staging'])
  cells = (await evidenceOf(ended)).cells
}, patience)

describe('cells that nothing decides', { timeout: patience }, () => {
  test('are tried, fail, and list the response to each actor', () => {
    expect(ended.code, ended.text).toBe(1)
    const own = 'these came back: own'
    expect(observed('list')).toEqual({
      visitor: 'refused: grant',
      alice: own,
      bob: `${own}, theirs`,
      guest: own,
    })
    const created = 'it was carried out: 1 new row in public.notes'
    expect(observed('create')).toEqual({ visitor: 'refused: grant', alice: created, bob: created, guest: created })
    expect(observed('rename theirs')).toEqual({
      visitor: 'refused: grant',
      alice: 'refused: filtered',
      bob: 'held',
      guest: 'refused: filtered',
    })
    for (const what of Object.values(observed('untitle'))) {
      expect(what).toMatch(/^not known: .*the control by owner failed: a constraint refused it/)
    }
  })

  test('fail alone where a fixture cannot be made that no decided cell needs', () => {
    expect(observed('read own')).toEqual({ visitor: 'held', alice: 'held', bob: 'held', guest: 'held' })
    for (const what of Object.values(observed('read lost'))) expect(what).toMatch(/^not known: .*shelf_id/)
  })

  test('are a control for one another, and for a denial, where nothing else is', () => {
    expect(observed('claim')).toEqual({
      visitor: 'refused: grant',
      alice: 'refused: application',
      bob: 'it was carried out: theirs.title: "theirs" → "claimed"',
      guest: 'held',
    })
    const controls = cells.filter(({ operation }) => operation === 'claim').map(({ control }) => control?.by)
    expect(new Set(controls)).toEqual(new Set(['bob']))
  })

  test('stand in one block for each operation, and count as tried', () => {
    expect(ended.out).toMatch(
      /UNDECIDED {2}notes › list\n {2}no decision is written for 4 actors\n {2}access {6}alice, guest: these came back: own\n {2}access {6}bob: these came back: own, theirs\n {2}refused {5}visitor: grant\n/,
    )
    expect(ended.out.match(/^UNDECIDED/gm)).toHaveLength(7)
    expect(ended.out).toContain('every object that is reachable was tried: 3')
  })

  test('are judged again from the report as they were', async () => {
    const verified = await inProcess(['verify', reportOf(ended)])
    expect(verified.code, verified.text).toBe(0)
  })
})

describe('trespass decide', { timeout: patience }, () => {
  test.each([
    ['no matrix', [], /found 0 matrices, expected one/],
    ['a matrix that is not there', ['note', '--as-observed', '--only', 'denied'], /did you mean `notes`/],
    ['allowances without a question', ['notes', '--as-observed'], /expected --only denied beside it/],
    [
      'allowances alone',
      ['notes', '--as-observed', '--only', 'allowed'],
      /found --only allowed, expected --only denied/,
    ],
    [
      'a report that is not there',
      ['notes', '--as-observed', '--only', 'denied', '--report', 'none'],
      /no report none/,
    ],
    [
      'a target without a report',
      ['notes', '--as-observed', '--only', 'denied', '--target', 'sandbox'],
      /Run `trespass run --matrix "notes\.matrix\.yaml"` first/,
    ],
    [
      'a TypeScript matrix, with what to write by hand',
      ['typed', '--as-observed', '--only', 'denied'],
      /matrices\/typed\.matrix\.ts, expected a YAML matrix.*\n.*\n +"guest": \{\n +"read theirs": 'deny\(filtered\)', \/\/ refused: filtered\n/,
    ],
  ])('refuses %s, and changes nothing', async (_, args, message) => {
    const refused = await decide(...args)
    expect([refused.code, refused.out]).toEqual([2, ''])
    expect(refused.err).toMatch(message)
    expect(text()).toBe(notes)
  })

  test('prints the decisions where the file cannot be written, and changes nothing', async () => {
    const crowded = notes.replace('  "*":', '  visitor, guest: { create: define }\n  visitor: {}\n  guest: {}\n  "*":')
    writeFiles(root, { [matrix]: crowded })
    const refused = await decide('notes', '--as-observed', '--only', 'denied')
    const left = text()
    writeFiles(root, { [matrix]: notes })
    expect([refused.code, left]).toEqual([2, crowded])
    expect(refused.err).toMatch(/was not changed: the entry `visitor, guest` would be split/)
    expect(refused.err).toContain('  visitor › create: deny(grant)\n')
  })

  test('writes denials as observed at their place, and the next run holds them', async () => {
    const wrote = await decide(matrix, '--as-observed', '--only', 'denied')
    expect(wrote.code, wrote.text).toBe(0)
    expect(wrote.out).toMatch(/5 denied and 0 allowed were written, 10 cells are undecided\n/)
    expect(text()).toBe(`${notes}  visitor:
    list: deny(grant)
    create: deny(grant)
    rename theirs: deny(grant)
  alice, guest:
    rename theirs: deny(filtered)
`)
    // The earlier observations are still valid for the cells that stay undecided.
    const again = await decide('notes', '--as-observed', '--only', 'denied')
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('nothing was written, 10 cells are undecided')])
    const next = await trespass(['run', '--workspace', root, '--target', 'staging', '--matrix', 'notes*'])
    const broken = notHeld((await evidenceOf(next)).cells)
    expect(broken).toHaveLength(10)
    expect(broken.filter((line) => !line.startsWith('undecided'))).toEqual([])
  })
})
