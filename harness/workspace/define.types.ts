/** The type of a configuration accepts the same values as its schema. */
import type { ReadonlyInput } from '../readonly-input.ts'
import type { ConfigInput } from './config.ts'
import type { WorkspaceConfig } from './define.ts'

type Within<Inner extends Outer, Outer> = Inner

export type Checked = [
  Within<WorkspaceConfig, ReadonlyInput<ConfigInput>>,
  Within<ReadonlyInput<ConfigInput>, WorkspaceConfig>,
]

// A key that is optional fits a type that lacks it, so keys are compared by themselves.
type Keys<Type> = keyof Type
type Target<Config> = Config extends { readonly targets?: Readonly<Record<string, infer One>> } ? One : never

export type SameKeys = [
  Within<Keys<WorkspaceConfig>, Keys<ConfigInput>>,
  Within<Keys<ConfigInput>, Keys<WorkspaceConfig>>,
  Within<Keys<Target<WorkspaceConfig>>, Keys<Target<ReadonlyInput<ConfigInput>>>>,
  Within<Keys<Target<ReadonlyInput<ConfigInput>>>, Keys<Target<WorkspaceConfig>>>,
]
