//! Batches: up to 100 writes to one organization in one transaction.

mod dispatch;
mod reference;

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use strum::{EnumString, VariantNames};

use self::{
    dispatch::{Dispatcher, Prepared},
    reference::Name,
};
use crate::{
    access::{Access, OrgTx, OrgWrite, actions},
    app::App,
    base::{
        error::{Error, FieldError, Result, StoredAnswer},
        json::{self, ParseError, one_of},
    },
    http::{
        answer::{self, Secret},
        edge::Edge,
        input::{DryRun, Json, Params, Query, Rehearse as _},
        rate::Caller,
    },
};

actions! {
    RunBatch: See on ();
}

/// The most operations of a batch.
const MOST: usize = 100;

/// A request to run several operations in one transaction.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The operations, in the order in which they run: at least one.
    #[serde(deserialize_with = "up_to_most")]
    #[schemars(length(min = 1, max = 100))]
    pub operations: Vec<BatchOperation>,
}

fn up_to_most<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<BatchOperation>, D::Error> {
    json::up_to(MOST, "too_long", deserializer)
}

/// One operation of a batch: a request that changes something in the organization.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchOperation {
    /// The method of the request.
    pub method: Method,
    /// The path and the query of the request, from the organization on: `/tasks/WEB-142`. The whole path does too. In place of
    /// an id, a name in braces stands for what an earlier operation creates: `/tasks/{name}/comments`.
    #[schemars(length(min = 1, max = 2000))]
    pub path: String,
    /// The body of the request. In place of an id, the object `{"$ref": "name"}` stands for what an earlier operation
    /// creates.
    #[serde(default)]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub body: Option<Box<RawValue>>,
    /// The version that the object must have, as in the header `If-Match`.
    #[serde(default)]
    pub if_match: Option<String>,
    /// A name for what the operation creates, to which later operations refer: 1 to 64 letters, digits, hyphens and
    /// underscores. It goes with a POST that takes an `id`.
    #[serde(default, rename = "ref")]
    #[schemars(with = "Option<String>", length(min = 1, max = 64), regex(pattern = "^[A-Za-z0-9_-]+$"))]
    pub name: Option<Name>,
}

/// The method of an operation of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, EnumString, VariantNames)]
#[schemars(rename = "BatchMethod", rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE", parse_err_ty = ParseError, parse_err_fn = one_of::<Method>)]
pub enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

impl From<Method> for axum::http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
        }
    }
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::parsed(deserializer)
    }
}

/// The results of a batch, in the order of its operations.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BatchResults {
    /// A result for each operation.
    pub results: Vec<BatchResult>,
}

/// The result of an operation: what the request would have been answered on its own.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BatchResult {
    /// The HTTP status: that of a success.
    #[schemars(range(min = 200, max = 299))]
    pub status: u16,
    /// The body; `null` if there is none.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub body: Option<Box<RawValue>>,
}

impl BatchResult {
    fn of(answer: StoredAnswer) -> Result<Self> {
        let body = Some(answer.body).filter(|body| !body.is_empty());
        let body = body.map(RawValue::from_string).transpose().map_err(Error::internal)?;
        Ok(Self { status: answer.status, body })
    }
}

/// Runs a batch. An invitation among its results has a token, so the answer is one that holds a secret.
pub async fn run(
    access: Access<RunBatch>,
    params: Params,
    State(app): State<App>,
    State(edge): State<Arc<Edge>>,
    query: Query<DryRun>,
    body: Json<Batch>,
) -> Result<Secret<answer::Ok<BatchResults>>> {
    // The gate comes first, as on each route: the input tells nothing to strangers.
    let open = async |tx: &OrgTx, (), (dry_run, batch): (DryRun, Batch)| Ok((tx.org(), dry_run, batch));
    let (org, dry_run, batch) = access.clone().look((query, body), open).await?;
    edge.budgets.take_more(Caller::User(access.user()), batch.operations.len())?;
    let operations = Dispatcher::new(&app, &access, org, params.text("org")).prepare(batch).await?;
    let run = async move |tx: &OrgWrite, (), ()| {
        let results = all(tx, &operations).await?;
        if dry_run.is_on() {
            tx.rehearse();
        }
        Ok(Secret(answer::Ok(BatchResults { results })))
    };
    access.write((), run).await
}

/// Makes the refusal of an operation that of the batch, with the places of mistakes from the batch on.
fn of_operation(index: usize, refused: Error) -> Error {
    let within =
        |error: FieldError| FieldError { pointer: format!("/operations/{index}{}", error.pointer), ..error };
    refused.placed(within).of_operation(index, &format!("Operation {index}"))
}

/// Runs the operations one after the other, up to the first that is refused.
async fn all(tx: &OrgWrite, operations: &[Prepared]) -> Result<Vec<BatchResult>> {
    let mut results = Vec::with_capacity(operations.len());
    for (index, operation) in operations.iter().enumerate() {
        let answer = operation.run(tx).await.map_err(|refused| of_operation(index, refused))?;
        results.push(BatchResult::of(answer)?);
    }
    Ok(results)
}
