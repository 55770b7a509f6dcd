import type { Config } from './config.ts'
import { type Environment, type TargetSettings, targetSettings } from './environment.ts'
import { refuse } from './guard.ts'
import { isLoopback } from './project-ref.ts'
import { reachTarget } from './reach.ts'
import { type SandboxOptions, startSandbox } from './sandbox-process.ts'
import type { Minting, OpenTarget, Target } from './target.ts'

/** What it takes to open a target. */
export interface OpenTargetOptions {
  /** The workspace's folder. */
  readonly root: string
  readonly config: Config
  /** Its alias says which target: `sandbox` is started, any other is reached as its variables say. */
  readonly environment: Environment
  readonly sandbox: SandboxOptions
  /** Told what is being done, in a few words. */
  readonly onProgress: (text: string) => void
}

/**
 * Starts or reaches a target. The guard comes first: nothing is sent to a target that it refuses.
 *
 * @throws TrespassError with the reason of the sandbox, the environment, the guard or the target itself
 */
export async function openTarget(options: OpenTargetOptions): Promise<OpenTarget> {
  const { root, config, environment, sandbox, onProgress } = options
  if (environment.alias === 'sandbox') {
    const binary = environment.values.TRESPASS_POSTGREST_BIN?.value
    const variables = binary === undefined ? {} : { TRESPASS_POSTGREST_BIN: binary }
    return startSandbox(root, { ...sandbox, environment: { ...process.env, ...variables } }, onProgress)
  }
  const settings = targetSettings(environment)
  const refusal = refuse(settings, config)
  if (refusal !== null) throw refusal
  onProgress(`reaching ${settings.alias}`)
  const target = targetOf(settings, await reachTarget(settings))
  return { target, reset: null, close: () => Promise.resolve() }
}

function targetOf(settings: TargetSettings, versions: Record<string, string>): Target {
  const { origin: url, hostname } = new URL(settings.url)
  return {
    alias: settings.alias,
    kind: isLoopback(hostname) ? 'local' : 'hosted',
    endpoint: { url, publishableKey: settings.publishableKey },
    privileged: { kind: 'privileged', url, secretKey: settings.secretKey },
    databaseUrl: settings.databaseUrl,
    minting: mintingOf(settings),
    versions,
  }
}

/** A private key that was imported is the one in use; the shared secret is the older way. */
function mintingOf({ jwtPrivateKey, jwtSecret }: TargetSettings): Minting | null {
  if (jwtPrivateKey !== null) return { kind: 'jwk', jwk: jwtPrivateKey }
  return jwtSecret === null ? null : { kind: 'secret', secret: jwtSecret }
}
