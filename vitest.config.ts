import { defineConfig } from 'vitest/config'
import { trespass } from './harness/vitest/plugin.ts'

/** The matrices of this workspace are its tests. In a workspace of your own, import from 'trespass/vitest'. */
export default defineConfig({ plugins: [trespass()] })
