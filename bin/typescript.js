import { register } from 'node:module'

// Node.js 20 runs no TypeScript, and newer ones refuse it below node_modules. Only files of this kind are touched:
// a loader that reads every module more than doubles the memory of a run.
register('./typescript-loader.js', import.meta.url)
