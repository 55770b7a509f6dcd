import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { allCommands } from '../harness/cli/commands.ts'

const docs = new URL('../docs/', import.meta.url).pathname
const text = (file: string) => readFileSync(`${docs}${file}`, 'utf8')
const files = readdirSync(`${docs}workflows`).map((file) => `workflows/${file}`)

/** The keys that GitHub requires and accepts in a workflow file. */
const step = z
  .strictObject({
    name: z.string().optional(),
    id: z.string().optional(),
    if: z.string().optional(),
    uses: z
      .string()
      .regex(/^[\w-]+\/[\w/-]+@v\d+$/)
      .optional(),
    with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    env: z.record(z.string(), z.string()).optional(),
    run: z.string().optional(),
  })
  .refine(({ uses, run }) => (uses === undefined) !== (run === undefined), { error: 'either uses or run' })
const permissions = z.record(z.string(), z.enum(['read', 'write', 'none']))
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions,
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.literal(false) }).optional(),
  jobs: z.record(
    z.string(),
    z.strictObject({
      'runs-on': z.string(),
      'timeout-minutes': z.number(),
      needs: z.string().optional(),
      if: z.string().optional(),
      environment: z.string().optional(),
      permissions: permissions.optional(),
      strategy: z
        .strictObject({ 'fail-fast': z.boolean(), matrix: z.record(z.string(), z.array(z.number())) })
        .optional(),
      env: z.record(z.string(), z.string()).optional(),
      steps: z.array(step).min(1),
    }),
  ),
})

function yamlIn(source: string): unknown {
  const document = parseDocument(source, { version: '1.2', strict: true })
  expect([...document.errors, ...document.warnings]).toEqual([])
  return document.toJS()
}

/** Every call of Trespass in a script, verbatim. */
function callsIn(script: string): string[][] {
  return [...script.matchAll(/npx trespass ([^\n|<>;)]*)/g)].map(([, words = '']) =>
    [...words.replace(/\$\{\{.*?\}\}/g, 'X').matchAll(/"[^"]*"?|\S+/g)].map(([word]) => word),
  )
}

describe('the workflows for GitHub Actions', () => {
  it.each(files)('%s is one', (file) => {
    const { jobs } = workflow.parse(yamlIn(text(file)))
    for (const { needs } of Object.values(jobs)) if (needs !== undefined) expect(Object.keys(jobs)).toContain(needs)
  })

  it.each(files)('%s uses outputs only of steps that have them', (file) => {
    const { jobs } = workflow.parse(yamlIn(text(file)))
    for (const { steps } of Object.values(jobs)) {
      const ids = new Set(steps.map(({ id }) => id))
      const used = [...JSON.stringify(steps).matchAll(/steps\.([\w-]+)\./g)].map(([, id]) => id)
      expect(used.filter((id) => !ids.has(id))).toEqual([])
    }
  })

  it.each(files)('%s stands in the documentation', (file) => {
    expect(text('workflows.md')).toContain(`](${file})`)
  })
})

it('the workflow of a release tests the packages and publishes the sandbox before the package that asks for it', () => {
  const release = readFileSync(new URL('../.github/workflows/release.yml', import.meta.url), 'utf8')
  const { jobs, on } = workflow.parse(yamlIn(release))
  expect(on).toEqual({ push: { tags: ['v*'] } })
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
  const publish = (words: string) => `npm publish ${words}--access public --provenance`
  expect(commands).toEqual([
    'node build/release.js "$GITHUB_REF_NAME"',
    'npm ci',
    '.ci/package',
    publish('--workspace sandbox '),
    publish(''),
  ])
})

it('the workflow for GitLab is YAML in which every job has a script', () => {
  const [, source = ''] = /```yaml\n([\s\S]*?)```/.exec(text('workflows.md')) ?? []
  const document = z.record(z.string(), z.unknown()).parse(yamlIn(source))
  const { stages, default: defaults, ...jobs } = document
  expect([stages, z.object({ image: z.string() }).parse(defaults).image]).toEqual([['try', 'report'], 'node:22'])
  const job = z.looseObject({ stage: z.enum(['try', 'report']), script: z.array(z.string()).min(1) })
  expect(Object.values(z.record(z.string(), job).parse(jobs))).toHaveLength(3)
})

describe('every call of Trespass', async () => {
  const commands = await allCommands()
  const calls = [...files, 'workflows.md'].flatMap((file) =>
    callsIn(text(file)).map((words): [string, string, readonly string[]] => [file, words.join(' '), words]),
  )

  it('is found', () => {
    expect(calls.length).toBeGreaterThan(12)
  })

  it.each(calls)('%s: trespass %s', (_, __, [name = '', ...words]) => {
    const command = commands[name]
    if (command === undefined) throw new Error(`there is no command ${name}`)
    const flags = words.filter((word) => word.startsWith('-'))
    const unknown = flags.filter((flag) => !Object.hasOwn(command.flags, flag.replace(/^--/, '')))
    expect(unknown).toEqual([])
    for (const flag of flags) {
      const takesValue = command.flags[flag.replace(/^--/, '')]?.type === 'string'
      const next = words[words.indexOf(flag) + 1]
      expect([flag, takesValue && (next === undefined || next.startsWith('-'))]).toEqual([flag, false])
    }
  })
})
