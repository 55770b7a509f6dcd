import { expect, test } from 'vitest'
import type { Problem } from '../errors.ts'
import { readYaml } from './yaml-document.ts'

const flow = `matrix: documents
resource: { table: public.documents }
fixtures:
  own: { owner_id: $actor.id, title: Mine }
operations:
  read own: { select: own }
  rename own: { update: own, set: { title: Renamed } }
expect:
  alice: { "*": allow }
  "*": { "*": deny(filtered) }
`
const block = `matrix: documents
resource:
  table: public.documents
fixtures:
  own:
    owner_id: $actor.id
    title: Mine
operations:
  read own:
    select: own
  rename own:
    update: own
    set:
      title: Renamed
expect:
  "*":
    "*": allow
`

/** Every text that lacks one of the colons. */
const texts = [flow, block].flatMap((text) =>
  [...text.matchAll(/:(?=\s)/g)].map(({ index }) => {
    const line = text.slice(0, index).split('\n').length
    return [
      `${text.split('\n')[line - 1]?.trim()} (${line})`,
      text.slice(0, index) + text.slice(index + 1),
      line,
    ] as const
  }),
)

/** A mapping of one key is a text without its colon, which is valid YAML: the form of the file refuses it. */
const otherwise: readonly string[] = ['table: public.documents (3)', 'select: own (10)', 'title: Renamed (14)']

test.each(texts)('without a colon: %s', (name, text, line) => {
  const problems: Problem[] = []
  const document = readYaml(text, 'a.yaml', problems)
  if (otherwise.includes(name)) {
    expect([document === null, problems]).toEqual([false, []])
    return
  }
  expect(document).toBeNull()
  expect(problems.map(({ code, at }) => [code, at.line])).toEqual([['missing-colon', line]])
})

test.each([flow, block, 'a: "b {c: d} e"\n', 'a key with {braces}: 1\n', 'a: {b, c}\n'])(
  'with its colons: %s',
  (text) => {
    const problems: Problem[] = []
    readYaml(text, 'a.yaml', problems)
    expect(problems).toEqual([])
  },
)
