//! Labels: what an organization marks tasks with, across its projects.

pub(crate) mod http;
pub(crate) mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{
    access::{Facts, OrgTx, OrgWrite, Permission, Resource, Viewer},
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{self, LabelId, NewId},
        json::{self, Patch},
        text::{Color, Name, Remark},
        words::caseless,
    },
    effects::{
        ledger::{Action, Changes, Target},
        retention,
    },
    http::{
        answer::{self, Versioned},
        input::Params,
    },
};

/// The most labels of a task.
pub const LABELS: usize = 50;

/// A label, without the fields that depend on the caller.
#[derive(Debug, Clone)]
pub struct Label {
    pub id: LabelId,
    pub name: Name,
    pub color: Color,
    pub description: Remark,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

/// A label, as the caller sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Label")]
pub struct LabelView {
    /// The label's id.
    pub id: LabelId,
    /// The label's name, which no other label of the organization has in any case.
    pub name: Name,
    /// The label's color, such as `#1f6feb`.
    pub color: Color,
    /// What the label is for. Empty if nobody said.
    pub description: Remark,
    /// The actions that the caller may take: `edit`, `delete`.
    pub can: Vec<&'static str>,
    /// A number that grows with each change of the label: the first part of its `ETag`.
    pub version: i64,
    /// The time at which the label was created.
    pub created_at: Time,
    /// The time of the last change of the label.
    pub updated_at: Time,
}

impl Versioned for LabelView {
    fn version(&self) -> i64 {
        self.version
    }
}

const CAN: [(&str, Permission); 2] =
    [("edit", Permission::ManageLabels), ("delete", Permission::ManageLabels)];

impl Label {
    const fn entry(&self) -> Target {
        Target::Label(self.id)
    }

    /// Returns the label as the caller sees it.
    pub fn view(self, tx: &OrgTx) -> LabelView {
        LabelView {
            id: self.id,
            name: self.name,
            color: self.color,
            description: self.description,
            can: tx.can(Facts::default(), &CAN),
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

impl Resource for Label {
    const VERSIONED: bool = true;

    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        match path.get("label") {
            Some(label) => store::find(viewer, label).await,
            None => Ok(None),
        }
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    async fn shown(self, tx: &OrgTx) -> Result<Option<Value>> {
        answer::shown(&self.view(tx))
    }
}

/// A label, as tasks show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TaskLabel {
    /// The label's id.
    pub id: LabelId,
    /// The label's name.
    pub name: Name,
    /// The label's color, such as `#1f6feb`.
    pub color: Color,
}

impl TaskLabel {
    /// Returns what labels are ordered by.
    pub fn caseless(&self) -> String {
        caseless(self.name.as_str())
    }
}

/// The labels that a request wants on a task: at most [`LABELS`].
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(inline)]
pub struct LabelIds(Vec<LabelId>);

impl LabelIds {
    pub const fn of(ids: Vec<LabelId>) -> Self {
        Self(ids)
    }
}

impl<'de> Deserialize<'de> for LabelIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::up_to(LABELS, "too_many", deserializer).map(Self)
    }
}

/// Returns the labels that this field names, ordered by name.
///
/// # Errors
/// 422 if one of them isn't a label of the organization.
pub async fn wanted(tx: &OrgTx, field: &str, ids: &LabelIds) -> Result<Vec<TaskLabel>> {
    if ids.0.is_empty() {
        return Ok(Vec::new());
    }
    let found = store::among(tx, &ids.0).await?;
    match ids.0.iter().position(|id| found.iter().all(|label| label.id != *id)) {
        None => Ok(found),
        Some(index) => {
            let pointer = format!("/{field}/{index}");
            Err(Error::field(&pointer, "not_found", "must be a label of the organization"))
        }
    }
}

/// Returns those of the given labels that exist, ordered by name, as tasks show them.
pub async fn shown(tx: &OrgTx, ids: &[LabelId]) -> Result<Vec<TaskLabel>> {
    if ids.is_empty() { Ok(Vec::new()) } else { store::among(tx, ids).await }
}

/// Returns those of the given labels that exist.
pub async fn seen(tx: &OrgTx, ids: &[LabelId]) -> Result<Vec<LabelView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(store::all(tx, ids).await?.into_iter().map(|label| label.view(tx)).collect())
}

/// A request to create a label.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLabel {
    /// An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has
    /// or had. The server makes one if absent.
    #[serde(default)]
    pub id: Option<NewId<id::Label>>,
    /// A name that no other label of the organization has, whatever its case and accents.
    pub name: Name,
    /// The label's color, such as `#1f6feb`. A gray if absent.
    #[serde(default)]
    pub color: Option<Color>,
    /// What the label is for. Empty if absent.
    #[serde(default)]
    pub description: Option<Remark>,
}

/// Creates a label.
///
/// # Errors
/// 409 if another label has the name, if the id is taken, or if the organization has too many labels.
pub async fn create(tx: &OrgWrite, new: NewLabel) -> Result<LabelView> {
    let label = Label {
        id: tx.id_for(new.id).await?,
        name: new.name,
        color: new.color.unwrap_or_default(),
        description: new.description.unwrap_or_default(),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    check_name(tx, &label).await?;
    if store::count(tx).await? >= tx.limits().labels {
        return Err(Code::TooManyLabels.into());
    }
    store::insert(tx, &label).await?;
    record_new(tx, &label);
    Ok(label.view(tx))
}

fn record_new(tx: &OrgWrite, label: &Label) {
    let changes = Changes::none().new_erasable("name", &label.name).new_field("color", &label.color).text(
        "description",
        "",
        label.description.as_str(),
    );
    tx.record(Action::LabelCreated, label.entry(), changes);
}

/// Brings back a label that was deleted, on the tasks that had it, until it is purged.
///
/// # Errors
/// 404 if there is none; 409 if another label has its name by now, or if the organization has too many labels.
pub async fn restore(tx: &OrgWrite, id: LabelId) -> Result<()> {
    let label = store::find_deleted(tx, id).await?.ok_or(Code::NotFound)?;
    check_name(tx, &label).await?;
    store::restore(tx, id).await?;
    if store::count(tx).await? > tx.limits().labels {
        return Err(Code::TooManyLabels.into());
    }
    record_new(tx, &label);
    Ok(())
}

async fn check_name(tx: &OrgWrite, label: &Label) -> Result<()> {
    let holder = store::named(tx, &caseless(label.name.as_str())).await?;
    if holder.is_some_and(|holder| holder != label.id) { Err(Code::LabelTaken.into()) } else { Ok(()) }
}

/// Changes to a label. Absent fields stay as they are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelPatch {
    /// The new name, which no other label of the organization may have in any case.
    #[serde(default)]
    pub name: Patch<Name>,
    /// The new color, such as `#1f6feb`; `null` makes it gray.
    #[serde(default)]
    pub color: Patch<Option<Color>>,
    /// What the label is for; `null` clears it.
    #[serde(default)]
    pub description: Patch<Option<Remark>>,
}

/// Updates a label. Its tasks show the new name and color at once.
///
/// # Errors
/// 409 if another label has the name.
pub async fn update(tx: &OrgWrite, old: Label, patch: LabelPatch) -> Result<LabelView> {
    let mut new = Label {
        name: patch.name.or(old.name.clone()),
        color: patch.color.or(Some(old.color.clone())).unwrap_or_default(),
        description: patch.description.or(Some(old.description.clone())).unwrap_or_default(),
        ..old.clone()
    };
    check_name(tx, &new).await?;
    let changes = Changes::none()
        .erasable("name", &old.name, &new.name)
        .field("color", &old.color, &new.color)
        .text("description", old.description.as_str(), new.description.as_str());
    if changes.is_empty() {
        return Ok(old.view(tx));
    }
    (new.version, new.updated_at) = (old.version + 1, tx.now());
    store::update(tx, &new).await?;
    tx.record(Action::LabelUpdated, new.entry(), changes);
    Ok(new.view(tx))
}

/// Deletes a label, and so takes it off its tasks. Only undoing that brings it back. Returns the number of tasks that had it.
pub async fn delete(tx: &OrgWrite, label: &Label) -> Result<i64> {
    let tasks = store::count_tasks(tx, label.id).await?;
    store::delete(tx, label.id).await?;
    retention::schedule(tx).await?;
    tx.record(Action::LabelDeleted, label.entry(), Changes::none());
    Ok(tasks)
}
