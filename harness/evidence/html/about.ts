import type { RunRecord } from '../../model/record.ts'
import { expiringInWords } from '../cell-facts.ts'
import { html, type Markup } from './markup.ts'

/** What was run: when, on which target, from which files. */
export function aboutSection(run: RunRecord): Markup {
  const { git, target, tool, cleanup } = run
  const services = Object.entries(target.versions).map(([name, version]) => `${name} ${version}`)
  const revision =
    git === null ? 'outside a Git work tree' : `${git.revision}${git.dirty ? ', with uncommitted changes' : ''}`
  const swept = `made ${cleanup.made}, swept ${cleanup.swept}${expiringInWords(cleanup.expiring)}, left ${cleanup.left.length}`
  const entries: readonly (readonly [string, string])[] = [
    ['run', run.run],
    ['started', run.startedAt],
    ['finished', run.finishedAt],
    ['target', `${target.alias} (${target.kind})`],
    ['services', services.join(', ') || 'their versions are not known'],
    ['revision', revision],
    ...run.limits.map((limit): readonly [string, string] => ['limit', limit]),
    ['schema fingerprint', run.schemaFingerprint ?? 'not readable without a database URL'],
    ['Trespass', `${tool.version} on Node ${tool.node}`],
    ['cleanup', swept],
    ...cleanup.left.map((what): readonly [string, string] => ['left', what]),
    ...(cleanup.stays ?? []).map((what): readonly [string, string] => ['stays', what]),
  ]
  const rows = entries.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)
  const files = run.files.map(({ file, sha256 }) => html`<dt>${file}</dt><dd>SHA-256 ${sha256}</dd>\n`)
  return html`<section aria-labelledby="about" data-whole><h2 id="about">What was run</h2><dl>${rows}</dl>
<details class="files"><summary>${files.length} files</summary><dl>${files}</dl></details></section>
`
}
