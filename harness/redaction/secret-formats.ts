const part = '[A-Za-z0-9_-]'
const letters = '\\u00c0-\\u1fff\\u3040-\\ud7ff'
const local = `A-Za-z0-9._%+${letters}-`
const domain = `A-Za-z0-9${letters}-`
/** Operators of a filter, which precede a value without a space: `email=eq.alice@…`. */
const operator = '(?:not\\.)?(?:n?eq|i?like|i?match|in|is|[gl]te?)\\.'

/**
 * Names of members, parameters and headers whose values are secrets whatever their format: tokens that Auth issues (supabase/auth
 * `openapi.yaml`), Storage's signatures, and credentials that clients send.
 */
const names =
  'authorization|cookie|set-cookie|x-upsert-signature|(?:x-)?api[_-]?key|password|passwd|' +
  '(?:access|refresh|id|provider|provider_refresh|session)_token|hashed_token|token_hash|email_otp|action_link|' +
  'code_verifier|(?:client|jwt|totp)_secret|(?:secret|private|service_role)_key|signed_?url|' +
  'x-amz-(?:signature|credential|security-token)'
/** In rows and in JSON, where the name is the whole key: also the columns of Auth's own tables, and tokens of any kind. */
const memberNames = `${names}|secret|token(?:_new|_current)?|encrypted_password|password_hash`
const wholeName = new RegExp(`^(?:[a-z0-9_]*_)?(?:${memberNames})$`, 'i')
const inJson = '\\\\{0,4}"\\\\{0,4}\\s?:\\s?\\\\{0,4}"'
const behindName = "(?:'?\\s?:\\s?'|=|: )"
const value = '[^\\s"\'&\\\\<>]+'

/** A text without any of these cannot hold a secret of a known format; most texts end here. */
const suspect = new RegExp(
  `eyJ|sbp?_|earer|asic |@|%40|supabase|otpauth|:\\d|token=|signature=|(?:${memberNames})\\\\*["'=:]`,
  'i',
)

/**
 * A JWT, also one with an empty signature or none; the platform's keys. A token may directly follow other letters (`%22eyJ…`):
 * those are matched first and kept, so that each run of letters is read from its beginning only.
 */
const whole = new RegExp(
  `(?<![A-Za-z0-9_-])(?=${part}*\\.${part})(?<lead>${part}*?)(?<token>eyJ${part}{4,}\\.${part}+(?:\\.${part}*)*)|` +
    `(?<key>sb_(?:secret|publishable)_${part}+|sbp_${part}{20,})`,
  'g',
)

/** Each begins with fixed characters or a lookbehind, so that a long text is not read again from every position. */
const formats: Readonly<Record<string, string>> = {
  /** Behind the word; it holds a digit or is long, so that "Bearer authentication" stays. */
  bearer:
    `(?<=\\b[Bb]earer(?:\\s+|%20|\\+))(?=[^\\s"']*\\d|[^\\s"']{24})[A-Za-z0-9._~+/=-]{6,}|` +
    `(?<=\\b[Bb]asic )(?=[^\\s"']*\\d|[^\\s"']{24})[A-Za-z0-9+/=_-]{6,}`,
  /** After its name in a query, a form, a header line or JSON in a text; a filter has an operator first. */
  named:
    `(?<=(?<![A-Za-z0-9])(?:${memberNames})${inJson})(?!\\[|(?:bearer|basic)\\b)${value}|` +
    `(?<=(?<![A-Za-z0-9])(?:${names})${behindName})(?!${operator}|\\[|(?:null|bearer|basic)\\b)${value}|` +
    `(?<=[?&](?:token|signature)=)(?!${operator}|\\[)${value}`,
  /** User, password and host of a URL; a database's password may hold characters that would end it elsewhere. */
  url:
    `(?<=\\botpauth://)[^\\s"'<>\\\\]+|` +
    `(?<=\\bpostgres(?:ql)?://)[^\\s"'<>]+@[^\\s"'<>/?#]+|` +
    `(?<=\\b[a-z][a-z0-9+.-]{1,20}://)[^\\s"'<>/?#]+@[^\\s"'<>/?#]+`,
  host:
    '(?<![A-Za-z0-9])[a-z0-9]{20}\\.supabase\\.[a-z]{2,}|' +
    '(?<![a-z0-9.-])[a-z0-9.-]+\\.pooler\\.supabase\\.[a-z]{2,}|' +
    // An address that a name was resolved to. Loopback addresses reveal nothing.
    '(?<![\\d.])(?!127\\.)(?:\\d{1,3}\\.){3}\\d{1,3}(?=:\\d{2,5}\\b)',
  email:
    `(?:(?<![${local}])(?!${operator})|(?<=(?<![${local}])${operator}))` +
    `[${local}]+(?:@|%40)[${domain}]+(?:\\.[${domain}]+)*\\.[A-Za-z${letters}]{2,}`,
}

const loose = new RegExp(
  Object.entries(formats)
    .map(([name, look]) => `(?<${name}>${look})`)
    .join('|'),
  'gi',
)

const placeholders: Readonly<Record<string, string>> = {
  token: '[token]',
  key: '[key]',
  bearer: '[token]',
  named: '[secret]',
  url: '[credentials]@[host]',
  host: '[host]',
  email: '[email]',
}

/**
 * Replaces secrets that are recognised by their format: tokens, keys, credentials and hosts of projects, e-mail addresses.
 *
 * @param hideKnown replaces the secrets that are known. It runs in between: a token is replaced whole before a known text inside
 *   of it, and a known password before the address that it could be part of.
 */
export function hideByFormat(text: string, hideKnown: (text: string) => string): string {
  if (!suspect.test(text)) return hideKnown(text)
  return hideKnown(text.replace(whole, tokenOrKey)).replace(loose, placeholder)

  /** The placeholder of a known token keeps its kind, which a placeholder by format lacks. */
  function tokenOrKey(match: string, ...rest: unknown[]): string {
    const shown = hideKnown(match)
    return /^\[token: [\w-]+\]$/.test(shown) ? shown : placeholder(match, ...rest)
  }
}

/** @returns true when the values of this name are secrets whatever their format. */
export function isSecretName(name: string): boolean {
  return wholeName.test(name)
}

/** The last argument of a match with named groups is the object of the groups. */
function placeholder(_match: string, ...rest: unknown[]): string {
  const groups: unknown = rest.at(-1)
  if (typeof groups !== 'object' || groups === null) return '[secret]'
  const { lead = '', ...named }: Readonly<Record<string, unknown>> = { ...groups }
  const found = Object.keys(named).find((name) => named[name] !== undefined)
  return String(lead) + (placeholders[found ?? ''] ?? '[secret]')
}
