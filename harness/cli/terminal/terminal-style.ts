import { styleText } from 'node:util'

/** The capabilities of a terminal. Renderers receive them and never read them from the process. */
export interface TerminalStyle {
  readonly color: boolean
  /** False if only ASCII is safe. */
  readonly unicode: boolean
  /** Columns of the terminal. */
  readonly width: number
}

export type Paint = Parameters<typeof styleText>[0]

/** @returns the text in that style, or unchanged without colour. */
export function paint(terminalStyle: TerminalStyle, style: Paint, text: string): string {
  // `look` has decided on colour for all output, so the stream is not consulted again.
  return terminalStyle.color && text !== '' ? styleText(style, text, { validateStream: false }) : text
}

/**
 * Determines the capabilities of a terminal from `NO_COLOR` and `FORCE_COLOR`, the locale, and the width.
 *
 * @param environment as `process.env`.
 * @param stream as `process.stdout`.
 */
export function terminalStyleOf(
  environment: Readonly<Record<string, string | undefined>>,
  stream: { readonly isTTY?: boolean; readonly columns?: number },
): TerminalStyle {
  return {
    color: wantsColor(environment, stream.isTTY === true),
    unicode: wantsUnicode(environment),
    width: Math.max(40, stream.columns ?? 100),
  }
}

function wantsColor(environment: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  const forced = environment.FORCE_COLOR
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  if ((environment.NO_COLOR ?? '') !== '') return false
  return isTerminal && environment.TERM !== 'dumb'
}

/** The first of these variables that is set decides, as in POSIX. A CI log without any is read in a browser: UTF-8. */
function wantsUnicode(environment: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [environment.LC_ALL, environment.LC_CTYPE, environment.LANG].find((set) => (set ?? '') !== '')
  if (environment.TERM === 'linux') return false
  return locale === undefined ? environment.CI !== undefined : /utf-?8/i.test(locale)
}
