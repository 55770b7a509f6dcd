import picomatch from 'picomatch'

/** A name may hold parentheses and begin with an exclamation mark: both are literal. */
const options = { dot: true, nonegate: true, noextglob: true }

/**
 * @returns true when a matrix file's name, with or without the folder `matrices/` and its ending, equals a text or matches it as
 *   a glob: `*`, `**`, `?`, `[ab]`, `{a,b}`.
 */
export function fitsGlob(file: string, glob: string): boolean {
  if (glob === '') return false
  const fits = picomatch(glob.replaceAll(/[()]/g, '\\$&'), options)
  return namesOf(file).some((name) => name === glob || fits(name))
}

/**
 * @param isName true for a text that is a name: a name may hold braces.
 * @returns the patterns with their alternatives in braces written out, so that each of them can be checked.
 */
export function writtenOut(globs: readonly string[], isName: (text: string) => boolean): readonly string[] {
  return globs.flatMap((glob) => (isName(glob) ? [glob] : expandBraces(glob)))
}

/** @returns the names by which a matrix file is chosen, the shortest last: `billing/invoices`. */
export function namesOf(file: string): readonly [string, string, string, string] {
  const inside = file.replace(/^matrices\//, '')
  const bare = (name: string) => name.replace(/\.matrix\.(?:ya?ml|ts)$/, '')
  return [file, inside, bare(file), bare(inside)]
}

/** @returns the texts of `a{b,c}`: `ab` and `ac`; braces without a comma are literal. */
export function expandBraces(text: string): readonly string[] {
  const group = firstGroup(text)
  if (group === null) return [text]
  const { start, end, alternatives } = group
  return alternatives.flatMap((one) => expandBraces(text.slice(0, start) + one + text.slice(end + 1)))
}

/** The first braces that hold a comma of their own. */
function firstGroup(text: string): { start: number; end: number; alternatives: readonly string[] } | null {
  for (let start = text.indexOf('{'); start !== -1; start = text.indexOf('{', start + 1)) {
    let depth = 0
    let from = start + 1
    const alternatives: string[] = []
    for (let at = start; at < text.length; at += 1) {
      if (text[at] === '{') depth += 1
      if (text[at] === '}') depth -= 1
      if (depth === 1 && text[at] === ',') {
        alternatives.push(text.slice(from, at))
        from = at + 1
      }
      if (depth > 0) continue
      if (alternatives.length === 0) break
      return { start, end: at, alternatives: [...alternatives, text.slice(from, at)] }
    }
  }
  return null
}
