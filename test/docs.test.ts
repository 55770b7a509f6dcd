import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { layers, verdicts } from '../harness/model/verdict.ts'
import type { ResponsePattern } from '../harness/paths/path.ts'
import { paths } from '../harness/paths/registry.ts'

const docs = new URL('../docs/', import.meta.url).pathname
const page = (path: string) => readFileSync(join(docs, path), 'utf8')
const pagesIn = (folder: string) => readdirSync(join(docs, folder)).toSorted()
const files = ['README.md', ...['verdicts', 'denials'].flatMap((at) => pagesIn(at).map((file) => `${at}/${file}`))]
const faces = [...new Map(paths.flatMap((path) => path.responses).map((face) => [face.name, face])).values()]

/** The page that explains a response pattern. */
function pageOf({ means }: ResponsePattern): string {
  if (means.kind === 'denied') return `denials/${means.layer}.md`
  return means.kind === 'done' ? 'denials/filtered.md' : 'verdicts/inconclusive.md'
}

describe('the documentation', () => {
  it('has a page for every verdict and every layer, and no other', () => {
    expect(pagesIn('verdicts')).toEqual(verdicts.map((name) => `${name}.md`).toSorted())
    expect(pagesIn('denials')).toEqual(layers.map((name) => `${name}.md`).toSorted())
  })

  it.each([...verdicts.map((name) => `verdicts/${name}.md`), ...layers.map((name) => `denials/${name}.md`)])(
    '%s is in the index, contains the next step and shows an example',
    (path) => {
      expect(page('README.md')).toContain(`](${path})`)
      const text = page(path)
      expect(text.startsWith(`# ${path.replace(/^.*\/|\.md$/g, '')}\n`)).toBe(true)
      // Two of them have a table of reasons instead.
      expect(text).toMatch(/^## What to do$|\| what to do \|$/m)
      expect(text).toContain('\n## Example\n')
    },
  )

  it.each(faces.map((face) => [face.name, face] as const))(
    'explains the response pattern %s where it belongs',
    (name, face) => {
      expect(page(pageOf(face))).toContain(`| \`${name}\` |`)
    },
  )

  it('names no response pattern that is not there', () => {
    const known = new Set(faces.map(({ name }) => name))
    const folders = ['verdicts', 'denials'] as const
    const named = folders.flatMap((folder) =>
      pagesIn(folder).flatMap((file) =>
        [...page(`${folder}/${file}`).matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1]),
      ),
    )
    // The first columns of tables about other subjects.
    const words = new Set(['allow', 'deny', 'because'])
    expect(named.filter((name = '') => !known.has(name) && !words.has(name))).toEqual([])
  })

  it('links to pages that are there', () => {
    const dead = files.flatMap((file) =>
      [...page(file).matchAll(/\]\(([^)#]+)/g)]
        .map((match) => join(file, '..', match[1] ?? ''))
        .filter((target) => !existsSync(join(docs, target))),
    )
    expect(dead).toEqual([])
  })

  it('names a test that is there for every fault', () => {
    const [, table = ''] = /\| shown by \|\n\| --- .*\n((?:\|.*\n)+)/.exec(page('faults-and-secrets.md')) ?? []
    const rows = table.trimEnd().split('\n')
    expect(rows.length).toBeGreaterThan(20)
    for (const row of rows) {
      const tests = [...row.matchAll(/`((?:harness|test)\/[\w/.-]+\.test\.ts|\.ci\/\w+)`/g)].map(
        ([, file]) => file ?? '',
      )
      expect(tests, row).not.toEqual([])
      expect(tests.filter((file) => !existsSync(join(docs, '..', file)))).toEqual([])
    }
  })

  it('keeps to 120 columns outside of tables', () => {
    const long = files.flatMap((file) =>
      page(file)
        .split('\n')
        .filter((line) => line.length > 120 && !line.startsWith('|')),
    )
    expect(long).toEqual([])
  })
})
