import { trespass } from 'trespass/vitest'
import { defineConfig } from 'vitest/config'

/** The matrices of this workspace are its tests. */
export default defineConfig({ plugins: [trespass()] })
