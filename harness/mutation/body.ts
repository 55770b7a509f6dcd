/** A condition in the body of a function: of an IF, or of a WHERE. */
export interface BodyCondition {
  readonly kind: 'if' | 'where'
  readonly start: number
  readonly end: number
  readonly text: string
  /** Of an IF: true when its branch begins by refusing, with RAISE or RETURN. */
  readonly refuses: boolean
}

/** A clause in the body of a function that changes what happens when several callers come at once, or one comes twice. */
export interface BodyClause {
  readonly kind: 'lock' | 'wait' | 'conflict'
  readonly start: number
  readonly end: number
  readonly text: string
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
const tokenPattern =
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

/** Finds row locks, their SKIP LOCKED or NOWAIT, and ON CONFLICT in the body of a function. Pure. */
export function clausesIn(body: string): readonly BodyClause[] {
  const tokens = tokensOf(body)
  const clause = (kind: BodyClause['kind'], index: number, end: number): BodyClause[] => {
    const [first, last] = [tokens[index], tokens[end - 1]]
    if (first === undefined || last === undefined) return []
    return [{ kind, start: first.start, end: last.end, text: body.slice(first.start, last.end) }]
  }
  return tokens.flatMap((token, index): BodyClause[] => {
    const wordAt = (place: number) => tokens[index + place]?.word ?? ''
    if (token.word === 'on' && wordAt(1) === 'conflict') return clause('conflict', index, endOfConflict(tokens, index))
    const length = token.word === 'for' ? lengthOfLock([wordAt(1), wordAt(2), wordAt(3)]) : 0
    if (length === 0) return []
    const wait = afterNames(tokens, index + length)
    const word = tokens[wait]?.word ?? ''
    const waits = word === 'nowait' ? 1 : word === 'skip' && tokens[wait + 1]?.word === 'locked' ? 2 : 0
    return [...clause('lock', index, wait + waits), ...(waits === 0 ? [] : clause('wait', wait, wait + waits))]
  })
}

/** Tokens of FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE and FOR KEY SHARE; 0 for any other FOR. */
function lengthOfLock([first, second, third]: readonly [string, string, string]): number {
  if (first === 'update' || first === 'share') return 2
  if (first === 'key' && second === 'share') return 3
  return first === 'no' && second === 'key' && third === 'update' ? 4 : 0
}

/** The place behind `of a, b.c`, where that stands at a place. */
function afterNames(tokens: readonly Token[], index: number): number {
  if (tokens[index]?.word !== 'of') return index
  let place = index + 2
  while (tokens[place]?.text === ',' || tokens[place]?.text === '.') place += 2
  return place
}

function endOfConflict(tokens: readonly Token[], index: number): number {
  const { depth = 0 } = tokens[index] ?? {}
  const isEnd = (one: Token) =>
    one.depth < depth || (one.depth === depth && (one.text === ';' || one.word === 'returning'))
  const end = tokens.findIndex((one, place) => place > index && isEnd(one))
  return end === -1 ? tokens.length : end
}

/** @returns a body with another text in the place of a condition or a clause. */
export function withCondition(
  body: string,
  { start, end }: Pick<BodyCondition, 'start' | 'end'>,
  text: string,
): string {
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
  for (const match of body.matchAll(tokenPattern)) {
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
