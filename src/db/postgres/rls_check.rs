//! The check before a node serves: row-level security must be in force for its login on every table with data of
//! organizations.

use std::{fmt::Write as _, time::Duration};

use super::{chain, refused, server_check::settings, target::Target};
use crate::{
    base::error::{Error, Result},
    db::Limits,
};

/// The role that a connection switches to if its login could bypass row-level security.
pub(in crate::db) const ROLE: &str = "guildhall_app";

/// Selects the tenant tables: those whose primary key starts with `org_id`, `organizations` and `user_orgs`, which have
/// other keys, all tables with a policy, and all views with a column `org_id`. Only tables on the login's `search_path`
/// count, because statements name tables without a schema.
const TENANT_TABLES: &str = "select c.relname::text from pg_class c
    where pg_table_is_visible(c.oid)
      and (c.relkind in ('r', 'p')
           and (c.relname in ('organizations', 'user_orgs')
                or exists (select 1 from pg_policy p where p.polrelid = c.oid)
                or exists (select 1 from pg_index i join pg_attribute a on a.attrelid = c.oid
                           where i.indrelid = c.oid and i.indisprimary and a.attnum = i.indkey[0]
                             and a.attname = 'org_id'))
           or c.relkind = 'v'
              and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id'))";

/// Selects the login's search path, as SQL.
const SCHEMAS: &str = "select string_agg(quote_ident(name), ', ' order by place)
    from unnest(current_schemas(false)) with ordinality as schemas (name, place)";

/// The checks of tenant tables: each is an error text and the condition that selects the tables that fail.
const CHECKS: [(&str, &str); 4] = [
    (
        "row-level security isn't forced on",
        "c.relkind <> 'v' and not (c.relrowsecurity and c.relforcerowsecurity
                                   and exists (select 1 from pg_policy p where p.polrelid = c.oid))",
    ),
    // Permissive policies are combined with OR: one that isn't exactly the comparison with the transaction's
    // organization or user would allow the rows that the others exclude. They are compared as PostgreSQL prints them. Those
    // for the role that `pg_dump` uses don't concern a login that isn't a member of it.
    (
        "a policy of row-level security isn't about the tenant on",
        r#"exists (select 1 from pg_policy p,
                       unnest(array[pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)]) condition
                   where p.polrelid = c.oid and p.polpermissive
                     and not exists (select 1 from pg_roles r where r.rolname = 'guildhall_backup'
                                     and p.polroles = array[r.oid] and not pg_has_role(r.oid, 'usage'))
                     and condition <> '(' || case c.relname when 'organizations' then 'id' else 'org_id' end
                                          || ' = (current_setting(''app.org_id''::text))::uuid)'
                     and not (c.relname = 'ledger' and p.polcmd = 'd' and condition =
                         '(org_id = (NULLIF(current_setting(''app.purged_org''::text, true), ''''::text))::uuid)')
                     and not (c.relname = 'user_orgs' and regexp_replace(condition, ' AS "\w+"', '', 'g') =
                         '((user_id = ( SELECT (NULLIF(current_setting(''app.user_id''::text, true), ''''::text))::uuid)) OR (org_id = ( SELECT (NULLIF(current_setting(''app.org_id''::text, true), ''''::text))::uuid)))'))"#,
    ),
    // Without `security_invoker`, a view reads with the rights of its owner.
    (
        "row-level security isn't the caller's in the view",
        "c.relkind = 'v' and not exists (select 1 from pg_options_to_table(c.reloptions) o
                                         where o.option_name = 'security_invoker' and o.option_value::boolean)",
    ),
    (
        "this login may not read and write",
        "not (has_table_privilege(c.oid, 'select')
              and (c.relkind = 'v' or has_table_privilege(c.oid, 'insert')))",
    ),
];

/// What every connection runs first. It is determined once, at the start.
pub(super) struct Setup {
    pub(super) sql: String,
    /// How long the server lets a statement run.
    pub(super) statement: Duration,
}

impl Setup {
    /// Verifies that row-level security applies to this login, or to the role that it switches to. Returns an error
    /// otherwise.
    pub(super) async fn verified(target: &Target, limits: &Limits) -> Result<Self> {
        let client = target.connect().await?;
        let mut sql = settings(limits.statement);
        let bypass = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user";
        if client.query_one(bypass, &[]).await.map_err(refused)?.get(0) {
            // "$user" on the search path would stand for the other role then.
            let path = client.query_one(SCHEMAS, &[]).await.map_err(refused)?;
            let _ = write!(sql, "set search_path = {}; set role {ROLE};", path.get::<_, &str>(0));
            client.batch_execute(&sql).await.map_err(|e| {
                Error::internal(format!(
                    "this login could see past row-level security, and taking the role {ROLE} failed ({}): run `guildhall migrate` with it, or use a plain login",
                    chain(&e)
                ))
            })?;
            if client.query_one(bypass, &[]).await.map_err(refused)?.get(0) {
                return Err(Error::internal(format!("the role {ROLE} could see past row-level security")));
            }
        } else {
            client.batch_execute(&sql).await.map_err(refused)?;
        }
        for (finding, condition) in CHECKS {
            let tables =
                client.query(&format!("{TENANT_TABLES} and {condition}"), &[]).await.map_err(refused)?;
            if !tables.is_empty() {
                let names: Vec<String> = tables.iter().map(|row| row.get(0)).collect();
                return Err(Error::internal(format!("{finding}: {}", names.join(", "))));
            }
        }
        Ok(Self { sql, statement: limits.statement })
    }
}
