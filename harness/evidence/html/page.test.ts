import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../../test/support/example-records.ts'
import { exampleOperation, exampleRace, exampleScenario } from '../../../test/support/example-scenarios.ts'
import type { CellRecord, RunRecord } from '../../model/record.ts'
import type { ScenarioResult } from '../../model/scenario.ts'
import { changesBetween } from '../diff.ts'
import { htmlReport } from './page.ts'

function page(
  cells: readonly CellRecord[],
  changes: Partial<RunRecord> = {},
  scenarios: readonly ScenarioResult[] = [],
): string {
  return [...htmlReport({ run: exampleRun(cells, changes), cells, scenarios })].join('')
}

/** The cells as the script of the page reads them. */
function embeddedCells(text: string): readonly { readonly id: string; readonly because: string }[] {
  return JSON.parse(/<script type="application\/json" id="cells">(.*?)<\/script>/s.exec(text)?.[1] ?? '')
}

describe('the first line', () => {
  it.each([
    ['all held', [exampleCell()], '1 cell held'],
    ['findings', [exampleBreach(), exampleCell({ actor: 'carol' })], '1 of 2 cells needs a decision'],
    ['not proven', [exampleCell({ verdict: 'inconclusive' })], '1 of 1 cell is not proven'],
    ['not tried', [exampleCell({ verdict: 'error' })], '1 of 1 cell could not be tried'],
    ['nothing', [], 'Nothing was tried'],
  ])('summarises the verdicts: %s', (_, cells, heading) => {
    expect(/<h1>(.*?)<\/h1>/s.exec(page(cells))?.[1]).toContain(heading)
  })

  it('mentions a sandbox, an interrupted run, a shard, an opened hole', () => {
    const target = { alias: 'sandbox', kind: 'sandbox', versions: {} } as const
    const text = page([exampleCell()], { target, complete: false, shard: '1/2', holes: ['rls-off'] })
    expect(text).toContain('On a sandbox')
    expect(text).toContain('broken off')
    expect(text).toContain('Only shard 1/2')
    expect(text).toContain('Holes were opened on purpose: rls-off')
  })
})

it('the page lists the cells that were not run and the reasons first, with the missing parts of the target', () => {
  const notRun = 'no user can be made'
  const cell = exampleCell({ verdict: 'inconclusive', notRun })
  const text = page([cell], { notRun: [{ why: notRun, cells: 1 }], limits: ['without a secret key no user is made'] })
  expect(text.indexOf('Not run, cells: 1. no user can be made')).toBeLessThan(text.indexOf('</header>'))
  expect(text).toContain('<dt>limit</dt><dd>without a secret key no user is made</dd>')
  expect(text).toContain('<p>Nothing. Not run and not counted here: 1 cell.</p>')
})

describe('findings', () => {
  it('come worst first, one for each cause, and name all actors', () => {
    const text = page([
      exampleCell({ actor: 'dora', verdict: 'inconclusive' }),
      exampleBreach(),
      exampleBreach({ actor: 'guest', actorKind: 'anonymous-auth' }),
    ])
    const findings = [...text.matchAll(/<article class="finding ([\w-]+)" data-cells="([\d ]+)"/g)]
    expect(findings.map(([, look, cells]) => [look, cells])).toEqual([
      ['breach', '1 2'],
      ['inconclusive', '0'],
    ])
    expect(text).toContain('guest (anonymous-auth)</a>')
  })
})

describe('a heat map', () => {
  it('shows every cell by a sign and in words, so that colour is never the only difference', () => {
    const text = page([
      exampleBreach(),
      exampleCell({ actor: 'alice', operation: 'list', expected: { decision: 'allow' } }),
    ])
    expect(text).toMatch(/<td class="breach"><a [^>]*title="mallory, rename theirs: breach: [^"]*">✗<\/a><\/td>/)
    expect(text).toMatch(/<td class="allowed"><a [^>]*title="alice, list: held: [^"]*">✓<\/a><\/td>/)
    expect(text).toContain('<td class="none"></td>')
  })
})

describe('the order', () => {
  const cells = [
    exampleCell({ matrix: 'a', actor: 'alice', operation: 'read' }),
    exampleCell({ matrix: 'a', actor: 'zoe', operation: 'list' }),
    exampleCell({ matrix: 'a', actor: 'zoe', operation: 'read' }),
    exampleCell({ matrix: 'b', actor: 'alice', operation: 'list', notRun: 'no key', verdict: 'inconclusive' }),
    exampleBreach({ matrix: 'c', actor: 'zoe', operation: 'list' }),
    exampleCell({ matrix: 'd', actor: 'alice', operation: 'list' }),
  ]
  const matrix = (name: string) => ({ matrix: name, operations: ['read', 'list'] })
  const layout = { actors: ['zoe', 'alice'], matrices: ['d', 'c', 'b', 'a'].map(matrix) }
  const opened = (text: string) =>
    [...text.matchAll(/<details class="matrix" id="matrix=(.)"( open)?/g)].map(
      ([, name, open = '']) => `${name}${open}`,
    )

  it('of matrices puts those with findings first and opens them; the others are as in their files', () => {
    expect(opened(page(cells, { layout }))).toEqual(['c open', 'b', 'd', 'a'])
    expect(opened(page(cells))).toEqual(['c open', 'b', 'a', 'd'])
  })

  it('of actors and operations is that of the files, gaps or not', () => {
    const [, map = ''] = /id="matrix=a"(.*?)<\/details>/s.exec(page(cells, { layout })) ?? []
    expect([...map.matchAll(/<th scope="(?:col|row)">(?:<span>)?(\w+)/g)].map(([, name]) => name)).toEqual([
      'read',
      'list',
      'zoe',
      'alice',
    ])
  })

  it('of cells is that of the page, so that the next one is the one beside it', () => {
    const ids = embeddedCells(page(cells, { layout })).map(({ id }) => id)
    expect(ids.slice(3)).toEqual(['a › zoe › read', 'a › zoe › list', 'a › alice › read'])
  })
})

describe('the page of a cell', () => {
  const facts = [
    ['policy', 'public.documents members', 'w t authenticated using true check true'],
    ['policy', 'public.documents readers', 'r t authenticated using true check'],
  ] as const
  const invariants = [
    { id: 'DOC-1', matrix: 'other', sentence: 'Not this one.', cells: [], verdict: 'held' },
    { id: 'DOC-1', matrix: 'documents', sentence: 'Nobody renames.', cells: [], verdict: 'held' },
  ] as const

  it('has the commands, the time, the sentence of its invariant, and the policies that apply to its request', () => {
    const cells = [exampleBreach({ likely: ['policy "members"', 'a.sql:3'] })]
    const run = exampleRun(cells, { invariants, workspace: 'apps/api' })
    const text = [...htmlReport({ run, cells, scenarios: [], schema: facts })].join('')
    const shared = JSON.parse(/id="shared">(.*?)<\/script>/s.exec(text)?.[1] ?? '')
    expect(embeddedCells(text)[0]).toMatchObject({
      repeat: 'npx trespass run --workspace apps/api --target staging --cell "documents › mallory › rename theirs"',
      curl: expect.stringContaining('curl -X PATCH "$TRESPASS_URL"'),
      took: '0.013 s',
      proves: [1],
      policies: 0,
      facts: expect.arrayContaining([
        ['likely', 'policy "members"'],
        ['', 'a.sql:3'],
      ]),
    })
    expect(shared.invariants[1]).toEqual(['DOC-1', 'Nobody renames.'])
    expect(shared.policies).toEqual([['policy "members" on public.documents (update): using true, with check true']])
    expect(text).toContain('<dt>likely</dt><dd><span class="line">policy &quot;members&quot;</span>')
  })

  it('of a report without a schema names no policy, and without a request has no curl', () => {
    const text = page([exampleCell({ outcome: null, effect: null, control: null })])
    expect(embeddedCells(text)[0]).not.toHaveProperty('curl')
    expect(text).toContain('id="shared">{"invariants":[],"policies":[[]]}')
  })
})

describe('the runs before', () => {
  const cells = [exampleBreach(), exampleCell({ actor: 'carol' })]
  const before = exampleRun([exampleCell()], { run: 'r-before', startedAt: '2026-02-28T02:00:00.000Z', holes: ['x'] })
  const older = [exampleCell(), exampleCell({ actor: 'gone' })]
  const since = { run: before, changes: changesBetween(older, cells) }
  const text = [...htmlReport({ run: exampleRun(cells), cells, scenarios: [], past: { runs: [before], since } })].join(
    '',
  )

  it('show opened, new and closed access, each with its number', () => {
    const kinds = [...text.matchAll(/<details class="change ([\w-]+)"( open)?><summary><b>([\w ]+)<\/b> <span>(\d+)/g)]
    expect(kinds.map(([, ...parts]) => parts)).toEqual([
      ['opened', ' open', 'Opened', '1'],
      ['no-longer-covered', undefined, 'Gone', '1'],
      ['newly-covered', undefined, 'New', '1'],
    ])
    expect(text).toContain('<b>documents › gone › rename theirs</b>')
    expect(text).toContain('Compared with the run <code>r-before</code> of 2026-02-28 02:00 UTC, which opened x.')
  })

  it('are listed with this run, the newest first', () => {
    const [, table = ''] = /aria-label="Table of runs">(.*?)<\/table>/s.exec(text) ?? []
    expect(
      [...table.matchAll(/<th scope="row">(.*?)<\/th><td>(.*?)<\/td><td>(.*?)<\/td>/g)].map((row) => row.slice(1)),
    ).toEqual([
      ['2026-03-01 02:00 UTC', '1 breach, 1 held', 'the whole workspace'],
      ['2026-02-28 02:00 UTC', '1 held', 'with x'],
    ])
  })

  it('that cannot be read are named', () => {
    const past = { runs: [], since: 'r1/cells.jsonl is not what it was' }
    const page = [...htmlReport({ run: exampleRun(cells), cells, scenarios: [], past })].join('')
    expect(page).toContain('The report of the last run cannot be read: r1/cells.jsonl is not what it was')
    expect(page).not.toContain('id="history"')
  })
})

describe('hostile text of a project', () => {
  const nasty = '</script><img src=x onerror=alert(1)> & "quoted" \u202e'

  it('stays text, in markup and in the embedded cells', () => {
    const cell = exampleBreach({ because: nasty, actor: '<b>', id: 'documents › <b> › x' })
    const text = page([cell], { invariants: [{ id: 'X', matrix: 'm', sentence: nasty, cells: [], verdict: 'held' }] })
    expect(text).not.toContain('<img')
    expect(text).not.toContain('\u202e')
    expect(embeddedCells(text)).toMatchObject([{ id: cell.id, because: nasty.replace('\u202e', ' ') }])
  })

  it('cannot run: only the own script and style are allowed, and nothing is fetched', () => {
    const text = page([exampleCell()])
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1]?.replaceAll('&#39;', "'")
    const script = /<script>(.*?)<\/script>/s.exec(text)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    expect(policy).toContain(`script-src 'sha256-${hash}'`)
    expect(policy).toContain("default-src 'none'")
    expect(text).not.toMatch(/https?:\/\//)
  })
})

it('contains the facts of every cell for the script', () => {
  const cells = [exampleBreach(), exampleCell({ actor: 'carol' })]
  expect(embeddedCells(page(cells)).map(({ id }) => id)).toEqual(cells.map(({ id }) => id))
})

describe('scenarios', () => {
  const unproven = exampleScenario({ id: 'unproven', verdict: 'inconclusive', because: 'No overlap.' })

  it('count beside cells in the first line', () => {
    const heading = (...scenarios: readonly ScenarioResult[]) =>
      /<h1>(.*?)<\/h1>/s.exec(page([exampleCell()], {}, scenarios))?.[1]
    expect(heading(exampleScenario())).toBe('All 1 cell and 1 scenario held')
    expect(heading(exampleScenario(), exampleRace({ id: 'x' }))).toBe('1 of 2 scenarios needs a decision')
    expect(heading(unproven)).toBe('Nothing wrong was found, and 1 of 1 scenario is not proven')
  })

  it('that did not hold stand among the decisions, by their verdicts', () => {
    const text = page([exampleCell({ verdict: 'lockout' })], {}, [
      exampleRace(),
      exampleScenario({ id: 'x' }),
      unproven,
    ])
    const findings = [...text.matchAll(/<article class="finding ([\w-]+)" data-(\w+)="(\d+)"/g)]
    expect(findings.map((finding) => finding.slice(1))).toEqual([
      ['breach', 'raced', '0'],
      ['lockout', 'cells', '0'],
      ['inconclusive', 'raced', '2'],
    ])
  })

  it('are marked as not run, where they were not', () => {
    const notRun = exampleScenario({ verdict: 'inconclusive', notRun: 'no secret key', history: null })
    expect(page([], {}, [notRun])).toContain('Not run, scenarios: 1. no secret key')
  })

  it('show a box for every operation, marked by its fate, on the line of its session', () => {
    const text = page([], {}, [exampleScenario()])
    const boxes = [...text.matchAll(/<a class="box (\w+)" [^>]*aria-label="([^"]*)"/g)].map((box) => box.slice(1))
    expect(boxes).toEqual([
      ['ok', 'alice, claim: answered 204, 0.020 s to 0.090 s'],
      ['failed', 'bob, claim: refused with 400 P0001 (application), 0.030 s to 0.095 s'],
    ])
    expect(text).toContain('<rect class="gate"')
    expect([...text.matchAll(/<svg role="group" aria-label="(\w+)"/g)].map(([, name]) => name)).toEqual([
      'outside',
      'alice',
      'bob',
    ])
  })

  it('show the same events as a table, in their order', () => {
    const text = page([], {}, [exampleScenario()])
    const steps = [...text.matchAll(/<tr><td>([\d.]+ s)<\/td><th scope="row">(.*?)<\/th><td>(.*?)<\/td>/g)]
    expect(steps.map(([, at, who, what]) => `${at} ${who}: ${what}`)).toEqual([
      '0.015 s outside: the gate closes, locked: course',
      '0.020 s alice: begins &quot;claim&quot;: POST /rest/v1/rpc/claim_place',
      '0.030 s bob: begins &quot;claim&quot;: POST /rest/v1/rpc/claim_place',
      '0.060 s alice and bob: 2 of 2 wait behind the gate',
      '0.061 s alice and bob: the gate opens',
      '0.062 s outside: the gate is open',
      '0.090 s alice: &quot;claim&quot; answered 204',
      '0.095 s bob: &quot;claim&quot; refused with 400 P0001 (application): the course is full',
      '0.110 s outside: afterwards: rows of places is 1, as expected',
    ])
  })

  it('leave out long values that are as expected', () => {
    const long = { name: 'all of it', expected: 'x'.repeat(500), found: 'x'.repeat(500) }
    const state = { kind: 'state', round: 1, at: 120, moment: 'afterwards' } as const
    const { record } = exampleScenario()
    const text = (holds: boolean) => page([], {}, [{ record, history: [{ ...state, checks: [{ ...long, holds }] }] }])
    expect(text(true)).not.toContain('all of it')
    expect(text(false)).toContain('all of it is &quot;xxx')
  })

  it('draw operations of one session that overlap below one another', () => {
    const { record, history } = exampleScenario()
    const text = page([], {}, [{ record, history: [...history, exampleOperation({ invokedAt: 50, returnedAt: 80 })] }])
    expect(text).toContain('aria-label="alice" height="56"')
  })

  it('show the round that explains the verdict and the first one, and where the others are', () => {
    const { record, history } = exampleRace({ rounds: 3 })
    const third = exampleOperation({ round: 3 })
    const text = page([], {}, [{ record, history: [...history, third] }])
    expect([...text.matchAll(/<summary>(Round .*?)<\/summary>/g)].map(([, round]) => round)).toEqual([
      'Round 2, which decides the verdict, overlap level 3',
      'Round 1, overlap level 4',
    ])
    expect(text).toContain('<p>Round 3: in histories/one-place-each.jsonl</p>')
  })

  it('keep a long round small, and mark the gap', () => {
    const { record } = exampleScenario()
    const probes = Array.from({ length: 500 }, (_, n) => exampleOperation({ invokedAt: n, returnedAt: n + 1 }))
    const text = page([], {}, [{ record, history: probes }])
    expect(text.match(/<a class="box/g)).toHaveLength(80)
    expect(text).toContain('the first and the last of its 500 operations, 80 in all; the others are in histories/')
  })

  it('never round overlap up', () => {
    const levels = ([4, 1, 3] as const).map((level, index) => ({ round: index + 1, level, skewMs: null }))
    const text = page([], {}, [exampleScenario({ rounds: 3, overlap: { asked: 3, reached: 1, rounds: levels } })])
    expect(text).toContain('contended, 3 rounds, overlap 1, 3 asked for and reached in 2 of 3')
    expect(text).toContain('level 3 was asked for, which 2 of 3 rounds reached')
  })

  it('are linked by the invariants that they prove', () => {
    const invariant = {
      id: 'PLACE-1',
      matrix: 'one place each',
      sentence: 'Nobody gets two.',
      cells: ['one place each'],
      verdict: 'held',
    } as const
    const text = page([], { invariants: [invariant] }, [exampleScenario()])
    expect(text).toContain('<td> <a href="#scenario=one%20place%20each">one place each</a></td>')
    expect(text).toContain('id="scenario=one%20place%20each"')
  })
})
