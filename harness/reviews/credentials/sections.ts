import type { Line, Section } from '../document.ts'
import { findingCodes, type TierChanges, type TierReview } from './judge-tiers.ts'

/** @param changes null without an earlier review. */
export function tierSections(
  { access, findings, trials, notes }: TierReview,
  changes: (TierChanges & { readonly since: string }) | null,
): readonly Section[] {
  return [
    { title: 'Findings', lines: findings.length === 0 ? [{ text: 'there is none' }] : findingLines(findings) },
    { title: 'Changes', lines: changeLines(changes) },
    {
      title: 'Tiers',
      lines: access.map(({ tier, environment, declared, found, notTested }) => ({
        text: `${tier} in ${environment}: can ${found.join(', ') || 'do nothing'}`,
        under: [
          { text: `declared: ${declared === 'dashboard-only' ? declared : declared.join(', ') || 'nothing'}` },
          ...(notTested.length === 0 ? [] : [{ text: `not tested: ${notTested.join(', ')}` }]),
        ],
      })),
    },
    {
      title: 'Trials',
      lines: trials.map(({ file, variable, kind, environment, state, evidence }) => ({
        text: `${variable} of ${file} (${kind}) in ${environment}: ${state}; ${evidence}`,
      })),
    },
    ...(notes.length === 0 ? [] : [{ title: 'Not known', lines: notes.map((text) => ({ text })) }]),
  ]
}

function findingLines(findings: TierReview['findings']): readonly Line[] {
  return findingCodes.flatMap((code) =>
    findings.filter((one) => one.code === code).map(({ tier, text }) => ({ text: `${code} (${tier}): ${text}` })),
  )
}

function changeLines(changes: (TierChanges & { readonly since: string }) | null): readonly Line[] {
  if (changes === null) return [{ text: 'there is no earlier review' }]
  const { opened, closed, since } = changes
  if (opened.length + closed.length === 0) return [{ text: `nothing since ${since}` }]
  return [
    ...opened.map((text) => ({ text: `new since ${since}: ${text}` })),
    ...closed.map((text) => ({ text: `no longer so since ${since}: ${text}` })),
  ]
}
