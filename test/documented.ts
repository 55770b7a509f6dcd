import { readFileSync } from 'node:fs'

/**
 * Reads a block of output that a page shows, for a test that holds it against what a command prints.
 *
 * @param page relative to the repository.
 * @param start how the block begins.
 * @returns the lines between the fences, with the last line end.
 * @throws Error if the page has no such block.
 */
export function documented(page: string, start: string): string {
  const text = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, block = '']) => block)
  const found = blocks.find((block) => block.startsWith(start))
  if (found === undefined) throw new Error(`${page} has no block that begins with ${start}`)
  return found
}
