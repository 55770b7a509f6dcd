#!/usr/bin/env node
import './memory.js'
import { existsSync } from 'node:fs'

// A clone contains the sources, and a command has to run the current ones. The package contains only programs.
const build = new URL('../build/programs.js', import.meta.url)
if (existsSync(build)) await (await import(build.href)).buildChangedPrograms()

await import('../dist/cli.js')
