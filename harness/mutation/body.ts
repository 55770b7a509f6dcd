/** A condition in the body of a function: of an IF, or of a WHERE. */
export interface BodyCondition {
  readonly kind: 'if' | 'where'
  readonly start: number
  readonly end: number
  readonly text: string
  /** Of an IF: true when its branch begins by refusing, with RAISE or RETURN. */
  readonly refuses: boolean
}

interface Token {
  readonly text: string
  /** In lower case for a word; empty for anything else. */
  readonly word: string
  readonly start: number
  readonly end: number
  /** Of parentheses and brackets that are open before it. */
  readonly depth: number
}

/** Quoted texts and comments are tokens, so that nothing inside of them counts. */
const lexemes =
  /(?<blank>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<word>[a-z_\u0080-\uffff][\w$\u0080-\uffff]*(?!'))|(?:[ebxn]|u&)?'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"]|"")*"|(?<tag>\$(?:[a-z_]\w*)?\$)[\s\S]*?\k<tag>|[\s\S]/giy

/** Words that end the WHERE before them, unless they are nested deeper. */
const afterWhere = new Set(
  'group order limit offset returning for fetch having window union intersect except into loop on'.split(' '),
)

/** Finds the conditions in the body of a function in SQL or PL/pgSQL. Pure. */
export function conditionsIn(body: string): readonly BodyCondition[] {
  const tokens = tokensOf(body)
  return tokens.flatMap((token, index): BodyCondition[] => {
    if (token.word === 'where' && tokens[index - 1]?.word !== 'current') {
      const end = tokens.findIndex((one, place) => place > index && endsWhere(one, token))
      return condition('where', body, tokens, index, end === -1 ? tokens.length : end)
    }
    const isBranch =
      token.word === 'elsif' || token.word === 'elseif' || (token.word === 'if' && isStatement(tokens, index))
    if (!isBranch) return []
    const end = thenOf(tokens, index)
    return end === -1 ? [] : condition('if', body, tokens, index, end)
  })
}

/** @returns a body with another text in the place of a condition. */
export function withCondition(body: string, { start, end }: BodyCondition, text: string): string {
  // A comment at the end of a condition would comment out the text after it.
  return `${body.slice(0, start)}${text}${body.slice(end)}`
}

function condition(
  kind: BodyCondition['kind'],
  body: string,
  tokens: readonly Token[],
  index: number,
  end: number,
): BodyCondition[] {
  const [first, last] = [tokens[index + 1], tokens[end - 1]]
  if (first === undefined || last === undefined || end <= index + 1) return []
  const next = tokens[end + 1]?.word ?? ''
  const refuses = kind === 'if' && ['raise', 'return'].includes(next)
  return [{ kind, start: first.start, end: last.end, text: body.slice(first.start, last.end), refuses }]
}

function endsWhere(token: Token, where: Token): boolean {
  if (token.depth < where.depth || (token.depth === where.depth && token.text === ';')) return true
  return token.depth === where.depth && afterWhere.has(token.word)
}

/** IF is also a part of DROP … IF EXISTS and of END IF. */
function isStatement(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]
  if (before === undefined) return true
  return before.text === ';' || ['begin', 'then', 'else', 'loop'].includes(before.word) || before.text === '>'
}

/** The THEN of an IF: those of a CASE inside of the condition are others. */
function thenOf(tokens: readonly Token[], index: number): number {
  let cases = 0
  for (let place = index + 1; place < tokens.length; place += 1) {
    const { word = '', text = '' } = tokens[place] ?? {}
    if (word === 'case') cases += 1
    else if (word === 'end') cases -= 1
    else if (text === ';' || cases < 0) return -1
    else if (word === 'then' && cases === 0) return place
  }
  return -1
}

function tokensOf(body: string): readonly Token[] {
  const tokens: Token[] = []
  let depth = 0
  for (const match of body.matchAll(lexemes)) {
    const [text] = match
    const { blank, word } = match.groups ?? {}
    if (blank !== undefined) continue
    if (text === ')' || text === ']') depth -= 1
    tokens.push({
      text,
      word: word === undefined ? '' : word.toLowerCase(),
      start: match.index,
      end: match.index + text.length,
      depth,
    })
    if (text === '(' || text === '[') depth += 1
  }
  return tokens
}
