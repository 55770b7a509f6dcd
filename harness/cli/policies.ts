import { TrespassError } from '../errors.ts'
import { didYouMean, quote } from '../message-text.ts'
import { nameOf } from '../reviews/names.ts'
import { reviewPolicies } from '../reviews/policies.ts'
import { policySections } from '../reviews/policies-text.ts'
import type { ReviewFacts } from '../reviews/read-review.ts'
import { type Flag, noWords, readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { reportSection, review, reviewFlags } from './review.ts'

const flags = {
  ...reviewFlags,
  table: { type: 'string', value: 'TABLE', help: 'only this table, such as documents or billing.invoices' },
} as const satisfies Readonly<Record<string, Flag>>

/** Shows what the policies of each table come to together. It writes nothing and reads no row of the project's tables. */
export const policies: Command = {
  summary: 'shows for each table and command what the policies come to together, and which cells prove the denials',
  flags,
  exits: {
    0: 'the policies were reviewed',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
  },
  examples: ['npx trespass policies', 'npx trespass policies --table documents --target staging --markdown'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    return review(given, async ({ inventory, catalog, tried, alias }) => {
      const table = given.text('table')
      const wanted = table === undefined ? null : tableNamed(inventory, table)
      const tables = await reviewPolicies(inventory, catalog, tried, (name) => wanted === null || name === wanted)
      const { run } = tried
      return {
        title: `Policies of ${alias}`,
        sections: [reportSection(tried), ...policySections(tables)],
        json: { schema: 'trespass/policies@1', target: alias, run, limits: inventory.limits, tables },
        code: 0,
      }
    })
  },
}

/** @throws TrespassError `usage` for a table that is not there. */
function tableNamed({ relations }: ReviewFacts['inventory'], written: string): string {
  const tables = relations.filter(({ kind }) => kind === 'table' || kind === 'partitioned table')
  const names = tables.map(nameOf)
  const [exact] = [written, `public.${written}`].filter((name) => names.includes(name))
  const others = tables.filter(({ name }) => name === written).map(nameOf)
  const found = exact ?? (others.length === 1 ? others[0] : undefined)
  if (found !== undefined) return found
  throw new TrespassError('usage', `found --table ${quote(written)}, expected an exposed table of the target`, {
    hint: didYouMean(written, [...names, ...tables.map(({ name }) => name)]) ?? 'see `trespass inventory`',
  })
}
