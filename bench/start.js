import '../bin/typescript.js'

await import('./main.ts')
