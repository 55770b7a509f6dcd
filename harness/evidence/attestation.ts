import { createPrivateKey, sign } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { canonical } from '../canonical.ts'
import type { Verdict } from '../model/verdict.ts'
import type { SigningJwk } from '../workspace/environment.ts'
import { type Evidence, reportFolder } from './evidence.ts'
import { manifestName } from './manifest.ts'
import { allTotals, exitCode, judged } from './totals.ts'

/** The limit of the format that every statement names. */
export const statementLimit =
  'This format cannot say "not proven": what is inconclusive is WARNED, as is a run that left something out, and neither is ever PASSED.'

/** in-toto Attestation Framework, Statement v1, and its predicate Test Result v0.1. */
const statementType = 'https://in-toto.io/Statement/v1'
const predicateType = 'https://in-toto.io/attestation/test-result/v0.1'
/** The media type that identifies a statement in DSSE. */
const payloadType = 'application/vnd.in-toto+json'

/** The results that the predicate defines. */
export type TestResult = 'PASSED' | 'WARNED' | 'FAILED'

/**
 * Converts a verified report into an in-toto statement. Pure.
 *
 * The subjects are the report, by the digest of its manifest, and the Git revision if the work tree was clean.
 *
 * @returns the statement as canonical JSON.
 */
export function statementOf({ run, cells, scenarios }: Evidence, digest: string): string {
  const tests = [...cells, ...scenarios.map(({ record }) => record)]
  const named = (result: TestResult) => tests.filter(({ verdict }) => resultOf(verdict) === result).map(({ id }) => id)
  const { alias, kind } = run.target
  return canonical({
    _type: statementType,
    subject: [
      {
        name: `${reportFolder(run)}/${manifestName}`,
        digest: { sha256: digest },
        annotations: { run: run.run, target: alias, kind, finishedAt: run.finishedAt, note: statementLimit },
      },
      ...(run.git === null || run.git.dirty ? [] : [{ name: 'git', digest: { gitCommit: run.git.revision } }]),
    ],
    predicateType,
    predicate: {
      result: overallResult({ run }),
      configuration: run.files.map(({ file, sha256 }) => ({ name: file, digest: { sha256 } })),
      passedTests: named('PASSED').sort(),
      warnedTests: named('WARNED').sort(),
      failedTests: named('FAILED').sort(),
    },
  })
}

/** @returns PASSED only for a whole run in which every cell and scenario held. */
export function overallResult({ run }: Pick<Evidence, 'run'>): TestResult {
  const totals = allTotals(run)
  const code = exitCode(totals, judged(totals))
  if (code === 1 || code === 2 || !run.complete) return 'FAILED'
  const part = run.shard !== null || run.chosen !== undefined || run.cleanup.left.length > 0
  return code === 0 && !part ? 'PASSED' : 'WARNED'
}

function resultOf(verdict: Verdict): TestResult {
  if (verdict === 'held') return 'PASSED'
  return verdict === 'inconclusive' ? 'WARNED' : 'FAILED'
}

/**
 * Signs a statement as a DSSE envelope, v1: the signature is over the type and the payload with their lengths.
 *
 * @returns the envelope as canonical JSON.
 */
export async function enveloped(statement: string, jwk: SigningJwk): Promise<string> {
  const { d: _, ...shown } = jwk
  const payload = Buffer.from(statement)
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload])
  const signature = sign(jwk.kty === 'EC' ? 'sha256' : null, signed, createPrivateKey({ key: jwk, format: 'jwk' }))
  const keyid = await calculateJwkThumbprint(shown)
  return canonical({
    payloadType,
    payload: payload.toString('base64'),
    signatures: [{ keyid, sig: signature.toString('base64') }],
  })
}
