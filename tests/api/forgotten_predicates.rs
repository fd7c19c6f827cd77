//! Row-level security under the statements of the sources: each with its conditions forgotten, so that it would read or
//! change every tenant's rows. What `insert … values` puts in is tried in `row_security.rs`, with another's rows.

use std::{collections::BTreeSet, ops::ControlFlow};

use sqlparser::{
    ast::{
        AssignmentTarget, Expr, Ident, Insert, JoinConstraint, JoinOperator, Query, Select, SetExpr,
        Statement, Value, VisitMut, VisitorMut, visit_relations,
    },
    dialect::PostgreSqlDialect,
    parser::Parser,
};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::{
    row_security::{filled, tenant_tables},
    statements::{Schema, Sources, statements},
    support::{Engine, Org, TestApp, run},
};

/// Takes out whatever a statement compares with its parameters.
#[derive(Default)]
struct Forgetting {
    /// Whether the next query is one value of another, which can't be several.
    is_value: bool,
}

/// Makes true what compares with a parameter.
fn forget(condition: &mut Expr) {
    match condition {
        Expr::BinaryOp { left, op, right } if ["AND", "OR"].contains(&op.to_string().as_str()) => {
            forget(left);
            forget(right);
        }
        Expr::Nested(inner) => forget(inner),
        // What is asked inside forgets by itself.
        Expr::Exists { negated: false, .. } => {}
        Expr::InSubquery { expr, negated: false, .. } if !expr.to_string().contains('$') => {}
        other if other.to_string().contains('$') => *other = Expr::value(Value::Boolean(true)),
        _ => {}
    }
}

impl VisitorMut for Forgetting {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if !std::mem::take(&mut self.is_value) {
            query.limit_clause = None;
            query.order_by = None;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        self.is_value = matches!(expression, Expr::Subquery(_));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        select.selection.iter_mut().for_each(forget);
        for join in select.from.iter_mut().flat_map(|from| &mut from.joins) {
            if let JoinOperator::Join(JoinConstraint::On(on))
            | JoinOperator::Inner(JoinConstraint::On(on))
            | JoinOperator::Left(JoinConstraint::On(on))
            | JoinOperator::LeftOuter(JoinConstraint::On(on)) = &mut join.join_operator
            {
                forget(on);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &mut Statement) -> ControlFlow<()> {
        match statement {
            Statement::Update(update) => {
                update.selection.iter_mut().for_each(forget);
                for set in update.assignments.iter_mut().filter(|set| set.value.to_string().contains('$')) {
                    let AssignmentTarget::ColumnName(column) = &set.target else { panic!("{set}") };
                    set.value = Expr::Identifier(Ident::new(column.to_string()));
                }
            }
            Statement::Delete(delete) => delete.selection.iter_mut().for_each(forget),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if matches!(expression, Expr::Value(value) if matches!(value.value, Value::Placeholder(_))) {
            *expression = Expr::value(Value::Null);
        }
        ControlFlow::Continue(())
    }
}

/// A statement without its conditions; of an insert, what it reads. `None` if it names no tenant's table.
fn forgetful(sql: &str, schema: &Schema) -> Option<String> {
    let mut parsed = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap().remove(0);
    if let Statement::Insert(Insert { source, .. }) = parsed {
        parsed = Statement::Query(source.filter(|source| !matches!(*source.body, SetExpr::Values(_)))?);
    }
    let mut names_tenants = false;
    let _ = visit_relations(&parsed, |name| {
        names_tenants |= schema.column(&name.to_string()).is_some();
        ControlFlow::<()>::Continue(())
    });
    let _ = parsed.visit(&mut Forgetting::default());
    let sql = parsed.to_string();
    assert!(!sql.contains('$'), "{sql}");
    names_tenants.then_some(sql)
}

/// What a statement came to: its rows as texts, in no order, and how many it touched; or why it was refused.
type Outcome = Result<(Vec<String>, u64), String>;

struct World {
    client: Client,
    inside: Org,
    /// Takes away every row of the other tenants.
    alone: String,
}

impl World {
    async fn of(app: &TestApp) -> Self {
        let (inside, client) = (filled(app, "Beta").await, app.database.postgres().await);
        let away = tenant_tables(&client).await.into_iter();
        let away =
            away.map(|(table, column)| format!("delete from {table} where {column} <> '{}'", inside.id));
        let alone = away.collect::<Vec<_>>().join("; ");
        Self { client, inside, alone }
    }

    async fn does(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap();
    }

    /// What a statement comes to inside the one organization, beside the others and without them. Foreign keys and
    /// triggers, which would stop some statements before the wall does, are off.
    async fn twice(&self, role: &str, sql: &str) -> [Outcome; 2] {
        let inside = &self.inside.id;
        let enter = format!("savepoint entering; set local role {role}; set local app.org_id = '{inside}'");
        self.does("begin; set local session_replication_role = replica").await;
        self.does(&enter).await;
        let beside = self.outcome(sql).await;
        self.does("rollback to entering").await;
        self.does(&self.alone).await;
        self.does(&enter).await;
        let alone = self.outcome(sql).await;
        self.does("rollback").await;
        [beside, alone]
    }

    async fn outcome(&self, sql: &str) -> Outcome {
        let messages = self.client.simple_query(sql).await;
        let messages = messages.map_err(|error| error.as_db_error().unwrap().to_string())?;
        let (mut rows, mut touched) = (Vec::new(), 0);
        for message in &messages {
            match message {
                SimpleQueryMessage::Row(row) => {
                    rows.push(
                        (0..row.len()).map(|at| row.get(at).unwrap_or("null")).collect::<Vec<_>>().join(" "),
                    );
                }
                SimpleQueryMessage::CommandComplete(count) => touched += count,
                _ => {}
            }
        }
        rows.sort_unstable();
        Ok((rows, touched))
    }
}

#[test]
fn a_statement_that_forgets_its_tenant_comes_to_the_same_beside_other_tenants_and_without_them() {
    run(Engine::Postgres, async |app: TestApp| {
        let all = statements(&app, &Sources::read()).await;
        let others = filled(&app, "Gamma").await;
        let archived = others.project("Old").await["key"].as_str().unwrap().to_owned();
        others.founder.posts(others.path(&format!("/projects/{archived}/archive"))).await.is(200);
        let world = World::of(&app).await;
        let schema = Schema::of(&world.client).await;
        let forgetful: BTreeSet<String> = all.iter().filter_map(|sql| forgetful(sql, &schema)).collect();
        let mut reaching = 0;
        for sql in &forgetful {
            let [beside, alone] = world.twice("guildhall_app", sql).await;
            assert!(beside.is_ok(), "{beside:?}: {sql}");
            assert_eq!(beside, alone, "row-level security doesn't hold {sql}");
            // Without the wall it does reach the others.
            let [beside, alone] = world.twice("none", sql).await;
            reaching += usize::from(beside != alone);
        }
        assert!(forgetful.len() >= 90 && reaching >= 80, "{reaching} of {} statements", forgetful.len());
    });
}
