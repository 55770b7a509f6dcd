/**
 * Writes a text that a regular expression matches. Supports the patterns of column checks: literals, classes, groups,
 * alternatives and counts. Pure.
 *
 * @param pattern of PostgreSQL or JavaScript.
 * @returns null for a pattern that it does not support.
 */
export function textMatching(pattern: string): string | null {
  const reader = new Reader(asJavaScript(pattern))
  const text = reader.alternatives()
  return reader.isDone && text !== null ? text : null
}

const namedClasses: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  lower: 'a-z',
  upper: 'A-Z',
  space: '\\s',
  xdigit: '0-9a-fA-F',
  punct: '!-/',
}

/** @returns the pattern as JavaScript reads it. */
export function asJavaScript(pattern: string): string {
  return pattern.replace(/\[:(\w+):\]/g, (whole, name: string) => namedClasses[name] ?? whole).replace(/\\[mMyAZ]/g, '')
}

/** Sample characters of a class, the plainest first. */
const usual = 'a1A0b-_ .@:/'

class Reader {
  readonly #pattern: string
  #at = 0
  /** False once something was not understood. */
  #known = true

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  get isDone(): boolean {
    return this.#known && this.#at === this.#pattern.length
  }

  /** The first alternative is written, all are read. */
  alternatives(): string | null {
    const first = this.#sequence()
    while (this.#takes('|')) this.#sequence()
    return this.#known ? first : null
  }

  #sequence(): string {
    let text = ''
    while (this.#at < this.#pattern.length && !')|'.includes(this.#peek())) text += this.#repeated()
    return text
  }

  #repeated(): string {
    const atom = this.#atom()
    const count = this.#count()
    return atom.repeat(count)
  }

  /** One where that is allowed: an optional part is left out. */
  #count(): number {
    const rest = this.#pattern.slice(this.#at)
    const counted = /^\{(\d+)(?:,\d*)?\}\??/.exec(rest)
    const sign = /^[*+?]\??/.exec(rest)
    this.#at += (counted ?? sign)?.[0].length ?? 0
    if (counted !== null) return Math.min(Number(counted[1]), 200)
    return sign === null || sign[0].startsWith('+') ? 1 : 0
  }

  #atom(): string {
    const character = this.#next()
    switch (character) {
      case '^':
      case '$':
        return ''
      case '.':
        return 'a'
      case '(':
        return this.#group()
      case '[':
        return this.#class()
      case '\\':
        return this.#escaped()
      default:
        return character
    }
  }

  #group(): string {
    if (this.#takes('?')) this.#known = this.#takes(':') && this.#known
    const text = this.alternatives() ?? ''
    this.#known = this.#takes(')') && this.#known
    return text
  }

  #class(): string {
    const from = this.#at - 1
    if (this.#peek() === '^') this.#at += 1
    if (this.#peek() === ']') this.#at += 1
    while (this.#at < this.#pattern.length && this.#peek() !== ']') this.#at += this.#peek() === '\\' ? 2 : 1
    this.#known = this.#takes(']') && this.#known
    return this.#oneOf(this.#pattern.slice(from, this.#at))
  }

  #escaped(): string {
    const character = this.#next()
    if (/[dws]/.test(character)) return this.#oneOf(`\\${character}`)
    if (/[a-z0-9]/i.test(character)) this.#known = false
    return character
  }

  #oneOf(set: string): string {
    try {
      const expression = new RegExp(`^(?:${set})$`, 'u')
      const printable = [...usual, ...Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n))]
      const found = printable.find((candidate) => expression.test(candidate))
      if (found !== undefined) return found
    } catch {
      // An expression that JavaScript does not read.
    }
    this.#known = false
    return ''
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? ''
  }

  #next(): string {
    const character = this.#peek()
    this.#at += 1
    return character
  }

  #takes(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at += 1
    return true
  }
}
