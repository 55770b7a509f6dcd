#!/usr/bin/env node
import './memory.js'
import { compiled } from './compiled.js'

await import(await compiled('harness/cli/main.ts'))
