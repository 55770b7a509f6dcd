import { register } from 'node:module'

// Newer versions of Node.js have a replacement, which Node.js 20 lacks. The user of Trespass cannot act on the deprecation
// warning, so it is suppressed.
const { noDeprecation } = process
process.noDeprecation = true
// Node.js 20 runs no TypeScript, and newer versions refuse it below node_modules. Only TypeScript files are loaded here: a
// loader that reads every module more than doubles the memory of a run.
register('./typescript-loader.js', import.meta.url)
process.noDeprecation = noDeprecation
