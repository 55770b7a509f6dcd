import { hasInvisible, withoutInvisible } from '../../invisible.ts'
import type { Json } from '../../json.ts'

/** A piece of markup. Plain text is escaped when it is inserted into one. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = Markup | string | number | readonly (Markup | string)[]

/** A template tag for markup. It escapes every inserted value that is not {@link Markup}. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const pieces = strings.flatMap((text, index) => {
    const part = parts[index]
    return part === undefined ? [text] : [text, textOf(part)]
  })
  return new Markup(pieces.join(''))
}

function textOf(part: Part): string {
  if (part instanceof Markup) return part.text
  return typeof part === 'object' ? part.map(textOf).join('') : escapedText(String(part))
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** JSON writes some invisible characters as escapes. */
const jsonEscape = /\\[^"\\]/

function escapedText(text: string): string {
  return seen(text).replace(/[&<>"']/g, (character) => escapes[character] ?? '')
}

/** Returns a text for the fragment of an address, as the embedded records have it. */
export function fragment(text: string): string {
  return encodeURIComponent(seen(text))
}

/** Replaces characters that could make a report appear to say something else. */
function seen(text: string): string {
  return withoutInvisible(text, ' ')
}

/** Returns a command line with a button that copies it, which the script shows. */
export function copied(label: string, command: string): Markup {
  return html`<p class="command"><span>${label}</span> <code>${command}</code> <button type="button" class="copy" data-copy hidden>Copy</button></p>`
}

/** @returns JSON that is safe inside a script element: it cannot end the element or begin a comment. */
export function embedded(value: Json): Markup {
  const plain = JSON.stringify(value)
  const text =
    jsonEscape.test(plain) || hasInvisible(plain)
      ? JSON.stringify(value, (_, item: Json) => (typeof item === 'string' ? seen(item) : item))
      : plain
  return new Markup(text.replace(/[<>]/g, (character) => `\\u${hex(character)}`))
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
}
