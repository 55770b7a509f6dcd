import { compiled } from './compiled.js'

await import(await compiled('sandbox/main.ts'))
