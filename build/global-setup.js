/** Vitest's global setup: commands that tests start are those of the current sources. */
export { buildChangedPrograms as setup } from './programs.js'
