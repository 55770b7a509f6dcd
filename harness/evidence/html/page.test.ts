import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../example-records.ts'
import type { CellRecord, RunRecord } from '../record.ts'
import { htmlReport } from './page.ts'

function page(cells: readonly CellRecord[], changes: Partial<RunRecord> = {}): string {
  return [...htmlReport({ run: exampleRun(cells, changes), cells })].join('')
}

function embeddedCells(text: string): readonly { readonly id: string; readonly because: string }[] {
  return JSON.parse(/<script type="application\/json" id="cells">(.*?)<\/script>/s.exec(text)?.[1] ?? '')
}

describe('the first line', () => {
  it.each([
    ['all held', [exampleCell()], 'All 1 cells held'],
    ['findings', [exampleBreach(), exampleCell({ actor: 'carol' })], '1 of 2 cells need a decision'],
    ['not proven', [exampleCell({ verdict: 'inconclusive' })], '1 of 1 cells are not proven'],
    ['not tried', [exampleCell({ verdict: 'error' })], '1 of 1 cells could not be tried'],
    ['nothing', [], 'Nothing was tried'],
  ])('says what it comes to: %s', (_, cells, heading) => {
    expect(/<h1>(.*?)<\/h1>/s.exec(page(cells))?.[1]).toContain(heading)
  })

  it('says that it was a sandbox, an interrupted run, a shard, an opened hole', () => {
    const target = { alias: 'sandbox', kind: 'sandbox', versions: {} } as const
    const text = page([exampleCell()], { target, complete: false, shard: '1/2', holes: ['rls-off'] })
    expect(text).toContain('On a sandbox')
    expect(text).toContain('broken off')
    expect(text).toContain('Only shard 1/2')
    expect(text).toContain('Holes were opened on purpose: rls-off')
  })
})

it('says what was not run and why, before everything else, and what the target lacks', () => {
  const notRun = 'no user can be made'
  const cell = exampleCell({ verdict: 'inconclusive', notRun })
  const text = page([cell], { notRun: [{ why: notRun, cells: 1 }], limits: ['without a secret key no user is made'] })
  expect(text.indexOf('Not run, cells: 1. no user can be made')).toBeLessThan(text.indexOf('</header>'))
  expect(text).toContain('<dt>limit</dt><dd>without a secret key no user is made</dd>')
  expect(text).toContain('<p>Nothing.</p>')
})

describe('findings', () => {
  it('come worst first, one for each cause, and name everyone who saw it', () => {
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
  it('tells every cell by a sign and in words, so that colour is never the only difference', () => {
    const text = page([
      exampleBreach(),
      exampleCell({ actor: 'alice', operation: 'list', expected: { decision: 'allow' } }),
    ])
    expect(text).toMatch(/<td class="breach"><a [^>]*title="mallory, rename theirs: breach: [^"]*">✗<\/a><\/td>/)
    expect(text).toMatch(/<td class="allowed"><a [^>]*title="alice, list: held: [^"]*">✓<\/a><\/td>/)
    expect(text).toContain('<td class="none"></td>')
  })
})

describe('what a project may hold', () => {
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

it('tells every cell that is asked for', () => {
  const cells = [exampleBreach(), exampleCell({ actor: 'carol' })]
  expect(embeddedCells(page(cells)).map(({ id }) => id)).toEqual(cells.map(({ id }) => id))
})
