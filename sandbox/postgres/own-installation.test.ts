import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTemporaryFolder } from '../test-support.ts'
import { ownInstallation } from './own-installation.ts'

/** An installation whose programs print this version. */
async function installation(version: string, programs = ['initdb', 'postgres']): Promise<string> {
  const folder = join(await makeTemporaryFolder(), 'bin')
  await mkdir(folder)
  for (const program of programs) {
    await writeFile(join(folder, program), `#!/bin/sh\necho '${version}'\n`)
    await chmod(join(folder, program), 0o755)
  }
  return folder
}

describe('the PostgreSQL that TRESPASS_POSTGRES_BIN names', () => {
  it.each([
    ['postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', 15],
    ['postgres (PostgreSQL) 16.14', 16],
    ['postgres (PostgreSQL) 17.6 (Homebrew)', 17],
    ['postgres (PostgreSQL) 18beta1', 18],
  ])('%s is used where it lies', async (version, major) => {
    const folder = await installation(version)
    expect(await ownInstallation(folder, undefined)).toEqual({
      initdb: join(folder, 'initdb'),
      postgres: join(folder, 'postgres'),
      origin: `${folder}: ${version}`,
      major,
    })
  })

  it.each(['postgres (PostgreSQL) 14.20', 'postgres (PostgreSQL) 19devel', 'EnterpriseDB 17', ''])(
    'the version "%s" is refused',
    async (version) => {
      await expect(ownInstallation(await installation(version), undefined)).rejects.toMatchObject({
        code: 'postgres-unusable',
        message: expect.stringContaining('expected PostgreSQL 15 to 18'),
      })
    },
  )

  it('a folder without initdb is refused', async () => {
    const folder = await installation('postgres (PostgreSQL) 17.6', ['postgres'])
    await expect(ownInstallation(folder, undefined)).rejects.toMatchObject({
      message: `TRESPASS_POSTGRES_BIN is ${folder}, and ${join(folder, 'initdb')} is no executable file.`,
      hint: expect.stringContaining('/usr/lib/postgresql/17/bin'),
    })
  })

  it('a relative path is refused', async () => {
    await expect(ownInstallation('pg/bin', undefined)).rejects.toMatchObject({
      message: 'TRESPASS_POSTGRES_BIN is pg/bin, which is no absolute path.',
    })
  })

  it('a program that fails is refused with its message', async () => {
    const folder = await installation('')
    await writeFile(join(folder, 'postgres'), "#!/bin/sh\necho 'no library' >&2\nexit 1\n")
    await expect(ownInstallation(folder, undefined)).rejects.toMatchObject({
      code: 'postgres-unusable',
      message: expect.stringContaining('no library'),
    })
  })

  it('a folder that the account of PostgreSQL may not enter is refused', async () => {
    const folder = await installation('postgres (PostgreSQL) 17.6')
    await chmod(folder, 0o700)
    await expect(ownInstallation(folder, { uid: 65_432, gid: 65_432 })).rejects.toMatchObject({
      message: expect.stringContaining('which the account with the id 65432 may not enter'),
    })
  })
})
