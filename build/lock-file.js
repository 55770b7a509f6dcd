import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const installing = ['preinstall', 'install', 'postinstall']

/**
 * Compares package-lock.json with known-packages.json: every package needs a checksum and has to come from the registry, and
 * every package with install scripts has to be listed with them.
 *
 * @param lock package-lock.json.
 * @param known known-packages.json.
 * @param scriptsOf returns the scripts of a package by its path in the lock file; null if it is not installed.
 * @returns a sentence for each fault.
 */
export function lockFaults(lock, known, scriptsOf) {
  const packages = Object.entries(lock.packages).flatMap(([place, { integrity, resolved, hasInstallScript, link }]) => {
    const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place) ?? []
    return name === undefined || link === true ? [] : [{ place, name, integrity, resolved, hasInstallScript }]
  })
  const found = packages.flatMap(({ place, name, integrity, resolved, hasInstallScript }) => [
    ...(resolved === undefined ? [] : [`found ${name} from ${resolved.split(':')[0]}, expected one of the registry`]),
    ...checksumFaults(name, integrity, known.withoutChecksum),
    ...(hasInstallScript === true ? scriptFaults(name, scriptsOf(place), known.installScripts) : []),
  ])
  const withScripts = new Set(packages.flatMap(({ name, hasInstallScript }) => (hasInstallScript ? [name] : [])))
  const names = new Set(packages.map(({ name }) => name))
  const gone = [
    ...Object.keys(known.installScripts).filter((name) => !withScripts.has(name)),
    ...Object.keys(known.withoutChecksum).filter((name) => !names.has(name)),
  ]
  return [...found, ...gone.map((name) => `found ${name} in known-packages.json, expected no entry for it`)]
}

function checksumFaults(name, integrity, withoutChecksum) {
  const isExcused = Object.hasOwn(withoutChecksum, name)
  if (integrity === undefined) return isExcused ? [] : [`found no checksum of ${name}, expected one`]
  if (isExcused) return [`found a checksum of ${name}, expected no entry under withoutChecksum`]
  return /^sha512-/.test(integrity) ? [] : [`found a checksum of ${name} that is not SHA-512, expected one that is`]
}

function scriptFaults(name, scripts, installScripts) {
  const expected = installScripts[name]
  if (expected === undefined) return [`found an install script of ${name}, expected none; read it before it is listed`]
  if (scripts === null) return []
  const runs = installing.flatMap((script) => (script in scripts ? [scripts[script]] : [])).join(' && ')
  return runs === expected ? [] : [`found \`${runs}\` as the install script of ${name}, expected \`${expected}\``]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (file) => JSON.parse(readFileSync(new URL(file, root), 'utf8'))
  const known = read('build/known-packages.json')
  const scriptsOf = (place) => {
    try {
      return read(`${place}/package.json`).scripts ?? {}
    } catch {
      return null
    }
  }
  const faults = lockFaults(read('package-lock.json'), known, scriptsOf)
  for (const [name, runs] of Object.entries(known.installScripts)) process.stdout.write(`${name} runs ${runs}\n`)
  for (const [name, why] of Object.entries(known.withoutChecksum)) {
    process.stdout.write(`${name} has no checksum: ${why}\n`)
  }
  for (const fault of faults) process.stderr.write(`package-lock.json: ${fault}\n`)
  process.exitCode = faults.length === 0 ? 0 : 2
}
