import picomatch from 'picomatch'

/** A name may hold parentheses and begin with an exclamation mark: both stand for themselves. */
const options = { dot: true, nonegate: true, noextglob: true }

/**
 * @returns whether a matrix file's name, with or without the folder `matrices/` and its ending, is a text or fits it as a
 *   glob: `*`, `**`, `?`, `[ab]`, `{a,b}`.
 */
export function fitsGlob(file: string, glob: string): boolean {
  if (glob === '') return false
  const fits = picomatch(glob.replaceAll(/[()]/g, '\\$&'), options)
  const inside = file.replace(/^matrices\//, '')
  const bare = (name: string) => name.replace(/\.matrix\.(?:ya?ml|ts)$/, '')
  return [file, inside, bare(file), bare(inside)].some((name) => name === glob || fits(name))
}
