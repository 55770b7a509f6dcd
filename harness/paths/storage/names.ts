/** Characters that an address holds unencoded; a percent sign too, so that an encoded name reaches the service unchanged. */
const addressable = /[A-Za-z0-9%/._~!$&'()*+,;=:@-]/

/**
 * @returns a name as a client that builds its own addresses sends it. Nothing is stripped, collapsed or resolved; only characters
 *   that an address cannot hold are encoded. The service decodes it once.
 */
export function asWritten(name: string): string {
  return encoded(name, addressable)
}

/** @returns a name of which the service, having decoded the address, reads every character as it is. */
export function asDecodedName(name: string): string {
  return encoded(name, /[A-Za-z0-9/._~!$&'()*+,;=:@-]/)
}

function encoded(text: string, plain: RegExp): string {
  return [...text].map((character) => (plain.test(character) ? character : percentEncoded(character))).join('')
}

/** By bytes: `encodeURIComponent` refuses halves of characters, which a hostile client may well send. */
function percentEncoded(character: string): string {
  return [...Buffer.from(character, 'utf8')]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}

/** @returns the name that an address spells when it is decoded once. */
export function decoded(name: string): string {
  try {
    return decodeURIComponent(asWritten(name))
  } catch {
    return name
  }
}

/**
 * Finds other places where an object lands if a proxy or a service reads its name differently: encoded or decoded once more, with
 * dot segments resolved, empty segments left out, outer slashes stripped or backslashes turned.
 *
 * @param name as it is sent.
 * @param meant the name that an object gets when all goes well.
 * @returns the other names.
 */
export function misplacedNames(name: string, meant: string): readonly string[] {
  const readings = new Set([name])
  // Readings of readings: `%252e%252e//x` needs three of them.
  for (const reading of readings) {
    for (const next of [decoded(reading), ...normalised(reading)]) if (next !== '') readings.add(next)
  }
  readings.delete(meant)
  return [...readings]
}

function normalised(name: string): readonly string[] {
  return [
    name.replace(/^\/+|\/+$/g, ''),
    name.replace(/\/+/g, '/'),
    name.replaceAll('\\', '/'),
    withoutDots(name),
    name.replace(/\.+$/, ''),
  ]
}

/** Dot segments resolved as in an address (RFC 3986, 5.2.4); above the root there is nothing. */
function withoutDots(name: string): string {
  const kept: string[] = []
  for (const segment of name.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return kept.join('/')
}

/** @returns the folder of an object with its slash; empty for one that lies in none. */
export function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1)
}
