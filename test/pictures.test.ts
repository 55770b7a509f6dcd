import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawFinding, findingRecords, pictures, printFinding } from '../build/finding-picture.ts'
import { terminalPicture } from '../build/terminal-picture.ts'
import { cellSchema } from '../harness/model/record-schema.ts'

const cells = readFileSync(findingRecords, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => cellSchema.parse(JSON.parse(line)))

const page = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

test("the picture of a finding shows the terminal's output for a real record", () => {
  expect(readFileSync(join(pictures, 'finding.svg'), 'utf8')).toBe(drawFinding(cells))
})

test("the finding in docs/output.md is the terminal's output for a real record", () => {
  const [, block = ''] = /```\n(BREACH .*?)```/s.exec(page('docs/output.md')) ?? []
  expect(block).not.toBe('')
  expect(printFinding(cells, false)).toContain(block)
})

test('the README shows both pictures, and they are small', () => {
  const readme = page('README.md')
  for (const name of ['finding.svg', 'report.png']) {
    expect(readme).toContain(`(docs/pictures/${name})`)
    expect(statSync(join(pictures, name)).size).toBeLessThan(150_000)
  }
})

test('a picture of a terminal holds its text as text, painted as the terminal paints it', () => {
  const picture = terminalPicture('\u001b[31m\u001b[1mBAD\u001b[22m\u001b[39m <a> \u001b[2mdim\u001b[22m & \n', 20)
  expect(picture).toContain('<tspan fill="#ff8b82" font-weight="700">BAD</tspan> &lt;a&gt; <tspan fill="#9da7b3">dim')
  expect(picture).toContain('</tspan> &amp;</text>')
})
