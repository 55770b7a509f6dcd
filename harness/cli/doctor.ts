import { resolve } from 'node:path'
import { importModule } from '../run/import-module.ts'
import { openWitness } from '../run/open-witness.ts'
import { loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { openTarget } from '../workspace/open-target.ts'
import type { Target } from '../workspace/target.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { aside, say } from './print.ts'

const flags = { ...targetFlag, ...workspaceFlag } satisfies Readonly<Record<string, Flag>>

/** Says what a target is and what can be tested on it. It writes nothing and prints no secret. */
export const doctor: Command = {
  summary: 'says what a target is, what its keys can do, and what is missing',
  flags,
  async run(args) {
    const given = readArguments(args, flags)
    const root = resolve(given.text('workspace') ?? '.')
    const config = await loadConfig(root, importModule)
    const environment = loadEnvironment(root, given.text('target') ?? null, process.env)
    const opened = await openTarget({ root, config, environment, sandbox: { holes: [] }, onProgress: aside })
    try {
      say(await describe(opened.target))
    } finally {
      await opened.close()
    }
    return 0
  },
}

async function describe(target: Target): Promise<string> {
  const witness = await openWitness(target)
  try {
    const { relations, functions } = await witness.catalog()
    const named = Object.values(relations).filter(({ name }) => !/^(auth|storage|realtime|extensions)\./.test(name))
    const versions = Object.entries(target.versions).map(([name, version]) => `${name} ${version}`)
    return [
      `target      ${target.alias} (${target.kind})`,
      `versions    ${versions.length === 0 ? 'not told' : versions.join(', ')}`,
      'keys        the publishable and the secret key were accepted',
      `minting     ${mintingInWords(target)}`,
      `database    reachable: ${named.length} relations, ${Object.keys(functions).length} functions`,
    ].join('\n')
  } finally {
    await witness.close()
  }
}

function mintingInWords({ minting }: Target): string {
  if (minting === null) {
    return 'not possible: set TRESPASS_JWT_SECRET or TRESPASS_JWT_PRIVATE_KEY for the attacks `expired` and `unknown-role`'
  }
  return minting.kind === 'jwk' ? 'with a private JWK' : 'with the shared secret'
}
