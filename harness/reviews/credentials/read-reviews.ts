import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { TrespassError } from '../../errors.ts'
import { abilities } from './declaration.ts'
import { findingCodes, type TierReview } from './judge-tiers.ts'

/** Beside the reports of targets; it holds no report of a run. */
const folder = 'reports/credentials'

const stored = z.object({
  schema: z.literal('trespass/credentials@1'),
  at: z.string(),
  access: z.array(
    z.object({
      tier: z.string(),
      environment: z.string(),
      declared: z.union([z.literal('dashboard-only'), z.array(z.enum(abilities))]),
      found: z.array(z.enum(abilities)),
      notTested: z.array(z.string()),
    }),
  ),
  findings: z.array(
    z.object({ code: z.enum(findingCodes), tier: z.string(), environment: z.string().nullable(), text: z.string() }),
  ),
})

/** An earlier review, as far as it is compared. */
export type StoredReview = z.infer<typeof stored>

/**
 * Reads the newest review of the workspace.
 *
 * @returns null without one.
 * @throws TrespassError `credentials-review-broken` for one that was changed by hand.
 */
export async function readNewestReview(root: string): Promise<StoredReview | null> {
  const names = (await readdir(join(root, folder)).catch(() => [])).filter((name) => name.endsWith('.json')).sort()
  const name = names.at(-1)
  if (name === undefined) return null
  const text = await readFile(join(root, folder, name), 'utf8')
  try {
    return stored.parse(JSON.parse(text))
  } catch (cause) {
    const message = `${folder}/${name} is no review of credentials, or was changed`
    throw new TrespassError('credentials-review-broken', message, { hint: 'Restore it, or remove it.', cause })
  }
}

/** Stores a review without secrets. @returns its path, relative to the workspace. */
export async function storeReview(root: string, { access, findings }: TierReview, now: Date): Promise<string> {
  const file = `${folder}/${now.toISOString().replaceAll(':', '-')}.json`
  await mkdir(join(root, folder), { recursive: true })
  const review = { schema: 'trespass/credentials@1', at: now.toISOString(), access, findings }
  await writeFile(join(root, file), `${JSON.stringify(review, null, 2)}\n`, { flag: 'wx' })
  return file
}
