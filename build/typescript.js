import { register } from 'node:module'

// Newer versions of Node.js would have another function, which Node.js 20 does not know; nobody who runs Trespass can do
// anything about that, so nobody is warned.
const { noDeprecation } = process
process.noDeprecation = true
// Node.js 20 runs no TypeScript, and newer ones refuse it below node_modules. Only files of this kind are touched:
// a loader that reads every module more than doubles the memory of a run.
register('./typescript-loader.js', import.meta.url)
process.noDeprecation = noDeprecation
