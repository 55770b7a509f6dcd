import { secretForms } from '../redaction/secret-forms.ts'

/** A known text, found in another one. */
export interface ValueMatch<Owner> {
  readonly owner: Owner
  readonly from: number
  readonly to: number
}

interface Entry<Owner> {
  readonly form: string
  readonly owners: Owner[]
  readonly digits: boolean
}

const head = 3
/** Encodings of shorter texts occur by chance. */
const shortestEncoded = 8

/**
 * Finds thousands of known texts in one pass over another text, as they are and in the encodings that a function may give them:
 * URL, JSON, base64 and hex. Case is ignored. If several known texts begin at one place, the longest counts, so that `report 1`
 * is not found in `report 12`.
 */
export class ValueIndex<Owner> {
  readonly #entries = new Map<string, Entry<Owner>>()
  readonly #byHead = new Map<string, Entry<Owner>[]>()
  #sorted = false

  /** @param digits true for a number, which is not found inside a longer one. */
  add(text: string, owner: Owner, digits = false): void {
    for (const form of digits ? [text] : formsOf(text)) {
      const known = this.#entries.get(form)
      if (known === undefined) {
        const entry = { form, owners: [owner], digits }
        this.#entries.set(form, entry)
        const key = form.slice(0, head)
        const same = this.#byHead.get(key)
        if (same === undefined) this.#byHead.set(key, [entry])
        else same.push(entry)
      } else if (!known.owners.includes(owner)) known.owners.push(owner)
    }
    this.#sorted = false
  }

  /** @returns all owners of every known text that the other one holds. */
  find(original: string): readonly ValueMatch<readonly Owner[]>[] {
    this.#sort()
    const text = folded(original)
    const hits: ValueMatch<readonly Owner[]>[] = []
    for (let at = 0; at + head <= text.length; at += 1) {
      const entry = this.#byHead.get(text.slice(at, at + head))?.find((candidate) => matchesAt(text, at, candidate))
      if (entry === undefined) continue
      hits.push({ owner: entry.owners, from: at, to: at + entry.form.length })
      at += entry.form.length - 1
    }
    return hits
  }

  #sort(): void {
    if (this.#sorted) return
    for (const entries of this.#byHead.values()) entries.sort((a, b) => b.form.length - a.form.length)
    this.#sorted = true
  }
}

function matchesAt<Owner>(text: string, at: number, { form, digits }: Entry<Owner>): boolean {
  if (!text.startsWith(form, at)) return false
  return (
    !digits || !(/[\d.]/.test(text[at - 1] ?? '') || /^\.?\d/.test(text.slice(at + form.length, at + form.length + 2)))
  )
}

function formsOf(text: string): readonly string[] {
  const forms = text.length < shortestEncoded ? [text] : [text, ...secretForms(text), hex(text)]
  return [...new Set(forms.map(folded))].filter((form) => form.length >= head)
}

function hex(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex')
}

/** The text in lower case, every character at its place: some letters would become two. */
function folded(text: string): string {
  const lower = text.toLowerCase()
  return lower.length === text.length ? lower : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
