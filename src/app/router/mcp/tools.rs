//! The tools: what each takes, and the requests that it makes of it.

mod reading;
mod writing;

use std::sync::{Arc, LazyLock};

use futures_util::future::BoxFuture;
use rmcp::model::{JsonObject, Tool as ToolCard, ToolAnnotations};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use self::{
    reading::{Find, Read, Report},
    writing::{Comment, Create, Delete, Edit, Move, Undo},
};
use super::caller::{Caller, Change, Manner, Target};
use crate::{
    base::{
        error::{Error, Result},
        json,
    },
    http::schemas,
};

/// A tool of an agent.
pub struct Tool {
    /// The name, the description and the input, as agents are told.
    pub card: ToolCard,
    run: fn(&Caller, JsonObject) -> BoxFuture<'_, Result<Value>>,
}

impl Tool {
    /// Returns what the tool answers: an object.
    ///
    /// # Errors
    /// What the input or the request is refused with.
    pub async fn call(&self, caller: &Caller, input: JsonObject) -> Result<Value> {
        (self.run)(caller, input).await
    }
}

/// The tools, in the order in which agents are told of them.
pub static TOOLS: LazyLock<[Tool; 9]> = LazyLock::new(|| {
    [
        reading::<Find>("find", "Find"),
        reading::<Read>("read", "Read"),
        reading::<Report>("report", "Report"),
        writing::<Create>("create", "Create", Effect::Adds),
        writing::<Edit>("change", "Change", Effect::Replaces),
        writing::<Comment>("comment", "Comment", Effect::Adds),
        writing::<Move>("move", "Move", Effect::Replaces),
        writing::<Delete>("delete", "Delete", Effect::Replaces),
        writing::<Undo>("undo", "Undo", Effect::Replaces),
    ]
});

/// What a change does to what is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Adds,
    Replaces,
}

/// The input of a tool that reads.
pub trait Reads: DeserializeOwned + JsonSchema + Send {
    /// Returns what to read, each with the name under which it is told. One without a name is the whole answer.
    ///
    /// # Errors
    /// 422 if the input doesn't make sense.
    fn asks(&self) -> Result<Vec<(&'static str, Target)>>;
}

/// The input of a tool that changes something, besides what all of these take.
pub trait Writes: DeserializeOwned + JsonSchema + Send {
    /// Returns the change that is wanted.
    ///
    /// # Errors
    /// 422 if the input doesn't make sense.
    fn asks(self) -> Result<Change>;
}

fn reading<T: Reads>(name: &'static str, title: &str) -> Tool {
    let annotations = ToolAnnotations::with_title(title).read_only(true).open_world(false);
    Tool { card: card(name, schemas::inlined::<T>()).with_annotations(annotations), run: read::<T> }
}

fn writing<T: Writes>(name: &'static str, title: &str, effect: Effect) -> Tool {
    let annotations = ToolAnnotations::with_title(title)
        .read_only(false)
        .destructive(effect == Effect::Replaces)
        .idempotent(false)
        .open_world(false);
    let mut schema = schemas::inlined::<T>();
    let mut common = schemas::inlined::<Manner>();
    for (list, more) in [("properties", common.remove("properties")), ("required", common.remove("required"))]
    {
        match (schema.get_mut(list), more) {
            (Some(Value::Object(properties)), Some(Value::Object(more))) => properties.extend(more),
            (Some(Value::Array(required)), Some(Value::Array(more))) => required.extend(more),
            (_, more) => schema.extend(more.map(|more| (list.to_owned(), more))),
        }
    }
    Tool { card: card(name, schema).with_annotations(annotations), run: write::<T> }
}

fn card(name: &'static str, mut schema: Map<String, Value>) -> ToolCard {
    schema.remove("title");
    let description = schema.remove("description").and_then(|text| text.as_str().map(str::to_owned));
    ToolCard::new(name, description.unwrap_or_default(), Arc::new(schema))
}

/// Parses the input of a tool.
fn parsed<T: DeserializeOwned>(input: &JsonObject) -> Result<T> {
    json::read(&serde_json::to_vec(input).map_err(Error::internal)?)
}

fn read<T: Reads>(caller: &Caller, input: JsonObject) -> BoxFuture<'_, Result<Value>> {
    Box::pin(async move {
        let asks = parsed::<T>(&input)?.asks()?;
        let mut told = Map::new();
        for (name, target) in asks {
            let answer = caller.read(&target).await?;
            match answer {
                Value::Object(answer) if name.is_empty() => told.extend(answer),
                answer => drop(told.insert(name.into(), answer)),
            }
        }
        Ok(told.into())
    })
}

fn write<T: Writes>(caller: &Caller, mut input: JsonObject) -> BoxFuture<'_, Result<Value>> {
    Box::pin(async move {
        let common = ["organization", "dry_run", "idempotency_key"];
        let common = common.into_iter().filter_map(|name| input.remove_entry(name)).collect();
        let manner = parsed::<Manner>(&common)?;
        caller.write(&parsed::<T>(&input)?.asks()?, &manner).await
    })
}

fn missing(field: &str, message: &str) -> Error {
    Error::field(&format!("/{field}"), "required", message)
}
