import { widthOf, wrap } from './text.ts'

const longestWord = 14
const tallestHeader = 3

export interface Column {
  /** The index of the operation in the grid. */
  readonly index: number
  readonly width: number
  /** The lines of the header. */
  readonly header: readonly string[]
}

export interface Layout {
  /** Spaces before every column. */
  readonly gap: number
  /** True when the headers are numbers that need a legend. */
  readonly numbered: boolean
  /** Columns side by side; several blocks if one line cannot hold them all. */
  readonly blocks: readonly (readonly Column[])[]
}

interface Wish {
  readonly name: string
  readonly widestSign: number
}

/** Finds the simplest layout that fits: names above the columns, else numbers, else numbers in several blocks. */
export function columnBlocks(wishes: readonly Wish[], width: number): Layout {
  const named = namedColumns(wishes, width)
  if (named !== null) return { gap: 2, numbered: false, blocks: [named] }
  const numbered = wishes.map(({ widestSign }, index) => {
    const header = String(index + 1)
    return { index, width: Math.max(widestSign, header.length), header: [header] }
  })
  const gap = widthWith(numbered, 2) <= width ? 2 : 1
  return { gap, numbered: true, blocks: split(numbered, width, gap) }
}

/** The lowest headers that fit; null if even the tallest do not. */
function namedColumns(wishes: readonly Wish[], width: number): Column[] | null {
  for (let height = 1; height <= tallestHeader; height += 1) {
    const columns = wishes.map((wish, index) => ({ index, ...headed(wish, height) }))
    const fits = widthWith(columns, 2) <= width
    if (fits && columns.every(({ header }) => header.length <= height)) return columns
  }
  return null
}

/** The narrowest column whose header has at most that many lines. */
function headed({ name, widestSign }: Wish, height: number): { width: number; header: string[] } {
  const longest = Math.max(...name.split(' ').map(widthOf))
  let width = Math.max(widestSign, Math.min(longestWord, longest))
  let header = wrap(name, width)
  while (header.length > height && width < widthOf(name)) {
    width += 1
    header = wrap(name, width)
  }
  return { width, header }
}

function split(columns: readonly Column[], width: number, gap: number): Column[][] {
  const blocks: Column[][] = []
  let used = 0
  for (const column of columns) {
    const block = blocks.at(-1)
    used += column.width + gap
    if (block !== undefined && used <= width) {
      block.push(column)
      continue
    }
    blocks.push([column])
    used = column.width + gap
  }
  return blocks
}

function widthWith(columns: readonly Column[], gap: number): number {
  return columns.reduce((sum, column) => sum + column.width + gap, 0)
}
