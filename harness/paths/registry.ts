import { auth } from './auth/index.ts'
import { dataApi } from './data-api/index.ts'
import { edgeFunctions } from './edge-functions/index.ts'
import { graphql } from './graphql/index.ts'
import { http } from './http/index.ts'
import { jobs } from './jobs/index.ts'
import type { AccessPath } from './path.ts'
import { postgres } from './postgres/index.ts'
import { realtime } from './realtime/index.ts'
import { rpc } from './rpc/index.ts'
import { storage } from './storage/index.ts'

/** Every access path. The only place that names them. */
export const paths: readonly AccessPath[] = [
  dataApi,
  rpc,
  storage,
  realtime,
  postgres,
  http,
  edgeFunctions,
  auth,
  graphql,
  jobs,
]
