import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { z } from 'zod'
import { SandboxError } from './errors.ts'

/** The variables that `env(NAME)` may name. */
export type Variables = Readonly<Record<string, string | undefined>>

/**
 * The variables of a workspace as the Supabase CLI reads them (`pkg/config/config.go`, `loadNestedEnv`): the process's
 * environment has precedence, then `supabase/`, then the workspace; in each folder `.env.<SUPABASE_ENV>.local`, `.env.local`,
 * `.env.<SUPABASE_ENV>`, `.env`, in this order.
 *
 * @throws SandboxError `config-invalid` if a file exists and cannot be read
 */
export async function loadVariables(workspace: string, environment: Variables = process.env): Promise<Variables> {
  const name = environment.SUPABASE_ENV || 'development'
  const local = name === 'test' ? [] : ['.env.local']
  const names = [`.env.${name}.local`, ...local, `.env.${name}`, '.env']
  const files = [join(workspace, 'supabase'), workspace].flatMap((folder) => names.map((file) => join(folder, file)))
  const read = await Promise.all(files.map(readVariables))
  return { ...Object.assign({}, ...read.reverse()), ...environment }
}

async function readVariables(file: string): Promise<Variables> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return ''
    const message = `${file} cannot be read: ${error.message}`
    throw new SandboxError('config-invalid', message, 'Make the file readable, or remove it.', { file })
  })
  return parse(text)
}

/** A value of `config.toml` that is exactly `env(NAME)`. */
export class FromEnvironment {
  readonly name: string
  /** Undefined if the variable is not set, or empty. */
  readonly value: string | undefined

  constructor(name: string, value: string | undefined) {
    this.name = name
    this.value = value
  }
}

/** Replaces every text `env(NAME)` in a parsed file. */
export function withVariables(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') {
    const name = /^env\((.*)\)$/.exec(value)?.[1]
    return name === undefined ? value : new FromEnvironment(name, variables[name] || undefined)
  }
  if (Array.isArray(value)) return value.map((item: unknown) => withVariables(item, variables))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withVariables(item, variables)]))
}

/** The texts that the CLI accepts for a boolean in a variable (Go's `strconv.ParseBool`). */
const booleans: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false])),
}

/** Reads the value of one key, from its variable if it names one. A variable with an invalid value is an issue. */
function read<T extends z.ZodType>(schema: T, expected: string, of: (text: string) => unknown) {
  return z.preprocess((value, context) => {
    if (!(value instanceof FromEnvironment)) return value
    const { name, value: text } = value
    if (text === undefined) {
      const message = `the variable ${name} is not set, neither in the environment nor in an .env file`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    const found = of(text)
    if (found !== undefined) return found
    // The value may be a misplaced secret, so the message omits it.
    context.addIssue({ code: 'custom', message: `the variable ${name} holds no ${expected}` })
    return z.NEVER
  }, schema)
}

/** A boolean, also from a variable. */
export const flag = read(z.boolean(), 'boolean (true or false)', (text) => booleans[text])

/** A text, also from a variable. */
export const text = read(z.string(), 'text', (value) => value)

/** A list of texts; a variable holds them separated by commas, as for the CLI. */
export const texts = read(z.array(text), 'list of texts', (value) => value.split(','))

/** A whole number between two bounds, also from a variable. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER) {
  return read(z.int().min(least).max(most), 'whole number', (value) =>
    /^\d+$/.test(value) ? Number(value) : undefined,
  )
}
