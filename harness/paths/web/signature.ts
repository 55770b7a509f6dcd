import { createHmac } from 'node:crypto'
import { z } from 'zod'

/** How a service signs the events that it sends to a webhook. */
export const signatureSchema = z
  .strictObject({
    scheme: z
      .enum(['hmac-sha256', 'stripe'])
      .describe('`hmac-sha256`: the digest of the body; `stripe`: `t=…,v1=…` over the time and the body'),
    header: z
      .string()
      .regex(/^[!#$%&'*+\-.^_`|~0-9a-z]+$/i, { error: 'the name of a header' })
      .optional()
      .describe('the header of the signature; `stripe-signature` for Stripe'),
    secret_from_env: z
      .string()
      .regex(/^[A-Za-z_]\w*$/, { error: 'the name of an environment variable' })
      .describe('the environment variable that holds the secret'),
    encoding: z.enum(['hex', 'base64']).optional().describe('of `hmac-sha256`; default: hex'),
    prefix: z.string().optional().describe('of `hmac-sha256`: what stands before the digest, such as `sha256=`'),
    age: z.int().min(1).optional().describe('of `stripe`: how many seconds ago the event was signed'),
    forged: z
      .enum(['secret', 'body', 'missing'])
      .optional()
      .describe('a signature that is not valid: made with another `secret`, for another `body`, or `missing`'),
  })
  .superRefine(({ scheme, header, encoding, prefix, age }, context) => {
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (scheme === 'hmac-sha256' && header === undefined) fault('header', 'the name of the header of the signature')
    if (scheme === 'hmac-sha256' && age !== undefined) fault('age', '`age` with `stripe` alone')
    if (scheme === 'stripe' && encoding !== undefined) fault('encoding', '`encoding` with `hmac-sha256` alone')
    if (scheme === 'stripe' && prefix !== undefined) fault('prefix', '`prefix` with `hmac-sha256` alone')
  })

export type Signature = z.output<typeof signatureSchema>

/** Stands in for the secret and for the body that a forged signature was made with. */
const foreign = 'forged'

/** @returns the signature that a control sends: the sender's own, for the same body. */
export function validForm({ forged: _forged, age: _age, ...valid }: Signature): Signature {
  return valid
}

/**
 * Signs a body as its sender does.
 *
 * @param now in milliseconds.
 * @returns the header, by name and value; null where the signature is missing on purpose.
 */
export function signed(
  { scheme, header, encoding = 'hex', prefix = '', age = 0, forged }: Signature,
  secret: string,
  body: string | Uint8Array,
  now: number,
): readonly [name: string, value: string] | null {
  if (forged === 'missing') return null
  const key = forged === 'secret' ? `${secret}${foreign}` : secret
  const digest = (before: string, form: 'hex' | 'base64') =>
    createHmac('sha256', key)
      .update(before)
      .update(body)
      .update(forged === 'body' ? foreign : '')
      .digest(form)
  if (scheme === 'hmac-sha256') return [header ?? '', `${prefix}${digest('', encoding)}`]
  // https://docs.stripe.com/webhooks: the time in seconds, a dot and the body are signed.
  const time = Math.floor(now / 1000) - age
  return [header ?? 'stripe-signature', `t=${time},v1=${digest(`${time}.`, 'hex')}`]
}
