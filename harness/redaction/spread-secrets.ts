import type { Secret } from './known-secrets.ts'

/** Shorter secrets are found by chance when everything between letters is left out. */
const shortest = 16

const slots = 1 << 20

/**
 * Finds secrets whose characters are apart or reversed: spaced out, split over lines, with punctuation in between, backwards.
 * Letters and digits alone are compared with the secrets of the run, so that no form has to be known.
 *
 * @returns a function that replaces each of them, from its first character to its last, by `[secret]`.
 */
export function spreadSecrets(secrets: readonly Secret[]): (text: string) => string {
  const byHead = new Map<string, string[]>()
  const begins = new Uint8Array(slots)
  for (const secret of secrets) {
    const bare = bareOf(typeof secret === 'string' ? secret : secret.text)
    if (bare.length < shortest) continue
    for (const form of [bare, [...bare].reverse().join('')]) {
      const head = form.slice(0, shortest)
      // Longest first, so that a secret which another one begins with does not leave that one's end behind.
      byHead.set(
        head,
        [...(byHead.get(head) ?? []), form].sort((a, b) => b.length - a.length),
      )
      begins[slotOf(form)] = 1
    }
  }
  return (text) => (text.length >= shortest && mayHold(text, begins) ? hidden(text, byHead) : text)
}

/** Rules nearly every text out by the first letters of the secrets, without a copy of it. */
function mayHold(text: string, begins: Uint8Array): boolean {
  let slot = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = foldedCode(text.charCodeAt(at))
    if (code === 0) continue
    slot = next(slot, code)
    if (begins[slot] === 1) return true
  }
  return false
}

/** Four bits of each of the last five characters. */
function next(slot: number, code: number): number {
  return ((slot << 4) ^ (code ^ (code >> 4))) & (slots - 1)
}

function slotOf(form: string): number {
  let slot = 0
  for (let at = 0; at < 6; at += 1) slot = next(slot, form.charCodeAt(at))
  return slot
}

function hidden(text: string, byHead: ReadonlyMap<string, readonly string[]>): string {
  const places: number[] = []
  for (let at = 0; at < text.length; at += 1) if (foldedCode(text.charCodeAt(at)) !== 0) places.push(at)
  const bare = bareOf(text)
  let kept = ''
  let from = 0
  for (let at = 0; at + shortest <= bare.length; at += 1) {
    const form = byHead.get(bare.slice(at, at + shortest))?.find((candidate) => bare.startsWith(candidate, at))
    if (form === undefined) continue
    const begin = places[at] ?? 0
    kept += `${text.slice(from, begin)}[secret]`
    from = (places[at + form.length - 1] ?? begin) + 1
    at += form.length - 1
  }
  return from === 0 ? text : kept + text.slice(from)
}

/** The code of an ASCII letter in lower case or of a digit; 0 for anything else. */
function foldedCode(code: number): number {
  if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) return code
  return code >= 65 && code <= 90 ? code + 32 : 0
}

/** Letters and digits in lower case; of other scripts none, which a key or a token does not have. */
function bareOf(text: string): string {
  return text.replace(/[^a-z0-9]/gi, '').toLowerCase()
}
