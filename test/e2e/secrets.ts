import { expect } from 'vitest'

/** What betrays itself by its looks: tokens, keys, addresses with credentials, addresses of this machine, of people. */
const looks = [
  /\beyJ[\w-]{4,}\.[\w-]+/,
  /sb_(?:secret|publishable)_\w/,
  /postgres(?:ql)?:\/\/\S+/,
  /(?:127\.0\.0\.1|localhost|\[::1\]):\d+/,
  /[\w.+-]+@trespass\.test/,
]

/** Expects that texts, by their names, hold nothing that looks like a secret, and none of those that are known. */
export function expectNoSecret(texts: Readonly<Record<string, string>>, known: readonly string[] = []): void {
  for (const [name, text] of Object.entries(texts)) {
    for (const look of looks) expect(look.exec(text)?.[0], `${name} holds what ${look} finds`).toBeUndefined()
    const found = known.filter((secret) => text.includes(secret)).length
    expect(found, `${name} holds secrets of the target`).toBe(0)
  }
}
