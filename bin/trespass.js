#!/usr/bin/env node
import './typescript.js'

await import('../harness/cli/main.ts')
