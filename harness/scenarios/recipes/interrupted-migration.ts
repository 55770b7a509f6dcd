import { z } from 'zod'
import { appliers } from '../../migrations/application.ts'
import { cutShortOf, historyOf } from '../../migrations/history.ts'
import { judgeCuts } from '../../migrations/judge-cuts.ts'
import { cutWays } from '../../migrations/model.ts'
import { defineRecipe } from '../recipe.ts'

const schema = z.strictObject({
  migration: z.string().min(1).describe('the file that is cut short, relative to the workspace'),
  cut: z
    .array(z.enum(cutWays))
    .min(1)
    .default([...cutWays])
    .describe('what cuts it, after each of its statements'),
  applied_by: z
    .enum(appliers)
    .default('supabase-cli')
    .describe('who applies it: the Supabase CLI, mostly in one transaction, or psql, statement by statement'),
  matrices: z.array(z.string().min(1)).min(1).describe('the matrices that are tried before, after and at each cut'),
})

/** The recipe's own keys, as its schema takes them. */
export type InterruptedMigrationKeys = z.input<typeof schema>

/** A migration is cut short after each of its statements. */
export const interruptedMigration = defineRecipe({
  name: 'interrupted-migration',
  summary: 'a migration is cut short; nothing is open at a cut that is denied before and after',
  schema,
  overlap: () => 0,
  rounds: 1,
  check: () => undefined,
  participants: () => [],
  apart: {
    whyNot({ target }) {
      if (target.kind === 'sandbox') return null
      return `it cuts a migration short again and again, which only a sandbox is put back from: leave out --target`
    },
    async round(body, { root, number, signal }) {
      const { cutShortIn } = await import('../../migrations/cut-short-in.ts')
      const given = { root, file: body.migration, matrices: body.matrices, ways: body.cut, applier: body.applied_by }
      return historyOf(await cutShortIn({ ...given, signal, onProgress: () => undefined }), number)
    },
  },
  round: () => Promise.reject(new Error('a migration is cut short apart from the run')),
  judge(_body, events, round) {
    const { verdict, because } = judgeCuts(cutShortOf(events))
    return [{ judge: 'nothing opens at a cut', round, verdict, because }]
  },
})
