/** How a terminal of the picture paints what an SGR sequence asks for. */
const styles: Readonly<Record<number, string>> = {
  1: 'font-weight="700"',
  2: 'fill="#9da7b3"',
  31: 'fill="#ff8b82"',
  32: 'fill="#7ee787"',
  33: 'fill="#f2cc60"',
  35: 'fill="#d2a8ff"',
  36: 'fill="#86cbf0"',
  90: 'fill="#9da7b3"',
}

/** Sequences that end others: bold and dim, and a colour. */
const ends: Readonly<Record<number, readonly number[]>> = {
  0: Object.keys(styles).map(Number),
  22: [1, 2],
  39: [31, 32, 33, 35, 36, 90],
}

/** Select Graphic Rendition: the escape character, a bracket, a number, `m`. */
const sgr = new RegExp(`${String.fromCodePoint(27)}\\[(\\d+)m`)

const columnWidth = 8.43
const lineHeight = 20
const padding = 16

/**
 * Draws what a command has printed as it looks in a dark terminal.
 *
 * @param printed text with SGR sequences (ECMA-48).
 * @param columns the width of the terminal.
 * @returns an SVG that holds the text as text.
 */
export function terminalPicture(printed: string, columns: number): string {
  const lines = printed.trimEnd().split('\n')
  const [width, height] = [Math.ceil(columns * columnWidth + 2 * padding), lines.length * lineHeight + 2 * padding]
  const active = new Set<number>()
  const drawn = lines.map((line, index) => {
    const y = padding + (index + 0.75) * lineHeight
    return `<text x="${padding}" y="${y}" xml:space="preserve">${drawnLine(line, active)}</text>\n`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="What a terminal shows">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">
${drawn.join('')}</g>
</svg>
`
}

function drawnLine(line: string, active: Set<number>): string {
  return line
    .split(sgr)
    .map((part, index) => {
      if (index % 2 === 0) return span(part, active)
      for (const ended of ends[Number(part)] ?? []) active.delete(ended)
      if (Number(part) in styles) active.add(Number(part))
      return ''
    })
    .join('')
}

function span(text: string, active: ReadonlySet<number>): string {
  if (text === '') return ''
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  // A colour paints over dim.
  const painted = new Map([...active].map((code) => [styles[code]?.split('=')[0], styles[code]]))
  return painted.size === 0 ? escaped : `<tspan ${[...painted.values()].join(' ')}>${escaped}</tspan>`
}
