import fc from 'fast-check'

/** A secret for a test, and whether the redactor knows it. */
export interface PlantedSecret {
  readonly text: string
  readonly told: boolean
}

/** An encoding that hides a text from a reader. */
export interface Disguise {
  readonly name: string
  apply(text: string): string
}

const letters = (minimum: number, maximum: number, unit: string) =>
  fc.string({ unit: fc.constantFrom(...unit), minLength: minimum, maxLength: maximum })

const small = 'abcdefghijklmnopqrstuvwxyz'
const urlSafe = `${small}${small.toUpperCase()}0123456789_-`
const encodedPart = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/**
 * Tokens in the format of the services; the redactor does not know their values. They are assembled here, so that no file
 * contains one.
 */
const jwt = fc
  .record({
    header: fc.constantFrom({ alg: 'HS256', typ: 'JWT' }, { kid: 'a-key', alg: 'ES256' }, { alg: 'none' }),
    claims: fc.record({ sub: fc.uuid(), role: fc.constantFrom('authenticated', 'anon'), exp: fc.nat() }),
    signature: letters(20, 60, urlSafe),
  })
  .map(({ header, claims, signature }) =>
    [encodedPart(header), encodedPart(claims), header.alg === 'none' ? '' : signature].join('.'),
  )

const platformKey = fc
  .tuple(fc.constantFrom('secret', 'publishable'), letters(22, 40, urlSafe))
  .map(([kind, rest]) => `sb_${kind}_${rest}`)

const email = fc
  .tuple(letters(3, 12, small), letters(3, 10, small), fc.constantFrom('example.com', 'acme.test', 'mail.example.org'))
  .map(([first, last, domain]) => `${first}.${last}@${domain}`)

const ref = letters(20, 20, small)

/** Any password that a user may choose; one of blanks alone would be found between any two words. */
const password = fc
  .string({ unit: 'grapheme', minLength: 8, maxLength: 24 })
  .filter((text) => /\S{6}/.test(text) && !text.includes('['))

/** Secrets of all kinds: those of a run, and those that a service returns unexpectedly. */
export const plantedSecrets: fc.Arbitrary<PlantedSecret> = fc.oneof(
  fc.record({ text: jwt, told: fc.boolean() }),
  fc.record({ text: platformKey, told: fc.boolean() }),
  fc.record({ text: email, told: fc.boolean() }),
  ref.map((text) => ({ text: `${text}.supabase.co`, told: false })),
  ref.map((text) => ({ text, told: true })),
  letters(4, 12, small).map((name) => ({ text: `api.${name}.example.net`, told: true })),
  password.map((text) => ({ text, told: true })),
)

const base64 = (text: string) => Buffer.from(text).toString('base64')
const base64url = (text: string) => Buffer.from(text).toString('base64url')
const everyByte = (text: string) => Buffer.from(text).toString('hex').replaceAll(/../g, '%$&')
const everyUnit = (text: string) =>
  text.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const plainly: Disguise = { name: 'as it is', apply: (text) => text }

/** Encodings that services, clients and people apply to a text. */
const disguises: readonly Disguise[] = [
  plainly,
  { name: 'in JSON in a string', apply: (text) => JSON.stringify({ outer: JSON.stringify({ inner: text }) }) },
  { name: 'percent-encoded', apply: encodeURIComponent },
  { name: 'percent-encoded, every byte', apply: everyByte },
  { name: 'in escapes of JSON', apply: everyUnit },
  { name: 'base64', apply: base64 },
  { name: 'base64url', apply: base64url },
  { name: 'base64 behind one byte', apply: (text) => base64(`:${text}`) },
  { name: 'base64 behind two bytes', apply: (text) => base64(`u:${text}!`) },
  { name: 'base64url behind four bytes', apply: (text) => base64url(`usr:${text}:tail`) },
  { name: 'bytes of PostgreSQL', apply: (text) => `\\x${Buffer.from(text).toString('hex')}` },
  { name: 'after Basic', apply: (text) => `Basic ${base64(`someone:${text}`)}` },
]

const caseless = /^[a-z.]+@|^[a-z]{20}|^api\./

/** One encoding, or one inside another; hosts, refs and addresses of people also in capitals. */
export function disguisesOf({ text }: PlantedSecret): fc.Arbitrary<Disguise> {
  const some = fc.constantFrom(...disguises)
  const twice = fc.tuple(some, some).map(([inner, outer]) => ({
    name: `${outer.name} of ${inner.name}`,
    apply: (plain: string) => outer.apply(inner.apply(plain)),
  }))
  if (!caseless.test(text)) return fc.oneof(some, twice)
  const capitals = fc.oneof(some, twice).map(({ name, apply }) => ({
    name: `${name}, in capitals`,
    apply: (plain: string) => apply(plain.toUpperCase()),
  }))
  return fc.oneof(some, twice, capitals)
}

/**
 * Searches for a secret as an attacker would: in the text and in all its decodings.
 *
 * @returns the decoding of the text that contains the secret; null if none does.
 */
export function viewWith(secret: string, text: string): string | null {
  const wanted = secret.toLowerCase()
  let views = new Set([text])
  for (let depth = 0; depth < 5; depth += 1) {
    for (const view of views) if (view.toLowerCase().includes(wanted)) return view
    views = new Set([...views].flatMap(decodings))
  }
  return null
}

function decodings(text: string): string[] {
  const bytes = [
    ...(text.match(/[A-Za-z0-9+/_-]{8,}/g) ?? []).flatMap((run) =>
      [0, 1, 2, 3].map((start) => Buffer.from(run.slice(start), 'base64').toString()),
    ),
    ...[...text.matchAll(/\\x([0-9a-f]{8,})/g)].map(([, digits = '']) => Buffer.from(digits, 'hex').toString()),
  ]
  const percent = text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString(),
  )
  const escapes = text.replaceAll(/\\(?:u([0-9a-f]{4})|([^x]))/gi, (_, code?: string, letter?: string) =>
    code === undefined ? (letter ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
  )
  // A shorter decoding is noise.
  return [percent, escapes, ...bytes].filter((view) => view !== text && view.length >= 6)
}
