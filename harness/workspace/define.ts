/** The settings of one target in `trespass.config.ts`. */
interface TargetConfig {
  readonly kind?: 'local' | 'hosted'
  /** A protected target is refused. */
  readonly protected?: boolean
  /** The row or the setting of the database by which its environment is known. */
  readonly marker?:
    | { readonly table: string; readonly where: Readonly<Record<string, ConfigValue>> }
    | { readonly setting: string; readonly is: string }
  readonly users?: 'fresh' | 'kept'
  readonly limits?: { readonly sign_ins?: number; readonly anonymous_sign_ins?: number }
  /** The digest that `trespass doctor` shows, for a target that no address or key ties to a project. */
  readonly writes?: { readonly allowed: string }
  /** Whether exported variables may replace the addresses and keys of the target's files. */
  readonly exported?: 'allowed'
}

type ConfigValue = string | number | boolean | null | readonly ConfigValue[] | { readonly [key: string]: ConfigValue }

type Requirement =
  | 'all'
  | 'objects'
  | 'tried-by-anon'
  | 'tried-by-authenticated'
  | 'tried-by-anonymous-auth'
  | 'tried-by-another-tenant'

/** The type of the export of `trespass.config.ts`; every key may be left out. */
export interface WorkspaceConfig {
  readonly concurrency?: number
  readonly coverage?: { readonly require: Requirement | readonly Requirement[] }
  readonly email_domain?: string
  readonly email_domains?: readonly string[]
  readonly patience?: number
  readonly hold?: number
  readonly targets?: Readonly<Record<string, TargetConfig>>
  readonly changes_on_refusal?: Readonly<Record<string, string>>
  readonly sandbox?: { readonly skip_extensions?: readonly string[] }
  readonly protected_refs?: readonly string[]
}

/** Gives an editor the types of `trespass.config.ts`; returns its argument. */
export function defineConfig(config: WorkspaceConfig): WorkspaceConfig {
  return config
}
