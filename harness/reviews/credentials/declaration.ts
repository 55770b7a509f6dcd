import { isNode, LineCounter, type Node } from 'yaml'
import { z } from 'zod'
import { TrespassError } from '../../errors.ts'
import { didYouMean } from '../../message-text.ts'
import { yamlDocuments } from '../../yaml-text.ts'

/** What a credential allows its holder to do in an environment. */
export const abilities = ['client', 'read-data', 'write-data', 'connect', 'read-schema', 'deploy', 'manage'] as const
export type Ability = (typeof abilities)[number]

const word = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/i, { error: 'a word such as `staging`' })
const day = z.string().regex(/^\d{4}-\d\d-\d\d$/, { error: 'a day, such as 2026-12-31' })
const address = z
  .string()
  .refine((text) => /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : ''), { error: 'the project URL' })

const environment = z.strictObject({
  /** The project URL. */
  url: address,
  /** The project's ref, where the URL does not name it. */
  ref: z
    .string()
    .regex(/^[a-z0-9]+$/, { error: 'a project ref' })
    .exactOptional(),
  /** Host and port of the database, where its host does not name the project. */
  database: z
    .string()
    .regex(/^[^\s/@]+:\d+$/, { error: 'host and port, such as `127.0.0.1:54322`' })
    .exactOptional(),
})

const tier = z.strictObject({
  holds: z.array(z.string().min(1)).min(1, { error: 'at least one environment file' }),
  may: z.record(
    word,
    z.union([z.literal('dashboard-only'), z.array(z.enum(abilities))], {
      error: `\`dashboard-only\`, or a list of ${abilities.join(', ')}`,
    }),
  ),
})

/** The form of `credentials.yaml`. */
export const credentialsSchema = z.strictObject({
  /** The age in days from which on a key is too old. */
  rotation_days: z.int().min(1).exactOptional(),
  environments: z.record(word, environment),
  /** Tiers by name: a set of credentials, and what it is for. */
  tiers: z.record(word, tier),
  /** The days on which credentials were issued that do not hold the day themselves. */
  recorded: z
    .array(z.strictObject({ file: z.string().min(1), variable: z.string().min(1), issued: day }))
    .exactOptional(),
})

export type Declaration = z.infer<typeof credentialsSchema>

/** @returns how to make an error about a place of the file. */
export type Refuse = (path: readonly PropertyKey[], found: string, expected: string, hint?: string) => TrespassError

/**
 * Parses `credentials.yaml`.
 *
 * @param file the name for errors.
 * @throws TrespassError `credentials-broken` with the place.
 */
export function parseDeclaration(
  text: string,
  file: string,
): { readonly declared: Declaration; readonly refuse: Refuse } {
  const counter = new LineCounter()
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const [document, second] = yamlDocuments(text, { schema: 'core' }, counter)
  const [error] = document?.errors ?? []
  if (document === undefined || second !== undefined) throw broken(`${file}: found no single YAML document`)
  if (error !== undefined) throw broken(`${at(error.pos[0])}: ${error.message}`)
  const refuse: Refuse = (path, found, expected, hint) => {
    const node = nearest(document, path)
    return broken(
      `${at(node?.range?.[0] ?? 0)}: found ${found}, expected ${expected} (${path.map(String).join('.') || 'the file'})`,
      hint,
    )
  }
  const parsed = credentialsSchema.safeParse(document.toJS())
  const [issue] = parsed.error?.issues ?? []
  if (!parsed.success) {
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
    throw refuse(
      [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])],
      unknown === undefined ? 'another value' : `the key \`${unknown}\``,
      issue?.message ?? 'another form',
    )
  }
  refuseContradictions(parsed.data, refuse)
  return { declared: parsed.data, refuse }
}

function refuseContradictions({ environments, tiers, recorded = [] }: Declaration, refuse: Refuse): void {
  const known = Object.keys(environments)
  for (const [name, { holds, may }] of Object.entries(tiers)) {
    for (const target of Object.keys(may)) {
      if (known.includes(target)) continue
      throw refuse(
        ['tiers', name, 'may', target],
        `the environment ${target}`,
        'one of `environments`',
        didYouMean(target, known),
      )
    }
    const twice = holds.findIndex((file, index) => holds.indexOf(file) < index)
    if (twice !== -1) throw refuse(['tiers', name, 'holds', twice], `${holds[twice]} twice`, 'each file once')
  }
  const addresses = Object.values(environments).map(({ url }) => new URL(url).origin)
  const same = addresses.findIndex((one, index) => addresses.indexOf(one) < index)
  if (same !== -1)
    throw refuse(
      ['environments', known[same] ?? '', 'url'],
      'the URL of another environment',
      'one environment for each project',
    )
  const held = Object.values(tiers).flatMap(({ holds }) => holds)
  for (const [index, { file, variable }] of recorded.entries()) {
    if (!held.includes(file))
      throw refuse(['recorded', index, 'file'], file, 'a file that a tier holds', didYouMean(file, held))
    const first = recorded.findIndex((one) => one.file === file && one.variable === variable)
    if (first < index)
      throw refuse(['recorded', index], `a second day for ${variable} of ${file}`, 'one day for each credential')
  }
}

/** A key that is missing has no node: the nearest that holds it is shown. */
function nearest(document: ReturnType<typeof yamlDocuments>[number], path: readonly PropertyKey[]): Node | null {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node)) return node
  }
  return null
}

function broken(message: string, hint?: string): TrespassError {
  return new TrespassError('credentials-broken', message, {
    hint: hint ?? 'docs/reviews.md#credential-tiers shows the form of the file.',
  })
}
