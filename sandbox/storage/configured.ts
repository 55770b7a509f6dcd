import type pg from 'pg'
import type { StorageConfig } from '../config.ts'
import { SandboxError } from '../errors.ts'

/**
 * Creates the buckets that `supabase/config.toml` names, or applies the file's settings to those that a migration created. A
 * bucket without a limit of its own gets the project's, as with the Supabase CLI.
 *
 * @throws SandboxError `config-invalid` for a bucket that the database refuses
 */
export async function createConfiguredBuckets(superuser: pg.Client, config: StorageConfig): Promise<void> {
  if (!config.enabled) return
  for (const [name, bucket] of Object.entries(config.buckets)) {
    const limit = sizeInBytes(bucket.file_size_limit ?? config.file_size_limit)
    await superuser
      .query(
        `insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values ($1, $1, $2, $3, $4)
         on conflict (id) do update set public = excluded.public, file_size_limit = excluded.file_size_limit,
           allowed_mime_types = excluded.allowed_mime_types`,
        [name, bucket.public, limit, bucket.allowed_mime_types ?? null],
      )
      .catch((error: Error) => {
        throw new SandboxError(
          'config-invalid',
          `supabase/config.toml: the bucket ${name} cannot be made: ${error.message}`,
          'Correct the section storage.buckets, or the trigger that refuses the bucket.',
          { file: 'supabase/config.toml' },
        )
      })
  }
}

/**
 * A size of `config.toml` in bytes. The CLI counts in powers of 1024, with and without an `i` in the unit.
 *
 * @throws SandboxError `config-invalid`
 */
export function sizeInBytes(size: string | number): number {
  if (typeof size === 'number') return size
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(size) ?? []
  if (number !== undefined) return Math.floor(Number(number) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '))
  throw new SandboxError(
    'config-invalid',
    `supabase/config.toml: ${size} is no size of a file.`,
    'Write it as 50MiB, 500KB or a number of bytes.',
    { file: 'supabase/config.toml' },
  )
}
