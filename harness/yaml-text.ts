import {
  Composer,
  type Document,
  type DocumentOptions,
  isScalar,
  Lexer,
  type LineCounter,
  Parser,
  type SchemaOptions,
  visit,
  YAMLParseError,
} from 'yaml'

/** The most levels of nesting; the code that reads the document afterwards recurses once for each of them. */
export const deepestLevel = 200

/** The most tokens of the lexer. Some 50,000 lines of a person's file, and half a second of reading. */
const mostTokens = 400_000

/** A text that is nested too deeply or too long. */
export class BeyondLimit extends Error {
  readonly code: 'too-deep' | 'too-large'
  /** The offset in characters of the first level too many, or of a place in the text before the first token too many. */
  readonly offset: number

  constructor(code: 'too-deep' | 'too-large', offset: number) {
    super(code === 'too-deep' ? `more than ${deepestLevel} levels of nesting` : `more than ${mostTokens} tokens`)
    this.name = 'BeyondLimit'
    this.code = code
    this.offset = offset
  }
}

/**
 * Parses YAML documents. Stops at the first level too many: the parser takes minutes for a hundred thousand of them, and
 * the stack does not hold them.
 *
 * @param counter learns where lines begin.
 * @throws BeyondLimit
 */
export function yamlDocuments(
  text: string,
  options: DocumentOptions & SchemaOptions = {},
  counter?: LineCounter,
): Document.Parsed[] {
  const composer = new Composer({ ...options, prettyErrors: false, uniqueKeys: false })
  const documents = [...composer.compose(tokensOf(text, counter), true, text.length)]
  for (const document of documents) addRepeatedKeys(document)
  return documents
}

function* tokensOf(text: string, counter: LineCounter | undefined) {
  const parser = new Parser(counter?.addNewLine)
  counter?.addNewLine(0)
  const lexemes = lexemesOf(text)
  const isTooLarge = lexemes.length > mostTokens
  // The lexer takes a fraction of the parser's time. The beginning shows whether the levels are the reason.
  for (const lexeme of isTooLarge ? lexemes.slice(0, 2_000) : lexemes) {
    yield* parser.next(lexeme)
    if (parser.stack.length > deepestLevel) throw new BeyondLimit('too-deep', parser.offset)
  }
  if (isTooLarge) throw new BeyondLimit('too-large', parser.offset)
  yield* parser.end()
}

/** @returns one lexeme more than the limit at most. */
function lexemesOf(text: string): string[] {
  const lexemes: string[] = []
  for (const lexeme of new Lexer().lex(text)) {
    lexemes.push(lexeme)
    if (lexemes.length > mostTokens) break
  }
  return lexemes
}

/** The composer's own check compares every key with all others, which takes minutes for a hundred thousand of them. */
function addRepeatedKeys(document: Document.Parsed): void {
  visit(document, {
    Map: (_, { items }) => {
      const known = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        const [start = 0, end = start] = key.range ?? []
        if (known.has(key.value)) {
          document.errors.push(new YAMLParseError([start, end], 'DUPLICATE_KEY', 'Map keys must be unique'))
        }
        known.add(key.value)
      }
    },
  })
}
