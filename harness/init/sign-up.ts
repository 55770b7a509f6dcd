/** A table of which a trigger of `auth.users` makes a row for every new user. */
export interface FilledAtSignUp {
  /** As the trigger writes it, with its schema where it names one. */
  readonly table: string
  /** The column that takes the id of the user. */
  readonly column: string
}

const name = String.raw`(?:"[^"]+"|[\w$]+)`
const insert = new RegExp(
  String.raw`\binsert\s+into\s+(${name}(?:\s*\.\s*${name})?)(?:\s+as\s+${name})?\s*\(([^()]*)\)\s*(?:values\s*\(|select\b)`,
  'gi',
)

/** @returns the keys of the user's metadata that triggers read: `new.raw_user_meta_data ->> 'username'`. */
export function metadataKeysIn(sources: readonly string[]): readonly string[] {
  const keys = sources.flatMap((source) =>
    [...source.matchAll(/raw_user_meta_data"?\s*->>?\s*'([^']+)'/gi)].flatMap(([, key]) => key ?? []),
  )
  return [...new Set(keys)]
}

/**
 * Finds the tables that triggers fill for a new user: `insert into public.profiles (id, name) values (new.id, …)`. Such a
 * table need not have a foreign key to `auth.users`.
 */
export function filledAtSignUp(sources: readonly string[]): readonly FilledAtSignUp[] {
  return sources.flatMap((source) =>
    [...source.matchAll(insert)].flatMap((match) => {
      const [whole, table = '', columns = ''] = match
      const place = listed(source.slice(match.index + whole.length)).findIndex((value) =>
        /^"?new"?\."?id"?$/i.test(value),
      )
      const column = columns.split(',')[place]
      return column === undefined ? [] : [{ table: table.split('.').map(plain).join('.'), column: plain(column) }]
    }),
  )
}

/** The expressions of a list, up to the parenthesis or the clause that ends it. */
function listed(text: string): readonly string[] {
  const values: string[] = []
  let start = 0
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === "'") at = Math.max(at, text.indexOf("'", at + 1))
    else if (character === '(') depth += 1
    else if (character === ')' && depth > 0) depth -= 1
    else if (depth === 0 && (character === ',' || character === ')' || character === ';')) {
      values.push(text.slice(start, at).trim())
      start = at + 1
      if (character !== ',') break
    }
  }
  return values
}

function plain(written: string): string {
  const trimmed = written.trim()
  return trimmed.startsWith('"') ? trimmed.slice(1, -1) : trimmed.toLowerCase()
}
