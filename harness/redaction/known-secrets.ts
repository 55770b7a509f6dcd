import { secretForms, shortest } from './secret-forms.ts'

/** A text that is never printed. Its placeholder names its `kind`; without one, its format. */
export type Secret = string | { readonly text: string; readonly kind: string }

const slots = 1 << 16

/**
 * Finds hundreds of known texts in one pass. A regular expression with as many alternatives tries each of them at every
 * character; here a table over the first three characters rules out nearly all places at once. Upper and lower case are
 * one: hosts are written in either.
 *
 * @param secrets those under six characters are ignored.
 * @returns a function that replaces every form of every secret by its placeholder.
 */
export function knownSecrets(secrets: readonly Secret[]): (text: string) => string {
  const placeholders = new Map<string, string>()
  for (const secret of secrets) {
    for (const form of secretForms(textOf(secret)).map(folded)) {
      if (!placeholders.has(form)) placeholders.set(form, placeholderFor(secret))
    }
  }
  const begins = new Uint8Array(slots)
  const byHead = new Map<string, string[]>()
  // Longest first, so that a secret which another one begins with does not leave that one's end behind.
  for (const form of [...placeholders.keys()].sort((a, b) => b.length - a.length)) {
    begins[slotAt(form, 0)] = 1
    const head = form.slice(0, shortest)
    byHead.set(head, [...(byHead.get(head) ?? []), form])
  }
  const formAt = (text: string, at: number): string | undefined =>
    byHead.get(text.slice(at, at + shortest))?.find((form) => text.startsWith(form, at))

  return (original) => {
    const text = folded(original)
    const last = text.length - shortest
    let kept = ''
    let from = 0
    for (let at = 0; at <= last; at += 1) {
      if (begins[slotAt(text, at)] === 0) continue
      const form = formAt(text, at)
      if (form === undefined) continue
      kept += original.slice(from, at) + (placeholders.get(form) ?? '')
      from = at + form.length
      at = from - 1
    }
    return from === 0 ? original : kept + original.slice(from)
  }
}

/** The text in lower case, every character at its place: some letters would become two. */
function folded(text: string): string {
  const lower = text.toLowerCase()
  return lower.length === text.length ? lower : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function slotAt(text: string, at: number): number {
  return ((text.charCodeAt(at) << 10) ^ (text.charCodeAt(at + 1) << 5) ^ text.charCodeAt(at + 2)) & (slots - 1)
}

function textOf(secret: Secret): string {
  return typeof secret === 'string' ? secret : secret.text
}

function placeholderFor(named: Secret): string {
  if (typeof named !== 'string') return `[${named.kind}]`
  const secret = named
  if (secret.startsWith('eyJ')) return '[token]'
  if (/^sbp?_/.test(secret)) return '[key]'
  if (/^[^\s/@]+@[^\s/@]+$/.test(secret)) return '[email]'
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/\S+|(?:[\w-]+\.)+[A-Za-z0-9-]+(?::\d+)?|localhost:\d+)$/.test(secret)) return '[host]'
  return '[secret]'
}
