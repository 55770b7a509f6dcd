import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { parseSnapshot, privilegeChanges, privilegeSections, privilegesOf } from '../reviews/privileges.ts'
import { type Flag, noWords, readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { review, reviewFlags } from './review.ts'

const flags = {
  ...reviewFlags,
  before: { type: 'string', value: 'FILE', help: 'what --json printed before a migration: says what changed' },
} as const satisfies Readonly<Record<string, Flag>>

/** Lists what the roles of a target may do. It writes nothing and reads no row of the project's tables. */
export const privileges: Command = {
  summary: 'lists what every role of the API and every role that logs in may do, and what a migration changed of it',
  flags,
  exits: {
    0: 'the privileges were listed',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
  },
  examples: ['npx trespass privileges --json > before.json', 'npx trespass privileges --before before.json'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    const file = given.text('before')
    const before = file === undefined ? null : parseSnapshot(await textOf(file), file)
    return review(given, async ({ inventory, catalog, alias }) => {
      const now = privilegesOf(inventory, catalog)
      const changes = before === null ? {} : { changes: privilegeChanges(before, now) }
      return {
        title: `Privileges on ${alias}`,
        sections: privilegeSections(inventory, now, before),
        json: { schema: 'trespass/privileges@1', target: alias, ...changes, ...now },
        code: 0,
      }
    })
  },
}

/** @throws TrespassError `bad-snapshot` for a file that cannot be read. */
async function textOf(file: string): Promise<string> {
  return readFile(resolve(file), 'utf8').catch((cause: unknown) => {
    throw new TrespassError(
      'bad-snapshot',
      `found no file ${file}, expected what \`trespass privileges --json\` printed`,
      {
        hint: 'Print it before the migration: `npx trespass privileges --json > before.json`.',
        cause,
      },
    )
  })
}
