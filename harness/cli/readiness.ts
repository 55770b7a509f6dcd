import { readAcceptedLints } from '../evidence/accepted.ts'
import { adviceOn } from '../reviews/advisors.ts'
import { lintsOf } from '../reviews/lints.ts'
import { reviewPolicies } from '../reviews/policies.ts'
import { readAllPolicies } from '../reviews/read-policies.ts'
import { isReady, readinessOf, readinessSections } from '../reviews/readiness.ts'
import { type Flag, noWords, readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { reportSection, review, reviewFlags } from './review.ts'

const flags = {
  ...reviewFlags,
  gate: { type: 'boolean', help: 'exit code 1 when one is not ready, or an acceptance has expired' },
} as const satisfies Readonly<Record<string, Flag>>

/** Says of each exposed table, view and function whether it can be deployed. It writes nothing and reads no row of the project's tables. */
export const readiness: Command = {
  summary:
    'says of each exposed table, view and function, in one line, whether it is ready to be deployed, and what is open',
  flags,
  exits: {
    0: 'the objects were reviewed; with --gate: each is ready',
    1: 'with --gate: a table, view or function is not ready, or an acceptance has expired',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
  },
  examples: ['npx trespass readiness', 'npx trespass readiness --target staging --gate'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    return review(given, async ({ inventory, catalog, tried, root, alias }) => {
      const today = new Date().toISOString().slice(0, 10)
      const accepted = await readAcceptedLints(root)
      const advice = adviceOn(lintsOf(inventory, catalog, await readAllPolicies(catalog)), tried, accepted, today)
      const policies = await reviewPolicies(inventory, catalog, tried, () => true)
      const tables = readinessOf({ inventory, catalog, tried, policies, advice })
      const ready = isReady(tables, advice, accepted, today)
      return {
        title: `Readiness of ${alias}: ${ready ? 'ready' : 'not ready'}`,
        sections: [reportSection(tried), ...readinessSections(tables, accepted, today)],
        json: {
          schema: 'trespass/readiness@1',
          target: alias,
          run: tried.run,
          limits: inventory.limits,
          ready,
          tables,
          accepted,
        },
        code: given.on('gate') && !ready ? 1 : 0,
      }
    })
  },
}
