import fc from 'fast-check'
import { marked, type Token } from 'marked'
import { describe, expect, it } from 'vitest'
import { exampleBreach, exampleOutcome, exampleRun } from '../../test/support/example-records.ts'
import { exampleRace } from '../../test/support/example-scenarios.ts'
import { hostileText, obeyedLines } from '../../test/support/hostile-texts.ts'
import { hasInvisible } from '../invisible.ts'
import type { RunRecord } from '../model/record.ts'
import { changesBetween } from './diff.ts'
import type { Evidence } from './evidence.ts'
import { htmlReport } from './html/page.ts'
import { junit } from './junit.ts'
import { notHeldIn } from './not-held.ts'
import { sarif } from './sarif.ts'
import { sarifShape } from './sarif-shape.ts'
import { summary } from './summary.ts'

/** A run that contains a text everywhere that a workspace, its target or a library can put one. */
function evidenceWith(text: string): Omit<Evidence, 'schema'> {
  const outcome = { ...exampleOutcome, request: text, body: { [text]: text }, code: text, message: text, prefer: text }
  // A path has no empty parts.
  const at = { file: `matrices/${text.replaceAll('/', '')}.matrix.yaml`, line: 1, column: 1 }
  const cells = ['1', '2'].map((number) =>
    exampleBreach({
      ...{ matrix: text, actor: `${text}${number}`, operation: text, resource: text, because: text, at },
      ...{ outcome, likely: [text], invariants: [text], effect: { kind: 'happened', what: text } },
    }),
  )
  const { record, history } = exampleRace({ id: text, because: text, at })
  const changes: Partial<RunRecord> = {
    ...{ shard: text, chosen: [text], holes: [text], limits: [text], notRun: [{ why: text, cells: 1 }] },
    ...{ workspace: text, layout: { actors: [text], matrices: [{ matrix: text, operations: [text] }] } },
    target: { alias: text, kind: 'hosted', versions: { auth: text } },
    git: { revision: text, dirty: true },
    files: [{ file: text, sha256: 'aa11' }],
    invariants: [{ id: text, matrix: text, sentence: text, cells: [text], verdict: 'breach' }],
    cleanup: { made: 3, swept: 1, left: [text], stays: [text] },
  }
  return { run: exampleRun(cells, changes), cells, scenarios: [{ record, history }] }
}

const ordinary = evidenceWith('xy')
const text = hostileText.map((hostile) => `x${hostile}y`)
const withoutLines = (written: string) => written.replaceAll('\n', '')

describe('text from outside of Trespass', () => {
  it('is text in the page: no element, no attribute and no script more', () => {
    const page = ({ run, cells, scenarios }: Omit<Evidence, 'schema'>) => {
      const since = { run, changes: changesBetween([exampleBreach({ operation: run.target.alias })], cells) }
      const schema = cells.map(({ matrix }) => ['policy', `public.t ${matrix}`, `w t public using ${matrix}`] as const)
      return [...htmlReport({ run, cells, scenarios, schema, past: { runs: [run], since } })].join('')
    }
    const expected = tagsOf(page(ordinary))
    fc.assert(
      fc.property(text, (hostile) => {
        const written = page(evidenceWith(hostile))
        expect(tagsOf(written)).toEqual(expected)
        expect(hasInvisible(withoutLines(written))).toBe(false)
      }),
    )
  })

  it('is text in JUnit: well-formed XML with the same elements', () => {
    const xml = (evidence: Omit<Evidence, 'schema'>) => [...junit(evidence)].join('')
    const expected = elementsOf(xml(ordinary))
    fc.assert(
      fc.property(text, (hostile) => {
        const written = xml(evidenceWith(hostile))
        expect(elementsOf(written)).toEqual(expected)
        expect(hasInvisible(withoutLines(written))).toBe(false)
      }),
    )
  })

  it('is text in Markdown: no element, no link and no mention more', () => {
    const expected = typesOf(marked.lexer(summary(ordinary)))
    fc.assert(
      fc.property(text, (hostile) => {
        const written = summary(evidenceWith(hostile))
        expect(typesOf(marked.lexer(written))).toEqual(expected)
        expect(obeyedLines(written)).toEqual([])
        expect(hasInvisible(withoutLines(written).replaceAll('\u200b', ''))).toBe(false)
      }),
    )
  })

  it('is literal in SARIF', () => {
    fc.assert(
      fc.property(text, (hostile) => {
        const { run, cells, scenarios } = evidenceWith(hostile)
        const notHeld = notHeldIn({ cells, scenarios })
        const input = { run: { ...run, target: ordinary.run.target }, notHeld, tried: new Set<string>(), place: '' }
        const written = [...sarif({ ...input, baseline: null })].join('')
        const { error } = sarifShape.safeParse(JSON.parse(written))
        expect(error?.issues).toBeUndefined()
        expect(hasInvisible(withoutLines(written))).toBe(false)
      }),
    )
  })
})

/**
 * Reads a page as the tokenizer of the HTML standard does (13.2.5): a tag begins with `<` and a letter, a quoted value contains
 * any character but its quote, and a script ends with `</script`.
 */
function tagsOf(page: string): string[] {
  const token =
    /<(script|style)\b((?:[^>"']|"[^"]*"|'[^']*')*)>.*?<\/\1\b[^>]*>|<(\/?[a-z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>|<[!?][^>]*>/gis
  return [...page.matchAll(token)].map(([whole, raw, rawNames = '', name, names = '']) => {
    const attributes = [...(rawNames + names).matchAll(/\s([^\s=>"']+)(?:="[^"]*"|='[^']*')?/g)].map(([, key]) => key)
    return `${raw ?? name ?? whole} ${attributes.join(' ')}`
  })
}

/** Parses XML 1.0 strictly: only characters, references, tags and the declaration are allowed. */
function elementsOf(written: string): string[] {
  const [declaration = ''] = /^<\?xml [^?]*\?>\n/.exec(written) ?? []
  const value = String.raw`(?:[^<&"\u0000-\u001f\ud800-\udfff\ufffe\uffff]|[\u{10000}-\u{10ffff}]|&(?:amp|lt|gt|quot|apos|#\d+);)*`
  const tag = String.raw`<(\/?[a-z]+)((?: [a-z]+="${value}")*)\/?>`
  const content = String.raw`(?:[^<&\u0000-\u0008\u000b-\u001f\ud800-\udfff\ufffe\uffff]|[\u{10000}-\u{10ffff}]|&(?:amp|lt|gt|quot|apos|#\d+);)+`
  const elements: string[] = []
  const rest = written.slice(declaration.length).replace(new RegExp(`${tag}|${content}`, 'gu'), (_, name, names) => {
    if (name !== undefined) elements.push(`${name}${String(names).replace(/"[^"]*"/g, '')}`)
    return ''
  })
  expect(rest).toBe('')
  return elements
}

/** The kinds of tokens, nested; split text and escaped text count as one. */
function typesOf(tokens: readonly Token[]): string[] {
  const types = tokens.flatMap((token) => {
    if (token.type === 'text' || token.type === 'escape') return ['tokens' in token && token.tokens ? 'block' : 'text']
    if (token.type === 'table') {
      const cells = [...token.header, ...token.rows.flat()]
      return ['table', ...cells.flatMap((cell: { tokens: Token[] }) => ['cell', ...typesOf(cell.tokens)])]
    }
    const inside = token.type === 'list' ? token.items : 'tokens' in token ? (token.tokens ?? []) : []
    return [token.type, '(', ...typesOf(inside), ')']
  })
  return types.filter((type, at) => type !== 'text' || types[at - 1] !== 'text')
}
