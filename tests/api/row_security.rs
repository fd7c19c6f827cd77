//! PostgreSQL's row-level security alone: what the server's role could do with a forgotten predicate. And the ledger,
//! which nobody rewrites on either engine.

use guildhall::db::{Db, Limits};
use reqwest::Method;
use serde_json::json;
use tokio_postgres::{Client, error::SqlState};

use crate::support::{Engine, Org, TestApp, run};

/// What a statement came to: the rows that it touched, or why it was refused.
async fn touches(client: &Client, sql: &str) -> Result<u64, SqlState> {
    let touched = client.execute(sql, &[]).await;
    touched.map_err(|error| error.code().unwrap().clone())
}

/// The tables of tenants, with the column that names the organization.
pub async fn tenant_tables(client: &Client) -> Vec<(String, &'static str)> {
    let sql = "select c.relname::text from pg_class c
               where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                 and (c.relname in ('organizations', 'user_orgs')
                      or exists (select 1 from pg_index i join pg_attribute a on a.attrelid = c.oid
                                 where i.indrelid = c.oid and i.indisprimary and a.attnum = i.indkey[0]
                                   and a.attname = 'org_id'))
               order by 1";
    let tables = client.query(sql, &[]).await.unwrap();
    let named = |table: String| {
        let column = if table == "organizations" { "id" } else { "org_id" };
        (table, column)
    };
    let tables: Vec<_> = tables.iter().map(|row| named(row.get(0))).collect();
    assert!(tables.len() >= 12, "{tables:?}");
    tables
}

/// An organization with a row in every table.
pub async fn filled(app: &TestApp, name: &str) -> Org {
    let founder = app.signs_up(&format!("Founder of {name}")).await;
    let org = founder.founds(name).await;
    org.gets(&format!("Member of {name}"), "member").await;
    let invited = json!({ "email": "invited@example.com", "role": "member" });
    let invitation = founder.post(org.path("/invitations"), invited).await.is(201);
    let resent = format!("/invitations/{}/resend", invitation["id"].as_str().unwrap());
    founder.posts(org.path(&resent)).await.is(200);
    let key = org.private_project("Web").await["key"].as_str().unwrap().to_owned();
    let label = org.label("Label").await;
    let task = json!({ "title": "A task", "assignee_ids": [founder.id], "label_ids": [label] });
    let task = founder.post(org.path(&format!("/projects/{key}/tasks")), task).await.is(201);
    let comments = org.path(&format!("/tasks/{}/comments", task["key"].as_str().unwrap()));
    let keyed = [("idempotency-key", "key")];
    let comment = json!({ "body": "A comment" });
    let comment = founder.send(Method::POST, &comments, &keyed, Some(comment)).await.is(201);
    let comment = format!("{comments}/{}", comment["id"].as_str().unwrap());
    founder.put(format!("{comment}/reactions/%F0%9F%91%8D")).await.is(200);
    founder.patch(&comment, json!({ "body": "An edited comment" })).await.is(200);
    let other =
        founder.post(org.path(&format!("/projects/{key}/tasks")), json!({ "title": "Other" })).await.is(201);
    let link = json!({ "kind": "blocks", "task_id": other["id"] });
    founder.post(org.path(&format!("/tasks/{}/links", task["key"].as_str().unwrap())), link).await.is(201);
    org
}

/// Two organizations with rows in every table, and a connection in the server's role.
struct World {
    app: TestApp,
    a: Org,
    b: Org,
    admin: Client,
    server: Client,
    tables: Vec<(String, &'static str)>,
}

impl World {
    async fn of(app: TestApp) -> Self {
        let (a, b) = (filled(&app, "Acme").await, filled(&app, "Beta").await);
        let (admin, server) = (app.database.postgres().await, app.database.postgres().await);
        let tables = tenant_tables(&admin).await;
        for (table, column) in &tables {
            for org in [&a, &b] {
                let count = format!("select count(*) from {table} where {column} = '{}'", org.id);
                let count: i64 = admin.query_one(&count, &[]).await.unwrap().get(0);
                assert!(count > 0, "fill {table} too");
            }
            // What a hostile statement would put in.
            let copy = format!(
                "create table stolen_{table} as select * from {table} where {column} = '{}';
                 grant select on stolen_{table} to guildhall_app",
                a.id
            );
            admin.batch_execute(&copy).await.unwrap();
        }
        server.batch_execute("set role guildhall_app").await.unwrap();
        Self { app, a, b, admin, server, tables }
    }

    /// What one statement does in a transaction of its own, set up as told.
    async fn tries(&self, setting: &str, sql: &str) -> Result<u64, SqlState> {
        self.server.batch_execute(&format!("begin; {setting}")).await.unwrap();
        let touched = touches(&self.server, sql).await;
        self.server.batch_execute("rollback").await.unwrap();
        touched
    }
}

const DENIED: Result<u64, SqlState> = Err(SqlState::INSUFFICIENT_PRIVILEGE);

#[test]
fn inside_one_organization_anothers_rows_are_out_of_reach() {
    run(Engine::Postgres, async |app: TestApp| {
        let world = World::of(app).await;
        let (a, inside_b) = (&world.a.id, format!("set local app.org_id = '{}'", world.b.id));
        for (table, column) in &world.tables {
            let own = world.tries(&inside_b, &format!("select * from {table}")).await.unwrap();
            assert!(own > 0, "{table}");
            for sql in [
                format!("select * from {table} where {column} = '{a}'"),
                format!("select * from {table} where {column} <> '{}'", world.b.id),
            ] {
                assert_eq!(world.tries(&inside_b, &sql).await, Ok(0), "{sql}");
            }
            for sql in [
                format!("update {table} set {column} = {column} where {column} = '{a}'"),
                format!("delete from {table} where {column} = '{a}'"),
            ] {
                let touched = world.tries(&inside_b, &sql).await;
                let appended_only =
                    ["ledger", "ledger_texts", "org_security_events"].contains(&table.as_str());
                assert!(touched == Ok(0) || (appended_only && touched == DENIED), "{sql}: {touched:?}");
            }
            for sql in [
                format!("insert into {table} select * from stolen_{table}"),
                format!("update {table} set {column} = '{a}'"),
            ] {
                assert_eq!(world.tries(&inside_b, &sql).await, DENIED, "{sql}");
            }
        }
        let sight = format!("select * from project_sight where org_id = '{a}'");
        assert_eq!(world.tries(&inside_b, &sight).await, Ok(0));
        let own = format!("select * from project_sight where org_id = '{}'", world.b.id);
        assert!(world.tries(&inside_b, &own).await.unwrap() > 0);
    });
}

#[test]
fn inside_none_no_row_is_in_reach() {
    run(Engine::Postgres, async |app: TestApp| {
        let world = World::of(app).await;
        let nobody = "set local app.user_id = '01890000-0000-7000-8000-000000000000'";
        // Before any transaction entered an organization, and after one did: the setting is then an empty text.
        for _ in 0..2 {
            for (table, column) in &world.tables {
                for sql in [
                    format!("select * from {table}"),
                    format!("select * from {table} where {column} = '{}'", world.a.id),
                    format!("update {table} set {column} = {column}"),
                    format!("delete from {table}"),
                ] {
                    for setting in ["", nobody] {
                        let touched = world.tries(setting, &sql).await;
                        assert!(matches!(touched, Ok(0) | Err(_)), "{sql}: {touched:?}");
                    }
                }
                let insert = format!("insert into {table} select * from stolen_{table}");
                assert!(world.tries("", &insert).await.is_err(), "{insert}");
            }
            let entered = format!("set local app.org_id = '{}'", world.b.id);
            world.tries(&entered, "select * from memberships").await.unwrap();
        }
    });
}

#[test]
fn a_person_finds_their_own_organizations_and_no_others() {
    run(Engine::Postgres, async |app: TestApp| {
        let world = World::of(app).await;
        let setting = format!("set local app.user_id = '{}'", world.a.founder.id);
        assert_eq!(world.tries(&setting, "select * from user_orgs").await, Ok(1));
        let others = format!("select * from user_orgs where user_id <> '{}'", world.a.founder.id);
        assert_eq!(world.tries(&setting, &others).await, Ok(0));
    });
}

#[test]
fn nobody_rewrites_the_ledger_on_postgres() {
    run(Engine::Postgres, async |app: TestApp| {
        let world = World::of(app).await;
        let inside = format!("set local app.org_id = '{}'", world.a.id);
        assert!(world.tries(&inside, "select * from ledger").await.unwrap() > 0);
        // What goes only with its organization isn't there for deleting.
        assert_eq!(world.tries(&inside, "delete from ledger").await, Ok(0));
        for sql in [
            "update ledger set at = 0",
            "truncate ledger",
            "update ledger_texts set texts = ''",
            "truncate ledger_texts",
            "update schema_migrations set version = 0",
        ] {
            assert_eq!(world.tries(&inside, sql).await, DENIED, "{sql}");
        }
    });
}

#[test]
fn nobody_rewrites_the_ledger_on_sqlite() {
    run(Engine::Sqlite, async |app: TestApp| {
        filled(&app, "Acme").await;
        let conn = app.database.sqlite();
        for sql in ["update ledger set at = 0", "delete from ledger", "update ledger_texts set texts = ''"] {
            let refusal = conn.execute(sql, []).unwrap_err().to_string();
            assert!(refusal.contains("append-only"), "{sql}: {refusal}");
        }
    });
}

#[test]
fn the_server_does_not_start_where_a_wall_is_missing() {
    run(Engine::Postgres, async |app: TestApp| {
        let world = World::of(app).await;
        let opens = async || {
            Db::open(&world.app.database.location(), &Limits { connections: 1, ..Limits::default() }).await
        };
        opens().await.unwrap();
        for (table, _) in &world.tables {
            for hole in ["disable row level security", "no force row level security"] {
                let mend = "enable row level security, force row level security";
                world.admin.batch_execute(&format!("alter table {table} {hole}")).await.unwrap();
                let refusal = opens().await.err().unwrap_or_else(|| panic!("starts with {hole} on {table}"));
                assert!(refusal.to_string().contains(table.as_str()), "{refusal}");
                world.admin.batch_execute(&format!("alter table {table} {mend}")).await.unwrap();
            }
        }
        for (table, column) in &world.tables {
            world
                .admin
                .batch_execute(&format!(
                    "drop policy tenant on {table}; alter table {table} disable row level security"
                ))
                .await
                .unwrap();
            let refusal = opens().await.err().unwrap_or_else(|| panic!("starts without a policy on {table}"));
            assert!(refusal.to_string().contains(table.as_str()), "{refusal}");
            let mend = format!(
                "alter table {table} enable row level security, force row level security;
                 create policy tenant on {table} using ({column} = current_setting('app.org_id')::uuid)"
            );
            world.admin.batch_execute(&mend).await.unwrap();
        }
        opens().await.unwrap();
        for (table, column) in &world.tables {
            let own = format!("{column} = current_setting('app.org_id')::uuid");
            for hole in [
                format!("using ({own} or true)"),
                format!("using ({own} or current_setting('app.org_id') <> '')"),
                format!("using ({column} <> current_setting('app.org_id')::uuid)"),
                format!("using ({column}::text like '%' || current_setting('app.org_id'))"),
                format!("using ({own}) with check (true)"),
                "for insert with check (current_setting('app.org_id') is not null)".into(),
                "for select using (true)".into(),
                format!("for select to guildhall_app using ({own} or true)"),
                format!(
                    "for select using ({column} = nullif(current_setting('app.purged_org', true), '')::uuid)"
                ),
            ] {
                world.admin.batch_execute(&format!("create policy hole on {table} {hole}")).await.unwrap();
                let refusal = opens().await.err().unwrap_or_else(|| panic!("starts with {hole} on {table}"));
                assert!(refusal.to_string().contains(table.as_str()), "{refusal}");
                world.admin.batch_execute(&format!("drop policy hole on {table}")).await.unwrap();
            }
            // What only narrows, or allows the same once more, is no hole.
            for wall in [
                format!("as restrictive using ({column} is not null)"),
                format!("using ({own}) with check ({own})"),
            ] {
                world.admin.batch_execute(&format!("create policy wall on {table} {wall}")).await.unwrap();
                opens().await.unwrap();
                world.admin.batch_execute(&format!("drop policy wall on {table}")).await.unwrap();
            }
        }
        let new = "create table notes (org_id uuid, id uuid, primary key (org_id, id)); grant select on notes to guildhall_app";
        world.admin.batch_execute(new).await.unwrap();
        assert!(opens().await.is_err_and(|refusal| refusal.to_string().contains("notes")));
    });
}
