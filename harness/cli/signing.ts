import { type Sign, signer } from '../evidence/signature.ts'
import type { Secret } from '../redaction/redact.ts'
import { type Environment, signingJwk } from '../workspace/environment.ts'

/**
 * @returns the signer of reports, null if no key is set; and the secrets of the key.
 * @throws TrespassError `bad-variable`
 */
export async function signing(
  environment: Pick<Environment, 'values'>,
): Promise<{ readonly sign: Sign | null; readonly secrets: readonly Secret[] }> {
  const jwk = signingJwk(environment)
  return jwk === null ? { sign: null, secrets: [] } : { sign: await signer(jwk), secrets: [jwk.d] }
}
