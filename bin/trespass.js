#!/usr/bin/env node
import './memory.js'
import { existsSync } from 'node:fs'

// Modules of others read the current folder while they are loaded, and a shell can stand in one that has been removed.
try {
  process.cwd()
} catch {
  process.stderr.write('trespass: the current folder does not exist any more\n  Change into a folder that exists.\n')
  process.exit(2)
}

// A clone contains the sources, and a command has to run the current ones. The package contains only programs.
const build = new URL('../build/programs.js', import.meta.url)
if (existsSync(build)) await (await import(build.href)).buildChangedPrograms()

await import('../dist/cli.js')
