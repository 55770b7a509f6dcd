import { setFlagsFromString } from 'node:v8'
import '../bin/typescript.js'

// As the command does, so that its memory is measured.
setFlagsFromString('--max-semi-space-size=2')
setFlagsFromString('--heap-growing-percent=20')

await import('./main.ts')
