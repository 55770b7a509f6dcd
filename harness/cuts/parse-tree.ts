import { z } from 'zod'

const range = z.object({ schemaname: z.string().optional(), relname: z.string() })
const words = z.array(z.looseObject({ String: z.object({ sval: z.string() }).optional() }))

/** The fields of a node of PostgreSQL's parse tree that are read; the names are those of its `parsenodes.h`. */
const nodeSchema = z.looseObject({
  kind: z.string().optional(),
  concurrent: z.boolean().optional(),
  is_grant: z.boolean().optional(),
  is_vacuumcmd: z.boolean().optional(),
  replace: z.boolean().optional(),
  target: z.string().optional(),
  removeType: z.string().optional(),
  renameType: z.string().optional(),
  objtype: z.string().optional(),
  newVal: z.string().optional(),
  oldVal: z.string().optional(),
  relation: range.optional(),
  view: range.optional(),
  // Of a policy; a node of another type has something else under this name.
  table: range.optional().catch(undefined),
  idxname: z.string().optional(),
  policy_name: z.string().optional(),
  trigname: z.string().optional(),
  funcname: words.optional().catch(undefined),
  typeName: words.optional().catch(undefined),
  objects: z
    .array(
      z.looseObject({
        List: z.object({ items: words }).optional(),
      }),
    )
    .optional(),
  params: z.array(z.object({ DefElem: z.object({ defname: z.string() }) })).optional(),
  options: z.array(z.looseObject({ DefElem: z.looseObject({ defname: z.string() }).optional() })).optional(),
  cmds: z
    .array(
      z.object({
        AlterTableCmd: z.looseObject({
          subtype: z.string(),
          def: z
            .looseObject({ PartitionCmd: z.looseObject({ concurrent: z.boolean().optional() }).optional() })
            .optional(),
        }),
      }),
    )
    .optional(),
})

export type Node = z.output<typeof nodeSchema>

/** A parse tree. Locations and lengths are in bytes; zeros are left out, and a length of zero means "to the end". */
export const treeSchema = z.object({
  stmts: z
    .array(
      z.object({
        stmt: z.record(z.string(), nodeSchema),
        stmt_location: z.number().default(0),
        stmt_len: z.number().default(0),
      }),
    )
    .default([]),
})

/** The parser's error; the position counts characters from 0. */
export const parseErrorSchema = z.object({
  sqlDetails: z.object({ message: z.string(), cursorPosition: z.number() }),
})
