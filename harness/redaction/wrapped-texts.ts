/** The deepest nesting of encodings; texts in practice have less. */
const deepest = 4

/** Shorter texts of base64 hold no secret: six characters are eight of them, and those known are found as they are. */
const base64Run = /[A-Za-z0-9+/_-]{12,}={0,2}/g

/** How PostgreSQL writes `bytea`. */
const hexRun = /\\x((?:[0-9a-f]{2}){6,})/gi

const percentRun = /(?:%[0-9a-f]{2})+/gi
const jsonEscape = /\\(?:u([0-9a-f]{4})|(["\\/bfnrt]))/gi
const controls: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/**
 * Finds texts inside a text in another encoding: base64 in either alphabet and at any place of a group of three bytes,
 * hexadecimal bytes, percent signs, the escapes of JSON, and these inside one another.
 *
 * @param hide replaces the secrets of a text as it is; it returns a text without any unchanged.
 * @returns the text with every secret hidden. Base64 that holds one goes as a whole; a text whose escapes hid one comes back
 *   without those escapes.
 */
export function hideWrapped(text: string, hide: (text: string) => string): string {
  return unwrapped(text, hide, 0)
}

function unwrapped(text: string, hide: (text: string) => string, depth: number): string {
  const shown = hide(text)
  if (depth === deepest) return shown
  const inner = (part: string): string => unwrapped(part, hide, depth + 1)
  const bytesHidden = hideInBytes(shown, inner)
  const plain = withoutEscapes(bytesHidden)
  if (plain === bytesHidden) return bytesHidden
  const hidden = inner(plain)
  return hidden === plain ? bytesHidden : hidden
}

function hideInBytes(text: string, inner: (part: string) => string): string {
  return text
    .replace(base64Run, (run) => {
      // Bytes that are text have a capital among every few characters; words and UUIDs seldom do.
      if (!/[A-Z]/.test(run)) return run
      return [0, 1, 2, 3].some((start) => holds(Buffer.from(run.slice(start), 'base64'), inner)) ? '[secret]' : run
    })
    .replace(hexRun, (run, digits: string) => (holds(Buffer.from(digits, 'hex'), inner) ? '[secret]' : run))
}

function holds(bytes: Buffer, inner: (part: string) => string): boolean {
  const text = bytes.toString('utf8')
  return inner(text) !== text
}

function withoutEscapes(text: string): string {
  if (!text.includes('%') && !text.includes('\\')) return text
  return text
    .replace(percentRun, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
    .replace(jsonEscape, (_match, code: string | undefined, letter = '') =>
      code === undefined ? (controls[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
    )
}
