import {
  Composer,
  type Document,
  type DocumentOptions,
  Lexer,
  type LineCounter,
  Parser,
  type SchemaOptions,
} from 'yaml'

/** The most levels of nesting; the code that reads the document afterwards recurses once for each of them. */
export const deepestLevel = 200

/** A text that is nested too deeply. */
export class TooDeep extends Error {
  /** The offset in characters at which the first level beyond the limit begins. */
  readonly offset: number

  constructor(offset: number) {
    super(`more than ${deepestLevel} levels of nesting`)
    this.name = 'TooDeep'
    this.offset = offset
  }
}

/**
 * Parses YAML documents. Stops at the first level too many: the parser takes minutes for a hundred thousand of them, and
 * the stack does not hold them.
 *
 * @param counter learns where lines begin.
 * @throws TooDeep
 */
export function yamlDocuments(
  text: string,
  options: DocumentOptions & SchemaOptions = {},
  counter?: LineCounter,
): Document.Parsed[] {
  const composer = new Composer({ ...options, prettyErrors: false })
  return [...composer.compose(tokensOf(text, counter), true, text.length)]
}

function* tokensOf(text: string, counter: LineCounter | undefined) {
  const parser = new Parser(counter?.addNewLine)
  counter?.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme)
    if (parser.stack.length > deepestLevel) throw new TooDeep(parser.offset)
  }
  yield* parser.end()
}
