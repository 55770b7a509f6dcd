import { defineConfig } from 'trespass'

export default defineConfig({ concurrency: 4 })
