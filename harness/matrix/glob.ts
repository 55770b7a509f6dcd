/**
 * @returns whether a matrix file's name, with or without the folder `matrices/` and its ending, fits a pattern of `*`,
 *   `**` and `?`.
 */
export function fitsGlob(file: string, glob: string): boolean {
  const pattern = new RegExp(`^${glob.replace(/\*\*\/?|[*?]|[$()+.[\\\]^{|}]/g, translate)}$`)
  const inside = file.replace(/^matrices\//, '')
  const bare = (name: string) => name.replace(/\.matrix\.(?:ya?ml|ts)$/, '')
  return [file, inside, bare(file), bare(inside)].some((name) => pattern.test(name))
}

function translate(part: string): string {
  if (part === '**/') return '(?:.*/)?'
  if (part === '**') return '.*'
  if (part === '*') return '[^/]*'
  return part === '?' ? '[^/]' : `\\${part}`
}
