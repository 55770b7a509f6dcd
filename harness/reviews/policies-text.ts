import { schemaChangeInWords } from '../evidence/schema-diff.ts'
import { counted, type Line, type Section, some } from './document.ts'
import type { CalledFunction, CommandReview, RoleReview, TableReview } from './policies.ts'
import type { Proof } from './tried.ts'

/** Cells named for one proof; the JSON form has all of them. */
const named = 5

/** @returns the review of policies, table by table: what is to be looked at first, then what each command comes to. */
export function policySections(tables: readonly TableReview[]): readonly Section[] {
  if (tables.length === 0) return [{ title: 'No table to review', lines: [{ text: 'no exposed table fits' }] }]
  return tables.map((table) => ({
    title: `table ${table.table}: row security ${table.rowSecurity}`,
    lines: [
      ...table.findings.map(({ code, text }) => ({ text: `${code}: ${text}` })),
      ...table.commands.map(commandLine),
      ...(table.functions.length === 0
        ? []
        : [{ text: 'functions that policies call', under: table.functions.map(functionLine) }]),
    ],
  }))
}

function commandLine({ command, roles }: CommandReview): Line {
  return { text: command, under: roles.map(roleLine) }
}

function roleLine({ role, granted, permissive, restrictive, clauses, proof }: RoleReview): Line {
  const parts = [
    counted(permissive.length, 'permissive policy', 'permissive policies'),
    ...(restrictive.length === 0 ? [] : [counted(restrictive.length, 'restrictive policy', 'restrictive policies')]),
    ...(granted ? [] : ['no grant']),
  ]
  return {
    text: `${role}: ${parts.join(', ')}`,
    under: [
      ...(permissive.length < 2 ? [] : [{ text: `any of: ${permissive.map(quoted).join(', ')}` }]),
      ...(restrictive.length === 0 ? [] : [{ text: `and all of: ${restrictive.map(quoted).join(', ')}` }]),
      ...clauses.flatMap(({ clause, sql, words }): Line[] => [
        { text: `${clause === 'using' ? 'a row is reached' : 'a new row is accepted'} when: ${words}` },
        { text: clause, code: `(${sql})` },
      ]),
      ...(proof === null ? [] : [{ text: proofInWords(proof) }]),
    ],
  }
}

/** @returns which cells prove a denial, in a sentence. */
function proofInWords(proof: Proof): string {
  switch (proof.kind) {
    case 'no-report':
      return 'no cell proves a denial: there is no report'
    case 'none':
      return 'no cell proves a denial'
    case 'proven':
      return `denials are proven by ${counted(proof.cells.length, 'cell', 'cells')}: ${some(proof.cells, named)}`
    case 'failed':
      return `${counted(proof.cells.length, 'cell does', 'cells do')} not hold: ${some(proof.cells, named)}`
    case 'outdated': {
      const why =
        proof.changes === null
          ? 'the report does not say which schema it met'
          : `since the report, ${some(proof.changes.map(schemaChangeInWords), 3)}`
      return `no cell proves a denial in this schema: ${why} (${some(proof.cells, named)})`
    }
  }
}

function functionLine({ function: name, runsAs, bypasses, searchPath, execute, policies }: CalledFunction): Line {
  const parts = [
    `runs as ${runsAs}${bypasses ? ', past row security' : ''}`,
    searchPath === null ? 'sets no search_path' : `search_path = ${searchPath}`,
    execute.length === 0 ? 'no API role may execute it' : `executed by ${execute.join(', ')}`,
    `called by ${policies.map(quoted).join(', ')}`,
  ]
  return { text: `${name}: ${parts.join('; ')}` }
}

function quoted(name: string): string {
  return `"${name}"`
}
