/** @returns whether a file's name, with or without the folder `matrices/`, fits a pattern of `*`, `**` and `?`. */
export function fitsGlob(file: string, glob: string): boolean {
  const pattern = new RegExp(`^${glob.replace(/\*\*\/?|[*?]|[$()+.[\\\]^{|}]/g, translate)}$`)
  return pattern.test(file) || pattern.test(file.replace(/^matrices\//, ''))
}

function translate(part: string): string {
  if (part === '**/') return '(?:.*/)?'
  if (part === '**') return '.*'
  if (part === '*') return '[^/]*'
  return part === '?' ? '[^/]' : `\\${part}`
}
