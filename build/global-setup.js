/** Vitest's global setup: rebuilds the programs, so that commands in tests run the current sources. */
export { buildChangedPrograms as setup } from './programs.js'
