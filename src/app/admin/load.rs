//! The organizations that cost a node most, as the operator sees them.

use std::cmp::Reverse;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

use super::store;
use crate::{
    access::{ByOperator, Cost, MINUTES, SystemTx},
    app::job_log::JobLog,
    base::{
        clock::Time,
        error::Result,
        json::{EXACT, ParseError, one_of},
        list::Whole,
    },
    http::{
        answer,
        input::{Input as _, Query},
    },
    workspace::orgs::OrgName,
};

/// The maximum number of organizations that are told.
const MOST: usize = 50;

/// What organizations cost the node that answers: not those behind other nodes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminLoad {
    /// The time at which the node started that answers. It counted nothing before.
    pub started_at: Time,
    /// The time since which was counted.
    pub since: Time,
    /// What all organizations together cost.
    pub total: AdminCost,
    /// The organizations that cost most, at most 50, the first one most. Where more than 200 were busy in a minute, what is told of
    /// each is at least so much.
    pub organizations: Vec<AdminOrganizationLoad>,
}

/// What transactions cost. Every request in an organization is one, and so is every look of an event stream.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminCost {
    /// How often one ran. One that took long, or met another, was begun again and counts again.
    #[schemars(range(max = EXACT))]
    pub transactions: u64,
    /// How long they ran, in milliseconds. Commits don't count: writes share them.
    #[schemars(range(max = EXACT))]
    pub database_ms: u64,
    /// How long they waited for a connection, in milliseconds.
    #[schemars(range(max = EXACT))]
    pub waiting_ms: u64,
}

impl From<Cost> for AdminCost {
    fn from(cost: Cost) -> Self {
        let Cost { transactions, ran, waited } = cost;
        Self { transactions, database_ms: ran / 1_000, waiting_ms: waited / 1_000 }
    }
}

/// What an organization costs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminOrganizationLoad {
    /// The organization.
    pub organization: OrgName,
    /// What its transactions cost.
    #[serde(flatten)]
    pub cost: AdminCost,
}

/// What the organizations are sorted by.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema, EnumString, IntoStaticStr, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<LoadOrder>)]
pub enum LoadOrder {
    /// How long their transactions ran.
    #[default]
    DatabaseMs,
    /// How long these waited.
    WaitingMs,
    /// How many there were.
    Transactions,
}

impl LoadOrder {
    const fn of(self, cost: &Cost) -> u64 {
        match self {
            Self::DatabaseMs => cost.ran,
            Self::WaitingMs => cost.waited,
            Self::Transactions => cost.transactions,
        }
    }
}

/// A number of minutes, 1 to 60. The default is 10.
pub type Minutes = Whole<MINUTES, 10>;

/// What is to be told of the load.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminLoadFilters {
    /// How many whole minutes are counted, besides the one that has begun, 1 to 60. The default is 10.
    #[serde(default)]
    pub minutes: Minutes,
    /// What the organizations are sorted by, the highest first: `database_ms` by default, `waiting_ms` or `transactions`.
    #[serde(default)]
    pub sort: LoadOrder,
}

pub async fn get(
    operator: ByOperator,
    State(log): State<JobLog>,
    query: Query<AdminLoadFilters>,
) -> Result<answer::Ok<AdminLoad>> {
    let AdminLoadFilters { minutes, sort } = query.open(Uuid::nil())?;
    let told = operator.costs(minutes.0);
    let mut costs = told.orgs;
    costs.sort_by_key(|(org, cost)| (Reverse(sort.of(cost)), *org));
    let read = async move |tx: &SystemTx| {
        let mut organizations = Vec::new();
        for (id, cost) in &costs {
            // Whatever a path names is counted, also where there is no organization of this id.
            let Some(org) = store::org(&tx.peek(*id)).await? else { continue };
            let organization = OrgName { id: org.id, name: org.name, slug: org.slug };
            organizations.push(AdminOrganizationLoad { organization, cost: (*cost).into() });
            if organizations.len() == MOST {
                break;
            }
        }
        Ok(organizations)
    };
    let organizations = operator.public().read(read).await?;
    let (started_at, since, total) = (log.since, told.since, told.all.into());
    Ok(answer::Ok(AdminLoad { started_at, since, total, organizations }))
}
