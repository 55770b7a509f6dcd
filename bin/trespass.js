#!/usr/bin/env node
import './memory.js'
import { existsSync } from 'node:fs'

// A clone holds the sources, and there a command does what they say now. The package holds programs alone.
const build = new URL('../build/programs.js', import.meta.url)
if (existsSync(build)) await (await import(build.href)).buildChangedPrograms()

await import('../dist/cli.js')
