import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const applications = ['Google Chrome', 'Chromium'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)

/** Without the browser's own sandbox, since it may run as root in a container, and without requests of its own. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** @returns the Chromium of this machine: `CHROMIUM_BIN`, one on the PATH, or an application of macOS; null for none. */
export function installedBrowser(environment: Readonly<Record<string, string | undefined>>): string | null {
  const { CHROMIUM_BIN: named = '', PATH: path = '' } = environment
  if (named !== '') return named
  const folders = path.split(delimiter).filter((folder) => folder !== '')
  const candidates = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...applications]
  return candidates.find(canRun) ?? null
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Starts the installed browser without a window. */
export function startBrowser(file: string): Promise<Browser> {
  return chromium.launch({ executablePath: file, args: flags })
}
