import { z } from 'zod'
import { appliers } from '../../cuts/application.ts'
import { cutShortOf } from '../../cuts/history.ts'
import { judgeCuts } from '../../cuts/judge-cuts.ts'
import { cutWays } from '../../cuts/model.ts'
import type { JsonObject } from '../../json.ts'
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
    .describe('the tool that applies it, which determines the transactions'),
  matrices: z.array(z.string().min(1)).min(1).describe('the matrices that are tried before, after and at each cut'),
})

/** The recipe's own keys, as its schema takes them. */
export type InterruptedMigrationKeys = z.input<typeof schema>

/** @returns the recipe's own keys, with their defaults. @throws ZodError */
export function interruptedMigrationKeys(body: JsonObject): z.output<typeof schema> {
  return schema.parse(body)
}

/** A migration is cut short after each of its statements. */
export const interruptedMigration = defineRecipe({
  name: 'interrupted-migration',
  summary: 'a migration is cut short; nothing is open at a cut that is denied before and after',
  schema,
  overlap: () => 0,
  rounds: 1,
  roundMs: 20_000,
  check: () => undefined,
  participants: () => [],
  apart: {
    whyNot({ target }) {
      if (target.kind === 'sandbox') return null
      return `it cuts a migration short again and again, which only a sandbox is put back from: leave out --target`
    },
  },
  round: () => Promise.reject(new Error('a migration is cut short apart from the run')),
  judge(_body, events, round) {
    const { verdict, because } = judgeCuts(cutShortOf(events))
    return [{ judge: 'nothing opens at a cut', round, verdict, because }]
  },
})
