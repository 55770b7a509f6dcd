import { vi } from 'vitest'
import { commands } from '../../harness/cli/commands.ts'
import { explain } from '../../harness/cli/print.ts'
import type { Ended } from './support.ts'

/**
 * Runs a command of `trespass` in this process, which takes a fraction of the time of a new one. Only one at a time: all text
 * that is written to the terminal meanwhile counts as the command's output.
 */
export async function inProcess([name = '', ...args]: readonly string[]): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []]
  const into = (said: string[]) => (text: string | Uint8Array) => said.push(String(text)) > 0
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(into(out)),
    vi.spyOn(process.stderr, 'write').mockImplementation(into(err)),
  ]
  try {
    const command = await commands[name]?.()
    if (command === undefined) throw new Error(`there is no command ${name}`)
    const code = await command.run(args).catch(explain)
    return { code, out: out.join(''), err: err.join(''), text: [...out, ...err].join('') }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
