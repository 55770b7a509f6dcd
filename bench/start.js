import '../bin/memory.js'
import '../bin/typescript.js'

await import('./main.ts')
