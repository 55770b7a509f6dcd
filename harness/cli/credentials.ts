import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { redactor } from '../redaction/redact.ts'
import { parseDeclaration } from '../reviews/credentials/declaration.ts'
import { judgeTiers, tierChanges } from '../reviews/credentials/judge-tiers.ts'
import { readNewestReview, storeReview } from '../reviews/credentials/read-reviews.ts'
import { readTiers } from '../reviews/credentials/read-trials.ts'
import { tierSections } from '../reviews/credentials/sections.ts'
import { asMarkdown, asText } from '../reviews/document.ts'
import { checkedManagementUrl } from '../reviews/read-management.ts'
import { type Flag, noWords, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { print } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = {
  tiers: { type: 'string', value: 'FILE', help: 'the file that declares the tiers (default: credentials.yaml)' },
  ...workspaceFlag,
  gate: { type: 'boolean', help: 'exit code 1 when there is a finding' },
  json: { type: 'boolean', help: 'prints the review as JSON' },
  markdown: { type: 'boolean', help: 'prints the review as Markdown, for a pull request or a deployment record' },
  'management-url': { type: 'string', value: 'URL', help: 'the address of the Management API' },
} as const satisfies Readonly<Record<string, Flag>>

/** Tries what each tier of credentials can do. Every request reads; the review is stored and compared with the one before. */
export const credentials: Command = {
  summary: 'tries what each set of credentials can do in each environment, by requests that write nothing',
  flags,
  exits: {
    0: 'the credentials were tried; with --gate: there is no finding',
    1: 'with --gate: there is a finding',
    2: 'bad usage or configuration, or a failure of Trespass itself',
  },
  examples: ['npx trespass credentials --tiers credentials.yaml', 'npx trespass credentials --gate --markdown'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    if (given.on('json') && given.on('markdown')) {
      throw new TrespassError('usage', 'found --json and --markdown, expected one of the two', { hint: 'see --help' })
    }
    const root = resolve(given.text('workspace') ?? '.')
    const management = checkedManagementUrl(given.text('management-url'))
    const named = given.text('tiers') ?? 'credentials.yaml'
    const file = given.text('tiers') === undefined ? resolve(root, named) : resolve(named)
    const { declared, refuse } = parseDeclaration(await textOf(file, named), named)
    const before = await readNewestReview(root)
    const now = new Date()
    const { secrets, ...read } = await readTiers(file, declared, refuse, management)
    const review = redactor(secrets)(judgeTiers({ ...read, today: now.toISOString().slice(0, 10) }))
    const changes = before === null ? null : { ...tierChanges(before, review), since: before.at }
    const stored = await storeReview(root, review, now)
    const title = `Credential tiers: ${review.findings.length === 0 ? 'no finding' : `${review.findings.length} findings`}`
    const sections = [...tierSections(review, changes), { title: 'Stored', lines: [{ text: stored }] }]
    if (given.on('json'))
      print(JSON.stringify({ schema: 'trespass/credentials@1', ...review, changes, stored }, null, 2))
    else if (given.on('markdown')) print(asMarkdown(title, sections))
    else for (const line of asText(title, sections).split('\n')) print(plain(line))
    return given.on('gate') && review.findings.length > 0 ? 1 : 0
  },
}

/** @throws TrespassError `credentials-broken` for a file that cannot be read. */
async function textOf(file: string, named: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TrespassError(
      'credentials-broken',
      `found no file ${named}, expected one that declares tiers of credentials`,
      {
        hint: 'docs/reviews.md#credential-tiers shows its form.',
        cause,
      },
    )
  })
}
