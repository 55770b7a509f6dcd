import '../bin/memory.js'
import '../build/typescript.js'

await import('./main.ts')
