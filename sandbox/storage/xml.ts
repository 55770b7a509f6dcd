/** Content of an element: a text, elements by name, or several elements of one name. */
type XmlContent = string | number | boolean | undefined | XmlElements | readonly XmlElements[]
export interface XmlElements {
  readonly [name: string]: XmlContent
}

/** Writes a document of S3. An undefined element is left out. */
export function xml(status: number, root: XmlElements): Response {
  const body = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${write(root, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"')}`
  return new Response(body, { status, headers: { 'content-type': 'application/xml; charset=utf-8' } })
}

function write(elements: XmlElements, attributes = ''): string {
  return Object.entries(elements)
    .flatMap(([name, content]) => {
      if (content === undefined) return []
      const each = isList(content) ? content : [content]
      return each.map((one) => `<${name}${attributes}>${typeof one === 'object' ? write(one) : escaped(one)}</${name}>`)
    })
    .join('')
}

function isList(content: XmlContent): content is readonly XmlElements[] {
  return Array.isArray(content)
}

/** Returns the texts of all elements of a name, in the order of the document. */
export function textsOf(document: string, name: string): string[] {
  const found = document.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))
  return [...found].map(([, text = '']) => unescaped(text))
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function escaped(value: string | number | boolean): string {
  return String(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#xD;')
}

function unescaped(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
  })
}
