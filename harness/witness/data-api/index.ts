import { TrespassError } from '../../errors.ts'
import { isObject } from '../../json.ts'
import type { PrivilegedSession } from '../../model/session.ts'
import type { Catalog, Relation } from '../catalog.ts'
import { UnknownName } from '../errors.ts'
import type { Witness } from '../witness.ts'
import { catalogOf, exposedSchemas, noDescription } from './description.ts'
import { filterOf } from './filters.ts'
import { insertRows } from './insertion.ts'
import { finder, noneOfSuchType, rowReader } from './reading.ts'
import { removeRows, removeRowsOfUsers } from './removal.ts'
import { openRequests, type Request } from './request.ts'

/** A schema that no project has: the answer lists those that there are. */
const noSuchSchema = 'trespass_no_such_schema'

/**
 * Connects the witness that needs no database URL: it reads and writes through the Data API with the secret key, which bypasses
 * row security and needs grants like every role. It sees exposed schemas only, and neither policies nor locks.
 *
 * @throws TrespassError `no-description`, `target-unreachable`, `target-redirects`, `data-api-refused`
 */
export async function connectDataApi(privileged: PrivilegedSession): Promise<Witness> {
  const request = openRequests(privileged)
  let known = await readCatalog(request)
  const find = finder(request)

  async function relationOf(name: string): Promise<Relation> {
    const relation = Object.hasOwn(known.relations, name) ? known.relations[name] : undefined
    if (relation === undefined) throw new NotShown(name)
    return relation
  }

  const read = rowReader(find, relationOf)
  const removing = () => ({ request, find, catalog: known })

  return {
    sees: 'data-api',
    async catalog() {
      known = await readCatalog(request)
      return known
    },
    insert: async (batch, journal) =>
      insertRows({ request, find, relation: await relationOf(batch.table) }, batch, journal),
    read,
    matching: async (table, values) => find(await relationOf(table), [values]).catch(noneOfSuchType),
    async restore({ table, key }, values) {
      const relation = await relationOf(table)
      const query = filterOf(relation, [key])
      // With this header the Data API refuses any number of rows but one, and nothing has changed then.
      const accept = 'application/vnd.pgrst.object+json'
      const prefer = 'return=representation'
      const { body: row } = await request({ method: 'PATCH', of: table, query, accept, prefer, body: values })
      if (isObject(row)) return row
      throw new TrespassError('data-api-refused', `the Data API does not show the row of ${table} that was changed`)
    },
    remove: (rows) => removeRows(removing(), rows),
    removeDependents: (rows) => removeRowsOfUsers(removing(), rows),
    schema: () => Promise.resolve(null),
    setting(name) {
      const message = `the setting ${name} is read from the database alone`
      const hint = 'Set TRESPASS_DATABASE_URL, or let a row be the marker.'
      return Promise.reject(new TrespassError('setting-unreadable', message, { hint }))
    },
    close: () => Promise.resolve(),
  }
}

async function readCatalog(request: Request): Promise<Catalog> {
  const schemas = await readSchemas(request)
  const parts = await Promise.all(
    schemas.map(async (schema) => {
      const told = await request({ method: 'GET', of: schema, accept: 'application/openapi+json' }).catch(closed)
      return catalogOf(schema, told.body)
    }),
  )
  return {
    relations: Object.assign({}, ...parts.map(({ relations }) => relations)),
    functions: Object.assign({}, ...parts.map(({ functions }) => functions)),
  }
}

async function readSchemas(request: Request): Promise<readonly string[]> {
  const said = await request({ method: 'GET', of: noSuchSchema }).then(
    () => '',
    (error: unknown) => {
      if (error instanceof TrespassError && error.code === 'data-api-refused') return error.message
      throw error
    },
  )
  const schemas = exposedSchemas(said)
  return schemas.length === 0 ? ['public'] : schemas
}

function closed(error: unknown): never {
  throw error instanceof TrespassError && error.code === 'data-api-refused' ? noDescription() : error
}

/** A relation is missing in the description if it is not exposed or the secret key has no grant on it. */
class NotShown extends UnknownName {
  override readonly hint =
    'Expose its schema and grant the table to service_role, or set TRESPASS_DATABASE_URL to do without the Data API.'

  constructor(name: string) {
    super('relation', name)
    this.message = `the Data API shows no relation ${name} to the secret key`
  }
}
