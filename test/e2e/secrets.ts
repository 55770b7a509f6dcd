import { expect } from 'vitest'

/** Formats of secrets: tokens, keys, addresses with credentials, addresses of this machine, of people. */
const looks = [
  /\beyJ[\w-]{4,}\.[\w-]+/,
  /sb_(?:secret|publishable)_\w/,
  /postgres(?:ql)?:\/\/\S+/,
  /(?:127\.0\.0\.1|localhost|\[::1\]):\d+/,
  /[\w.+-]+@trespass\.test/,
]

/** Expects that texts, by their names, contain no text with the format of a secret, and no known secret. */
export function expectNoSecret(texts: Readonly<Record<string, string>>, known: readonly string[] = []): void {
  for (const [name, text] of Object.entries(texts)) {
    for (const look of looks) expect(look.exec(text)?.[0], `${name} holds what ${look} finds`).toBeUndefined()
    const found = known.filter((secret) => text.includes(secret)).length
    expect(found, `${name} holds secrets of the target`).toBe(0)
  }
}
