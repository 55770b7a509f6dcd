const part = '[A-Za-z0-9_-]'
const letters = '\\u00c0-\\u1fff\\u3040-\\ud7ff'
const local = `A-Za-z0-9._%+${letters}-`
const domain = `A-Za-z0-9${letters}-`
/** Operators of a filter, which stand before a value without a space: `email=eq.alice@…`. */
const operator = '(?:not\\.)?(?:n?eq|i?like|i?match|in|is|[gl]te?)\\.'

/** Without one of these a text cannot hold anything that looks like a secret; most texts end here. */
const suspect = /eyJ|sbp?_|earer|@|%40|supabase/

/**
 * A JWT, also one with an empty signature or none; the platform's keys. A token may stand right behind other letters
 * (`%22eyJ…`): those are read first and kept, so that each run of letters is read from its beginning only.
 */
const whole = new RegExp(
  `(?<![A-Za-z0-9_-])(?=${part}*\\.${part})(?<lead>${part}*?)(?<token>eyJ${part}{4,}\\.${part}+(?:\\.${part}*)*)|` +
    `(?<key>sb_(?:secret|publishable)_${part}+|sbp_${part}{20,})`,
  'g',
)

/** Each begins with fixed characters or looks behind first, so that a long text is not read again from every place. */
const looks: Readonly<Record<string, string>> = {
  /** Behind the word; it holds a digit or is long, so that "Bearer authentication" stays. */
  bearer: `(?<=\\b[Bb]earer(?:\\s+|%20|\\+))(?=[^\\s"']*\\d|[^\\s"']{24})[A-Za-z0-9._~+/=-]{6,}`,
  /** User, password and host of a URL; a database's password may hold what would end it elsewhere. */
  url:
    `(?<=\\bpostgres(?:ql)?://)[^\\s"'<>]+@[^\\s"'<>/?#]+|` +
    `(?<=\\b[a-z][a-z0-9+.-]{1,20}://)[^\\s"'<>/?#]+@[^\\s"'<>/?#]+`,
  host:
    '(?<![A-Za-z0-9])[a-z0-9]{20}\\.supabase\\.[a-z]{2,}|' +
    '(?<![a-z0-9.-])[a-z0-9.-]+\\.pooler\\.supabase\\.[a-z]{2,}',
  email:
    `(?:(?<![${local}])(?!${operator})|(?<=(?<![${local}])${operator}))` +
    `[${local}]+(?:@|%40)[${domain}]+(?:\\.[${domain}]+)*\\.[A-Za-z${letters}]{2,}`,
}

const loose = new RegExp(
  Object.entries(looks)
    .map(([name, look]) => `(?<${name}>${look})`)
    .join('|'),
  'g',
)

const placeholders: Readonly<Record<string, string>> = {
  token: '[token]',
  key: '[key]',
  bearer: '[token]',
  url: '[credentials]@[host]',
  host: '[host]',
  email: '[email]',
}

/**
 * Replaces what betrays itself by its looks: tokens, keys, credentials and hosts of projects, e-mail addresses.
 *
 * @param hideKnown replaces the secrets that are known. It comes between: a token is taken whole before something that
 *   stands inside of it, and a known password before the address that it could be part of.
 */
export function hideByLooks(text: string, hideKnown: (text: string) => string): string {
  if (!suspect.test(text)) return hideKnown(text)
  return hideKnown(text.replace(whole, placeholder)).replace(loose, placeholder)
}

/** Of a match with named groups, the last argument tells which of them it was. */
function placeholder(_match: string, ...rest: unknown[]): string {
  const groups: unknown = rest.at(-1)
  if (typeof groups !== 'object' || groups === null) return '[secret]'
  const { lead = '', ...named }: Readonly<Record<string, unknown>> = { ...groups }
  const found = Object.keys(named).find((name) => named[name] !== undefined)
  return String(lead) + (placeholders[found ?? ''] ?? '[secret]')
}
