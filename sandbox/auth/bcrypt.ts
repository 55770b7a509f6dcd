/**
 * bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999), the format in which GoTrue and pgcrypto's
 * `crypt(…, gen_salt('bf'))` store passwords. It is computed here, as GoTrue computes it in its own process:
 * `supabase_auth_admin` has no right to the schema `extensions` on a hosted project, and giving it one would let a
 * project's trigger on `auth.users` work here that breaks every sign-up there.
 */
import { randomBytes } from 'node:crypto'

interface State {
  p: Int32Array
  s: Int32Array
}

const roundKeys = 18
const boxWords = 4 * 256

/**
 * The hash of a password as `$2a$<cost>$<salt><digest>`.
 *
 * @param cost the work as a power of two, 4 to 31
 */
export function bcryptHash(password: string, cost: number): string {
  return bcryptWithSalt(password, cost, randomBytes(16))
}

/** Whether a text is a bcrypt hash. */
export function isBcrypt(hash: string): boolean {
  return /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/.test(hash)
}

/** Whether a password belongs to a hash; false for a text that is not a bcrypt hash. */
export function bcryptMatches(password: string, hash: string): boolean {
  if (!isBcrypt(hash)) return false
  const again = bcryptWithSalt(password, Number(hash.slice(4, 6)), decode(hash.slice(7, 29)))
  return again.slice(7) === hash.slice(7)
}

function bcryptWithSalt(password: string, cost: number, saltBytes: Buffer): string {
  const salt = words(saltBytes, 4)
  // The terminating zero is part of the key; bcrypt reads 72 bytes of it, over and over when it is shorter.
  const key = words(Buffer.concat([Buffer.from(password), Buffer.alloc(1)]), roundKeys)
  const state = { p: initial().p.slice(), s: initial().s.slice() }
  expand(state, key, salt)
  const nothing = new Int32Array(4)
  const saltKey = words(saltBytes, roundKeys)
  for (let round = 2 ** cost; round > 0; round--) {
    expand(state, key, nothing)
    expand(state, saltKey, nothing)
  }
  const text = words(Buffer.from('OrpheanBeholderScryDoubt'), 6)
  for (let block = 0; block < 6; block += 2) {
    for (let round = 0; round < 64; round++) encipher(state, text, block)
  }
  const digest = Buffer.alloc(24)
  for (const [index, word] of text.entries()) digest.writeInt32BE(word, index * 4)
  return `$2a$${String(cost).padStart(2, '0')}$${encode(saltBytes)}${encode(digest.subarray(0, 23))}`
}

/** `count` big-endian words of a key, which starts again when it ends. */
function words(bytes: Buffer, count: number): Int32Array {
  const cyclic = Buffer.alloc(count * 4, bytes)
  return Int32Array.from({ length: count }, (_, index) => cyclic.readInt32BE(index * 4))
}

function expand(state: State, key: Int32Array, salt: Int32Array): void {
  for (let index = 0; index < roundKeys; index++) state.p[index] = at(state.p, index) ^ at(key, index)
  const block = new Int32Array(2)
  let turn = 0
  for (const part of [state.p, state.s]) {
    for (let index = 0; index < part.length; index += 2) {
      block[0] = at(block, 0) ^ at(salt, turn)
      block[1] = at(block, 1) ^ at(salt, turn + 1)
      turn ^= 2
      encipher(state, block, 0)
      part[index] = at(block, 0)
      part[index + 1] = at(block, 1)
    }
  }
}

/** Blowfish over the two words at `offset`. */
function encipher({ p, s }: State, block: Int32Array, offset: number): void {
  let left = at(block, offset) ^ at(p, 0)
  let right = at(block, offset + 1)
  for (let round = 1; round < 17; round += 2) {
    right ^= feistel(s, left) ^ at(p, round)
    left ^= feistel(s, right) ^ at(p, round + 1)
  }
  block[offset] = right ^ at(p, 17)
  block[offset + 1] = left
}

function feistel(s: Int32Array, x: number): number {
  const sum = at(s, x >>> 24) + at(s, 256 + ((x >>> 16) & 255))
  return ((sum ^ at(s, 512 + ((x >>> 8) & 255))) + at(s, 768 + (x & 255))) | 0
}

/** Every index above stays inside its array, which the type cannot say. */
function at(array: Int32Array, index: number): number {
  return array[index] ?? 0
}

let firstState: State | undefined

/** Blowfish starts from the fraction of pi, which Machin's formula gives in less space than a table takes. */
function initial(): State {
  if (firstState !== undefined) return firstState
  const bits = (roundKeys + boxWords) * 32
  const spare = 64n
  const one = 1n << (BigInt(bits) + spare)
  const arctan = (inverse: bigint) => {
    let term = one / inverse
    let sum = term
    for (let divisor = 3n; term !== 0n; divisor += 2n) {
      term /= -(inverse * inverse)
      sum += term / divisor
    }
    return sum
  }
  const pi = 16n * arctan(5n) - 4n * arctan(239n)
  const fraction = ((pi % one) >> spare).toString(16).padStart(bits / 4, '0')
  const all = words(Buffer.from(fraction, 'hex'), roundKeys + boxWords)
  firstState = { p: all.slice(0, roundKeys), s: all.slice(roundKeys) }
  return firstState
}

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const ownBase64 = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function encode(bytes: Buffer): string {
  const plain = bytes.toString('base64').replaceAll('=', '')
  return translate(plain, base64, ownBase64)
}

function decode(text: string): Buffer {
  return Buffer.from(translate(text, ownBase64, base64), 'base64')
}

function translate(text: string, from: string, to: string): string {
  return text.replaceAll(/./g, (letter) => to.charAt(from.indexOf(letter)))
}
