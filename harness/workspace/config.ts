import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, TrespassError, WorkspaceProblems } from '../errors.ts'
import { requirements } from '../model/coverage.ts'
import { aliasPattern, sameAlias } from './alias.ts'
import { configProblems } from './config-problems.ts'

const fileName = 'trespass.config.ts'

const concurrencyRange = 'a whole number from 1 to 64'

/** How many requests are under way at once. */
const concurrencySchema = z
  .int({ error: concurrencyRange })
  .min(1, { error: concurrencyRange })
  .max(64, { error: concurrencyRange })

const secondsRange = 'a number of seconds from 1 to 300'

/** A time in seconds. */
const secondsSchema = z
  .number({ error: secondsRange })
  .min(1, { error: secondsRange })
  .max(300, { error: secondsRange })

/** The row or setting of the database that names the environment. */
const markerSchema = z.union(
  [
    z.strictObject({
      table: z.string().regex(/^[^.]+\.[^.]+$/, { error: 'a table with its schema, such as `public.settings`' }),
      where: z
        .record(z.string(), z.json())
        .refine((values) => Object.keys(values).length > 0, { error: 'at least one column with its value' }),
    }),
    z.strictObject({ setting: z.string().min(1), is: z.string() }),
  ],
  { error: "`{ table: 'public.settings', where: { … } }` or `{ setting: 'app.environment', is: 'staging' }`" },
)

export type Marker = z.output<typeof markerSchema>

const limit = z.int({ error: 'a whole number' }).min(1, { error: 'a whole number from 1' }).optional()

/** The project's limits for Auth, where they differ from the defaults. */
const limitsSchema = z.strictObject(
  { sign_ins: limit, anonymous_sign_ins: limit },
  { error: 'an object with `sign_ins` (in five minutes) and `anonymous_sign_ins` (in an hour)' },
)

/** Permission to write to a target that no address or key ties to a project. */
const writesSchema = z.strictObject(
  { allowed: z.string().regex(/^[0-9a-f]{64}$/, { error: 'a digest of 64 hexadecimal digits' }) },
  { error: "`{ allowed: '<digest>' }`, with the digest that `trespass doctor` shows" },
)

const targetSchema = z.strictObject(
  {
    kind: z.enum(['local', 'hosted'], { error: '`local` or `hosted`' }).optional(),
    protected: z.boolean({ error: '`true` or `false`' }).optional(),
    marker: markerSchema.optional(),
    users: z.enum(['fresh', 'kept'], { error: '`fresh` or `kept`' }).optional(),
    limits: limitsSchema.optional(),
    writes: writesSchema.optional(),
    /** `allowed`: exported variables may replace the addresses and keys that the files of this alias hold. */
    exported: z.enum(['allowed'], { error: '`allowed`' }).optional(),
  },
  { error: 'an object with `kind`, `protected`, `marker`, `users`, `limits`, `writes` and `exported`' },
)

const requirement = z.enum(requirements, { error: `one of ${requirements.map((one) => `\`${one}\``).join(', ')}` })

/** The coverage that a run needs to pass. */
const coverageSchema = z.strictObject(
  { require: z.union([requirement, z.array(requirement)]).transform((some) => [some].flat()) },
  { error: 'an object with `require`' },
)

const extensionName = 'a list of names of extensions, such as `postgis`'

/** How the embedded sandbox differs from the project's migrations. */
const sandboxSchema = z
  .strictObject(
    {
      /** Extensions that are not created. What fails without them is left out, and a run names each statement. */
      skip_extensions: z
        .array(z.string({ error: extensionName }).regex(/^[\w-]+$/, { error: extensionName }), { error: extensionName })
        .default([]),
    },
    { error: 'an object with `skip_extensions`' },
  )
  .default({ skip_extensions: [] })

const configSchema = z.strictObject(
  {
    concurrency: concurrencySchema.optional(),
    coverage: coverageSchema.optional(),
    email_domain: z
      .string({ error: 'the name of a domain' })
      .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, { error: 'the name of a domain, such as `trespass.test`' })
      .default('trespass.test'),
    /** Further domains of which an actor may have an address. */
    email_domains: z
      .array(
        z
          .string({ error: 'the name of a domain' })
          .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, { error: 'the name of a domain, such as `corp.test`' }),
        { error: 'a list of domains' },
      )
      .default([]),
    /** Seconds to wait for a response, after which the outcome of the request is unknown. */
    patience: secondsSchema.default(30),
    /** Seconds that a statement or transaction of the witness may last, and so keep its locks. */
    hold: secondsSchema.default(10),
    targets: z
      .record(z.string().regex(aliasPattern), targetSchema, {
        error: 'targets by alias, in letters, digits, dashes and underscores',
      })
      .superRefine((targets, context) => {
        if (targets.sandbox?.users === 'kept') {
          context.addIssue({ code: 'custom', path: ['sandbox', 'users'], message: '`fresh`: a sandbox starts empty' })
        }
        const aliases = Object.keys(targets)
        const twice = aliases.find((alias, index) => aliases.findIndex((other) => sameAlias(other, alias)) < index)
        if (twice === undefined) return
        context.addIssue({
          code: 'custom',
          path: [twice],
          message: 'aliases that differ in more than upper and lower case',
        })
      })
      .default({}),
    changes_on_refusal: z
      .record(
        z.string().regex(/^[^.]+\..+$/, { error: 'a table with its schema, such as `public.audit_log`' }),
        z.string({ error: 'the reason, in a sentence' }).regex(/\S/, { error: 'the reason, in a sentence' }),
        { error: 'tables with reasons, such as `{ "public.audit_log": "every request is logged" }`' },
      )
      .default({}),
    sandbox: sandboxSchema,
    protected_refs: z
      .array(z.string({ error: 'a project ref' }).regex(/^[a-z0-9]+$/, { error: 'a project ref' }), {
        error: 'a list of project refs',
      })
      .default([]),
  },
  {
    error:
      'an object with `concurrency`, `coverage`, `email_domain`, `email_domains`, `patience`, `hold`, `targets`, `changes_on_refusal`, `sandbox` and `protected_refs`',
  },
)

/** The input type of the schema. */
export type ConfigInput = z.input<typeof configSchema>

/** The configuration with its defaults filled in. */
export type Config = z.output<typeof configSchema>

/**
 * Returns the configuration of a target; undefined when it does not name it. `PROD` is the target `prod`: some file systems read
 * one file for both.
 */
export function declaredTarget(
  { targets }: Pick<Config, 'targets'>,
  alias: string,
): Config['targets'][string] | undefined {
  return Object.entries(targets).find(([name]) => sameAlias(name, alias))?.[1]
}

/**
 * Reads the workspace's configuration; without a file everything has its default.
 *
 * @param root the workspace's folder
 * @param importModule imports a TypeScript module by its absolute path
 * @throws TrespassError `no-such-workspace`, `config-broken` when the file cannot be imported
 * @throws WorkspaceProblems with every wrong value
 */
export async function loadConfig(root: string, importModule: (file: string) => Promise<unknown>): Promise<Config> {
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    const hint = 'Name the folder that holds `matrices/` after `--workspace`, or run from inside it.'
    throw new TrespassError('no-such-workspace', `found no folder ${root}, expected a workspace`, { hint })
  }
  const file = join(root, fileName)
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return configSchema.parse({})
  const written = z.object({ default: z.unknown() }).safeParse(await importConfig(file, importModule))
  const value = written.success ? written.data.default : undefined
  const parsed = configSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new WorkspaceProblems(configProblems(parsed.error, value, fileName, readFileSync(file, 'utf8')))
}

async function importConfig(file: string, importModule: (file: string) => Promise<unknown>): Promise<unknown> {
  try {
    return await importModule(file)
  } catch (cause) {
    const reason = messageOf(cause)
    const hint = `${fileName} is a module with \`export default defineConfig({ … })\`.`
    throw new TrespassError('config-broken', `${fileName} cannot be imported: ${reason}`, { hint, cause })
  }
}
