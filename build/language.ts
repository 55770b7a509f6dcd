import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const kinds = ['docs', 'messages', 'comments'] as const
type Kind = (typeof kinds)[number]

/**
 * Wording that the language of the project avoids: an unnamed agent, a sentence that does not begin with its subject, and the
 * verb "tell".
 */
const patterns = {
  agent: /\b(?:whoever|nobody|somebody)\b/gi,
  opening: /(?<=^\s*|[.:;!?] |[.!?]\n|\n\n|- )(?:What|Where|Who)\b(?!.*\?)/g,
  telling: /\b(?:told|tells)\b/gi,
} as const
type Pattern = keyof typeof patterns
const names: readonly Pattern[] = ['agent', 'opening', 'telling']

/** The maximum number of hits in 10,000 words. */
const ceilings: Readonly<Record<Kind, Readonly<Record<Pattern, number>>>> = {
  docs: { agent: 2, opening: 8, telling: 2 },
  messages: { agent: 2, opening: 8, telling: 2 },
  comments: { agent: 2, opening: 8, telling: 2 },
}

/** Names that contain such a word: an invariant, an account of an operating system. */
const allowed = /nobody-kept-waiting|postgres, _postgres (?:and|or) nobody/g

interface Hit {
  /** `docs/limits.md:12` */
  readonly at: string
  readonly text: string
}

interface Found extends Record<Pattern, Hit[]> {
  words: number
}

interface Text {
  readonly kind: Kind
  /** The number of its first line, from 1. */
  readonly line: number
  readonly text: string
}

/** @returns the number of words of each kind of text in the files, and the hits of the patterns. */
export function measure(files: readonly { readonly file: string; readonly source: string }[]): Record<Kind, Found> {
  const nothing = (): Found => ({ words: 0, agent: [], opening: [], telling: [] })
  const found = { docs: nothing(), messages: nothing(), comments: nothing() }
  for (const { file, source } of files) {
    for (const { kind, line, text } of file.endsWith('.md') ? [docOf(source)] : textsOf(file, source)) {
      const counted = text.replaceAll(allowed, 'x')
      found[kind].words += counted.match(/[\p{L}\p{N}]+/gu)?.length ?? 0
      for (const name of names) {
        for (const { index } of counted.matchAll(patterns[name])) {
          const before = counted.slice(0, index)
          const at = `${file}:${line + before.split('\n').length - 1}`
          found[kind][name].push({ at, text: lineAround(counted, index) })
        }
      }
    }
  }
  return found
}

function lineAround(text: string, index: number): string {
  const start = text.lastIndexOf('\n', index - 1) + 1
  return (text.slice(start).split('\n')[0] ?? '').trim()
}

/** Removes code; blank lines keep the numbers of the lines. */
function docOf(markdown: string): Text {
  const withoutBlocks = markdown.replaceAll(/^```[\s\S]*?^```/gm, (code) => code.replaceAll(/[^\n]/g, ''))
  return { kind: 'docs', line: 1, text: withoutBlocks.replaceAll(/`[^`\n]*`/g, 'x') }
}

function textsOf(file: string, source: string): readonly Text[] {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.ESNext, true)
  const lineAt = (position: number) => parsed.getLineAndCharacterOfPosition(position).line + 1
  const messages: Text[] = []
  const comments = new Map<number, Text>()
  const visit = (node: ts.Node): void => {
    for (const { pos, end } of ts.getLeadingCommentRanges(source, node.pos) ?? []) {
      comments.set(pos, { kind: 'comments', line: lineAt(pos), text: commentText(source.slice(pos, end)) })
    }
    const text = messageText(node)
    if (text !== null) messages.push({ kind: 'messages', line: lineAt(node.getStart()), text })
    ts.forEachChild(node, visit)
  }
  visit(parsed)
  return [...messages, ...comments.values()]
}

function commentText(comment: string): string {
  return comment
    .replaceAll(/^\s*(?:\/\*\*?|\*\/|\*|\/\/)[ \t]?|\*\/$/gm, '')
    .replaceAll(/`[^`\n]*`/g, 'x')
    .replaceAll(/@(?:param|returns|throws)\b/g, '')
}

/** @returns the text of a node if it may be a message for the user: several words that are not an SQL statement. */
function messageText(node: ts.Node): string | null {
  const text = ts.isStringLiteralLike(node) ? node.text : ts.isTemplateExpression(node) ? templateText(node) : ''
  if (text.split(/\s+/).length < 4) return null
  return /^\s*(?:select|with|insert|update|delete|create|alter|begin|set|do)\b/.test(text) ? null : text
}

function templateText({ head, templateSpans }: ts.TemplateExpression): string {
  return head.text + templateSpans.map(({ literal }) => `x${literal.text}`).join('')
}

/** The documentation, and the code of both packages without tests. */
function isMeasured(file: string): boolean {
  if (file.endsWith('.md')) return /^(?:docs\/|[A-Z]+\.md$|(?:sandbox|test|bench)\/README\.md$)/.test(file)
  return /^(?:harness|sandbox|bench|build)\/.*\.[jt]s$/.test(file) && !/\.test\.ts$/.test(file)
}

/** Prints the counts, and every hit of a kind that is above its ceiling or named in an argument. */
function report(shown: readonly string[]): void {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const listed = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter(isMeasured)
  const found = measure(listed.map((file) => ({ file, source: readFileSync(`${root}/${file}`, 'utf8') })))
  for (const kind of kinds) {
    for (const name of names) {
      const hits = found[kind][name]
      const rate = (hits.length / found[kind].words) * 10_000
      const isAbove = rate > ceilings[kind][name]
      if (isAbove) process.exitCode = 1
      const limit = `${isAbove ? 'found above' : 'at most'} ${ceilings[kind][name]}`
      process.stdout.write(`${kind}, ${name}: ${hits.length} hits, ${rate.toFixed(1)} in 10,000 words (${limit})\n`)
      if (!isAbove && !shown.includes(kind)) continue
      for (const { at, text } of hits) process.stdout.write(`  ${at}: ${text}\n`)
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) report(process.argv.slice(2))
