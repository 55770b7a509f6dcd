import type pg from 'pg'

const OWN = 'sandbox.before_request'

/**
 * Makes PostgREST call the sandbox's own functions before every request, and also the function that the project may have set
 * with `ALTER ROLE authenticator SET pgrst.db_pre_request`. That setting would replace the sandbox's, and a setting for the
 * role in the database outranks one for the role alone.
 *
 * @param superuser a connection as supabase_admin, after the migrations
 * @returns the name of the function for PostgREST
 */
export async function chainPreRequest(superuser: pg.Client): Promise<string> {
  const found = await superuser.query<{ name: string }>(`
    select split_part(setting, '=', 2) as name
    from pg_db_role_setting, unnest(setconfig) as setting
    where setrole = 'authenticator'::regrole
      and setdatabase in (0, (select oid from pg_database where datname = current_database()))
      and setting like 'pgrst.db\\_pre\\_request=%'
    order by setdatabase desc
    limit 1`)
  const project = found.rows[0]?.name.trim() ?? ''
  const chained = project === '' ? OWN : await chain(superuser, project)
  await superuser.query(
    `alter role authenticator in database postgres set pgrst.db_pre_request = ${superuser.escapeLiteral(chained)}`,
  )
  return chained
}

async function chain(superuser: pg.Client, project: string): Promise<string> {
  const call = project
    .split('.')
    .map((part) => superuser.escapeIdentifier(part.replaceAll('"', '')))
    .join('.')
  // The mark comes first, so that writes of the project's function belong to the attempt as well. The refusal comes last: on
  // the platform it belongs to the statement after the project's function.
  await superuser.query(`
    create function sandbox.before_request_of_project() returns void language plpgsql as $body$
    begin
      perform sandbox.mark_attempt();
      perform ${call}();
      perform sandbox.refuse_whereless();
    end
    $body$`)
  return 'sandbox.before_request_of_project'
}
