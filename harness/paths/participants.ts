import { z } from 'zod'

/** A key of every operation that may bring rows which are not the run's. */
export const others = z
  .literal('allow')
  .optional()
  .describe('rows of others come along by design, such as public posts: they are counted and are no finding')
