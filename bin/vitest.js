import './typescript.js'

/** What a workspace's vitest.config.ts imports as `trespass/vitest`; Vite leaves packages in their own language. */
export const { trespass } = await import('../harness/vitest/plugin.ts')
