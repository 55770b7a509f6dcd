import { compiled } from './compiled.js'

/** What a workspace's vitest.config.ts imports as `trespass/vitest`; Vite leaves packages in their own language. */
export const { trespass } = await import(await compiled('harness/vitest/plugin.ts'))
