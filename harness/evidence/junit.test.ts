import { expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import { exampleRace, exampleScenario } from '../../test/support/example-scenarios.ts'
import type { CellRecord } from '../model/record.ts'
import { junit } from './junit.ts'

const of = (cells: readonly CellRecord[]) => [...junit({ run: exampleRun(cells), cells, scenarios: [] })].join('')

test('writes a suite per matrix and a case per cell', () => {
  const cells = [exampleCell(), exampleCell({ matrix: 'invoices', actor: 'bob', operation: 'pay', denial: null })]
  expect(of(cells)).toBe(`\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="trespass on staging" tests="2" failures="0" errors="0" skipped="0" time="0.025">
  <testsuite name="documents" tests="1" failures="0" errors="0" skipped="0" time="0.013" timestamp="2026-03-01T02:00:00.000Z">
    <testcase classname="documents.mallory" name="rename theirs" file="matrices/documents.matrix.yaml" line="31" time="0.013">
      <properties>
        <property name="actor" value="mallory"/>
        <property name="operation" value="rename theirs"/>
        <property name="path" value="data-api"/>
        <property name="verdict" value="held"/>
        <property name="denial" value="filtered"/>
      </properties>
    </testcase>
  </testsuite>
  <testsuite name="invoices" tests="1" failures="0" errors="0" skipped="0" time="0.013" timestamp="2026-03-01T02:00:00.000Z">
    <testcase classname="invoices.bob" name="pay" file="matrices/documents.matrix.yaml" line="31" time="0.013">
      <properties>
        <property name="actor" value="bob"/>
        <property name="operation" value="pay"/>
        <property name="path" value="data-api"/>
        <property name="verdict" value="held"/>
      </properties>
    </testcase>
  </testsuite>
</testsuites>
`)
})

test('a cell that did not hold is a failure, and a failure of Trespass is an error', () => {
  const failing = ['lockout', 'wrong-layer', 'undecided', 'inconclusive'] as const
  const text = of([
    exampleBreach(),
    ...failing.map((verdict) => exampleCell({ operation: verdict, verdict })),
    exampleCell({ operation: 'broken', verdict: 'error', because: 'the attempt was never made' }),
  ])
  expect(text).toContain('tests="6" failures="5" errors="1"')
  for (const verdict of ['breach', ...failing]) expect(text).toContain(`<failure type="${verdict}" message="`)
  expect(text).toContain('<error type="error" message="the attempt was never made">')
  expect(text).toContain('&#10;answer: 204: carried out&#10;effect: it happened: title theirs → defaced&#10;')
})

test('characters that XML cannot hold are escaped', () => {
  const text = of([exampleBreach({ operation: `a<b>&"c"'d'\u0000\u001b\ud800\uffff\n😀`, because: ']]> <x/>' })])
  expect(text).toContain('name="a&lt;b&gt;&amp;&quot;c&quot;&apos;d&apos;\ufffd\ufffd&#10;😀"')
  expect(text).toContain('message="]]&gt; &lt;x/&gt;"')
})

test('writes scenarios as a suite of their own', () => {
  const scenarios = [exampleScenario({ id: 'kept' }), exampleRace()]
  const text = [...junit({ run: exampleRun([]), cells: [], scenarios })].join('')
  expect(text).toContain('<testsuite name="scenarios" tests="2" failures="1" errors="0" skipped="0" time="0.420"')
  expect(text).toContain(`\
    <testcase classname="scenarios.contended" name="kept" file="scenarios/place.scenario.yaml" line="2" time="0.210">
      <properties>
        <property name="recipe" value="contended"/>
        <property name="paths" value="rpc"/>
        <property name="rounds" value="1"/>
        <property name="overlap" value="3"/>
        <property name="overlap asked for" value="3"/>
        <property name="verdict" value="held"/>
      </properties>
    </testcase>
`)
  expect(text).toContain('<failure type="breach" message="alice and bob all won, and only 1 may.')
  expect(text).toContain('&#10;round 2, in order:&#10;  0.015 s  outside        the gate closes, locked: course&#10;')
})
