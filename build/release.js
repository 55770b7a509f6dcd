import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)

/**
 * Checks a release against its tag: both packages have its version, the peer range includes it, and the changelog describes it.
 *
 * @param tag `v1.0.0`.
 * @param read returns the text of a file of the repository.
 * @returns a sentence for each fault.
 */
export function releaseFaults(tag, read) {
  const [, version] = /^v(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(tag) ?? []
  if (version === undefined) return [`found the tag ${tag}, expected one such as v1.0.0`]
  const trespass = JSON.parse(read('package.json'))
  const sandbox = JSON.parse(read('sandbox/package.json'))
  const wanted = [
    ['the version in package.json', trespass.version, version],
    ['the version in sandbox/package.json', sandbox.version, version],
    ['the peer @trespass/sandbox in package.json', trespass.peerDependencies['@trespass/sandbox'], `^${version}`],
  ]
  const faults = wanted.flatMap(([what, found, expected]) =>
    found === expected ? [] : [`found ${found} as ${what}, expected ${expected}`],
  )
  const hasSection = read('CHANGELOG.md').split('\n').includes(`## ${version}`)
  return hasSection ? faults : [...faults, `found no section ${version} in CHANGELOG.md, expected one`]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = releaseFaults(process.argv[2] ?? '', (path) => readFileSync(new URL(path, root), 'utf8'))
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  process.exitCode = faults.length === 0 ? 0 : 2
}
