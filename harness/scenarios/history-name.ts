/** @returns the name of a scenario's history below `histories/`. */
export function historyName(scenario: string): string {
  return `${scenario.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')}.jsonl`
}
