//! What has to stand before a node serves: row-level security that binds it, on every table of tenants.

use std::fmt::Write as _;

use super::{chain, refused, target::Target};
use crate::{
    base::error::{Error, Result},
    db::Limits,
};

/// The role that serves, where the login itself could see past row-level security.
pub(in crate::db) const ROLE: &str = "guildhall_app";

/// A tenant table is one whose primary key starts with `org_id`, or one of the two that have another key; whatever has a
/// policy counts too, and a view with that column. Of those that a statement finds by their names alone, wherever the
/// login's `search_path` leads.
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

/// What is said of the tenant tables for which something doesn't hold.
const WALLS: [(&str, &str); 4] = [
    (
        "row-level security isn't forced on",
        "c.relkind <> 'v' and not (c.relrowsecurity and c.relforcerowsecurity
                                   and exists (select 1 from pg_policy p where p.polrelid = c.oid))",
    ),
    // Policies are joined by OR: one that doesn't ask for the transaction's tenant opens what the others close.
    (
        "a policy of row-level security isn't about the tenant on",
        "exists (select 1 from pg_policy p,
                     unnest(array[pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)]) condition
                 where p.polrelid = c.oid and p.polpermissive and condition not like '%current_setting(''app.%')",
    ),
    // As its owner, it would see what the owner sees.
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

/// What every connection runs first, decided once.
pub(super) struct Setup(pub(super) String);

impl Setup {
    /// Verifies that row-level security will bind this login, or the role that it takes; refuses to go on otherwise.
    pub(super) async fn verified(target: &Target, limits: &Limits) -> Result<Self> {
        let client = target.connect().await?;
        let mut sql = format!(
            "set statement_timeout = {}; set idle_in_transaction_session_timeout = 60000; set jit = off;",
            limits.statement.as_millis()
        );
        let bypass = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user";
        if client.query_one(bypass, &[]).await.map_err(refused)?.get(0) {
            let _ = write!(sql, "set role {ROLE};");
            client.batch_execute(&sql).await.map_err(|e| {
                Error::internal(format!(
                    "this login could see past row-level security, and taking the role {ROLE} failed ({}): run `guildhall migrate` with it, or use a plain login",
                    chain(&e)
                ))
            })?;
            if client.query_one(bypass, &[]).await.map_err(refused)?.get(0) {
                return Err(Error::internal(format!("the role {ROLE} could see past row-level security")));
            }
        }
        for (wall, holes) in WALLS {
            let holes = client.query(&format!("{TENANT_TABLES} and {holes}"), &[]).await.map_err(refused)?;
            if !holes.is_empty() {
                let names: Vec<String> = holes.iter().map(|row| row.get(0)).collect();
                return Err(Error::internal(format!("{wall}: {}", names.join(", "))));
            }
        }
        Ok(Self(sql))
    }
}
