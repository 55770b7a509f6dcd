import { readAcceptedLints } from '../evidence/accepted.ts'
import { adviceOn, adviceSections } from '../reviews/advisors.ts'
import { lintsOf } from '../reviews/lints.ts'
import { readAllPolicies } from '../reviews/read-policies.ts'
import { noWords, readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { reportSection, review, reviewFlags } from './review.ts'

/** Asks the lints of Supabase's advisors of a target's catalog. It writes nothing and reads no row of the project's tables. */
export const advisors: Command = {
  summary: 'asks the lints of Supabase’s advisors of the catalog, and ties each finding to the cells that show it',
  flags: reviewFlags,
  exits: {
    0: 'the lints were answered',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
  },
  examples: ['npx trespass advisors', 'npx trespass advisors --target staging --json'],
  async run(args) {
    const given = readArguments(args, reviewFlags)
    noWords(given)
    return review(given, async ({ inventory, catalog, tried, root, alias }) => {
      const today = new Date().toISOString().slice(0, 10)
      const accepted = await readAcceptedLints(root)
      const lints = lintsOf(inventory, catalog, await readAllPolicies(catalog))
      const advice = adviceOn(lints, tried, accepted, today)
      return {
        title: `Advisors on ${alias}`,
        sections: [reportSection(tried), ...adviceSections(advice, tried, accepted, today)],
        json: { schema: 'trespass/advisors@1', target: alias, run: tried.run, limits: inventory.limits, lints: advice },
        code: 0,
      }
    })
  },
}
