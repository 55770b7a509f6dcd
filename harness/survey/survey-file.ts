import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import type { SurveyRecord } from './model.ts'

const fileName = 'survey.json'

const texts = z.array(z.string())
const values = z.record(z.string(), z.json())
const access = z.enum(['select', 'insert', 'update', 'delete', 'call', 'hear', 'speak'])
const operation = z.object({
  door: z.string(),
  access,
  side: z.string().nullable(),
  row: z.string().exactOptional(),
  names: z.object({ owners: texts, tenants: texts }).exactOptional(),
  actors: texts.nullable(),
  narrowed: z.record(z.string(), values).exactOptional(),
})
const flow = z.object({
  id: z.string(),
  object: z.string(),
  kind: z.enum(['shown', 'changed', 'added', 'removed', 'revealed']),
  actor: z.string(),
  actorKind: z.enum(['anon', 'authenticated', 'anonymous-auth', 'worker']),
  relation: z.enum(['own', 'same-tenant', 'another-tenant', 'unowned', 'not-of-the-run']),
  whose: z.string(),
  door: z.string(),
  tables: texts,
  columns: texts,
  hidden: texts,
  rules: texts,
  matrix: z.string(),
  operation: z.string(),
  rows: texts,
  expected: z
    .object({ decision: z.enum(['allow', 'deny']), cells: texts, alike: z.literal(true).exactOptional() })
    .exactOptional(),
})
const document = z.object({ matrix: z.string(), resource: values, fixtures: values, operations: values })

const survey = z.object({
  schema: z.literal('trespass/survey@1'),
  run: z.string(),
  target: z.object({ alias: z.string(), kind: z.string() }),
  startedAt: z.string(),
  finishedAt: z.string(),
  holes: texts,
  limits: texts,
  tried: z.object({ objects: z.number(), attempts: z.number(), unknown: z.number() }),
  flows: z.array(flow),
  unsurveyed: z.array(z.object({ object: z.string(), why: z.string() })),
  matrices: z.array(
    z.object({ document, operations: z.record(z.string(), operation), oneByOne: z.literal(true).exactOptional() }),
  ),
}) satisfies z.ZodType<SurveyRecord>

/**
 * Writes `reports/<alias>/<run>/survey.json`, which only the user who runs Trespass may read.
 *
 * @returns the folder, relative to the workspace.
 */
export async function writeSurvey(root: string, record: SurveyRecord): Promise<string> {
  const folder = `reports/${record.target.alias}/${record.run}`
  const reports = join(root, 'reports', record.target.alias)
  const temporary = join(reports, `.${record.run}.partial`)
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true, mode: 0o700 })
  await writeFile(join(temporary, fileName), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  await rename(temporary, join(root, folder))
  return folder
}

/**
 * @param alias the target; any when left out.
 * @returns the newest survey of a workspace.
 * @throws TrespassError `no-survey`, `bad-survey`
 */
export async function newestSurvey(root: string, alias?: string): Promise<SurveyRecord> {
  const aliases = alias === undefined ? await namesIn(join(root, 'reports')) : [alias]
  const found: SurveyRecord[] = []
  for (const name of aliases) {
    for (const run of await namesIn(join(root, 'reports', name))) {
      const text = await readFile(join(root, 'reports', name, run, fileName), 'utf8').catch(() => null)
      if (text !== null) found.push(readSurvey(text, `reports/${name}/${run}/${fileName}`))
    }
  }
  const [newest] = found.sort((one, other) => (one.startedAt > other.startedAt ? -1 : 1))
  if (newest !== undefined) return newest
  const where = alias === undefined ? '' : ` of ${alias}`
  throw new TrespassError('no-survey', `found no survey${where}, expected one below reports/`, {
    hint: 'Run `trespass survey` first, or name another `--workspace`.',
  })
}

function readSurvey(text: string, file: string): SurveyRecord {
  try {
    return survey.parse(JSON.parse(text))
  } catch (error) {
    const hint = 'Remove the folder, or survey again.'
    throw new TrespassError('bad-survey', `found ${file}, which is no survey of this version`, { hint, cause: error })
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'))
}
