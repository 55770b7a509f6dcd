import { readAcceptedLints } from '../evidence/accepted.ts'
import { adviceOn, adviceSections } from '../reviews/advisors.ts'
import { lintsOf } from '../reviews/lints.ts'
import { readPlatformAdvice } from '../reviews/read-advice.ts'
import { checkedManagementUrl } from '../reviews/read-management.ts'
import { readAllPolicies } from '../reviews/read-policies.ts'
import { type Flag, noWords, readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { reportSection, review, reviewFlags } from './review.ts'

const flags = {
  ...reviewFlags,
  'management-url': { type: 'string', value: 'URL', help: 'the address of the Management API' },
} as const satisfies Readonly<Record<string, Flag>>

/** Asks the lints of Supabase's advisors of a target: by the Management API, or of its catalog. It writes nothing and reads no row of the project's tables. */
export const advisors: Command = {
  summary:
    'lists the lints of Supabase’s advisors, by the Management API or from the catalog, and ties each finding to the cells that show it',
  flags,
  exits: {
    0: 'the lints were answered',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
  },
  examples: ['npx trespass advisors', 'npx trespass advisors --target staging --json'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    const management = checkedManagementUrl(given.text('management-url'))
    return review(given, async ({ inventory, catalog, tried, root, alias, target }) => {
      const today = new Date().toISOString().slice(0, 10)
      const accepted = await readAcceptedLints(root)
      const platform = await readPlatformAdvice(root, target, management)
      const isFromPlatform = platform.source === 'management-api'
      const lints = isFromPlatform ? platform.lints : lintsOf(inventory, catalog, await readAllPolicies(catalog))
      const source = isFromPlatform ? 'the lints are those of the Management API' : platform.why
      const advice = adviceOn(lints, tried, accepted, today)
      return {
        title: `Advisors on ${alias}`,
        sections: [
          { title: 'Source', lines: [{ text: source }] },
          reportSection(tried),
          ...adviceSections(advice, tried, accepted, today),
        ],
        json: {
          schema: 'trespass/advisors@1',
          target: alias,
          source: platform.source,
          run: tried.run,
          limits: inventory.limits,
          lints: advice,
        },
        code: 0,
      }
    })
  },
}
