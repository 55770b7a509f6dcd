#!/usr/bin/env node
import './memory.js'
import './typescript.js'

await import('../harness/cli/main.ts')
