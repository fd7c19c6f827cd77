//! Comments on tasks, in threads of one level, with mentions and reactions. A thread is a comment and its replies.

pub(crate) mod http;
pub mod mention;
mod store;

use std::collections::HashMap;

use futures_util::try_join;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    access::{Facts, OrgTx, OrgWrite, Permission, Resource, Viewer},
    base::{
        clock::Time,
        emoji::Emoji,
        error::{Code, Error, Result},
        id::{self, CommentId, NewId, ProjectId, TaskId, UserId},
        json::Patch,
        page::{Page, Paging},
        text::CommentBody,
    },
    db::Query,
    effects::{
        index::{self, Document, Words},
        ledger::{self, Action, Changes, Target},
    },
    http::{
        answer::{self, Versioned},
        input::Params,
    },
    identity::accounts::Person,
    workspace::{assignments, tasks::Task},
};

/// The most users that a comment mentions.
pub const MENTIONS: usize = 50;
/// The most different reactions to a comment.
pub const REACTIONS: i64 = 50;

/// A comment, without the fields that depend on the caller.
#[derive(Debug, Clone)]
pub struct Comment {
    pub id: CommentId,
    pub task_id: TaskId,
    project_id: ProjectId,
    /// Whether the task's project is archived.
    is_archived: bool,
    pub parent_id: Option<CommentId>,
    pub author: Person,
    /// Empty if the comment is deleted.
    pub body: String,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub edited_at: Option<Time>,
    pub resolved_at: Option<Time>,
    /// Whether it is deleted, and has kept its place because of its replies.
    pub is_deleted: bool,
}

/// A comment, as the caller sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Comment")]
pub struct CommentView {
    /// The comment's id.
    pub id: CommentId,
    /// The id of the task that the comment is on.
    pub task_id: TaskId,
    /// The comment that this one replies to; `null` for the first of a thread.
    pub parent_id: Option<CommentId>,
    /// The user who wrote the comment.
    pub author: Person,
    /// Markdown text as it was written; the server renders nothing. Empty if the comment is deleted.
    pub body: String,
    /// The users whom the text mentions, as `<@user-id>`, each once.
    pub mentions: Vec<Person>,
    /// The reactions, the one that came first first.
    pub reactions: Vec<Reaction>,
    /// The time at which the thread was settled; `null` while it is open, and for replies.
    pub resolved_at: Option<Time>,
    /// The time at which the text was last changed; `null` if it never was.
    pub edited_at: Option<Time>,
    /// Whether the comment is deleted: it stays, without its text, as long as there are replies to it.
    pub deleted: bool,
    /// The actions that the caller may take: `edit`, `delete`. Empty if the comment is deleted or the project is
    /// archived.
    pub can: Vec<&'static str>,
    /// Increases with each change of the text and of `resolved_at`. Reactions don't change it.
    pub version: i64,
    /// The time at which the comment was made.
    pub created_at: Time,
    /// The time of the last change of the text or of `resolved_at`.
    pub updated_at: Time,
}

/// The reactions to a comment with one emoji.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Emoji,
    /// The number of people who reacted with it.
    pub count: i64,
    /// Whether the caller is one of them.
    pub me: bool,
}

impl Versioned for CommentView {
    fn version(&self) -> i64 {
        self.version
    }
}

const CAN: [(&str, Permission); 2] =
    [("edit", Permission::EditComment), ("delete", Permission::DeleteComment)];

impl Comment {
    fn facts_for(&self, user: UserId) -> Facts {
        Facts { own: self.author.id == user, ..Facts::default() }
    }

    const fn entry(&self) -> Target {
        Target::Comment(self.project_id, self.task_id, self.id)
    }

    const fn found_as(&self) -> Document {
        Document::comment(self.project_id, self.task_id, self.id)
    }

    fn words(&self) -> Words {
        words(&self.body)
    }

    fn with(self, tx: &OrgTx, mentions: Vec<Person>, reactions: Vec<Reaction>) -> CommentView {
        let of: &[_] = if self.is_deleted || self.is_archived { &[] } else { &CAN };
        CommentView {
            can: tx.can(self.facts_for(tx.user()), of),
            id: self.id,
            task_id: self.task_id,
            parent_id: self.parent_id,
            author: self.author,
            body: self.body,
            mentions,
            reactions,
            resolved_at: self.resolved_at,
            edited_at: self.edited_at,
            deleted: self.is_deleted,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    async fn view(self, tx: &OrgTx) -> Result<CommentView> {
        views(tx, vec![self]).await?.pop().ok_or_else(|| Code::NotFound.into())
    }
}

/// Returns the words by which search finds a comment with this text.
#[must_use]
pub fn words(body: &str) -> Words {
    Words::of("", &mention::without(body))
}

/// Returns the comments as the caller sees them.
async fn views(tx: &OrgTx, comments: Vec<Comment>) -> Result<Vec<CommentView>> {
    let ids: Vec<CommentId> = comments.iter().map(|comment| comment.id).collect();
    let mut mentioned: Vec<UserId> =
        comments.iter().flat_map(|comment| mention::mentioned(&comment.body)).collect();
    mentioned.sort_unstable();
    mentioned.dedup();
    let names =
        async { if mentioned.is_empty() { Ok(Vec::new()) } else { ledger::names_of(tx, &mentioned).await } };
    let found = async { if ids.is_empty() { Ok(Vec::new()) } else { store::reactions(tx, &ids).await } };
    let (names, found) = try_join!(names, found)?;
    let names: HashMap<UserId, String> = names.into_iter().collect();
    let mut reactions: HashMap<CommentId, Vec<Reaction>> = HashMap::new();
    for (comment, reaction) in found {
        reactions.entry(comment).or_default().push(reaction);
    }
    let view = |comment: Comment| {
        let people = mention::mentioned(&comment.body).into_iter();
        let mentions = people.filter_map(|id| Some(Person { id, name: names.get(&id)?.clone() })).collect();
        let reactions = reactions.remove(&comment.id).unwrap_or_default();
        comment.with(tx, mentions, reactions)
    };
    Ok(comments.into_iter().map(view).collect())
}

/// Returns those of the given comments that the caller can see.
pub async fn seen(tx: &OrgTx, ids: &[CommentId]) -> Result<Vec<CommentView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    views(tx, store::seen(tx, ids).await?).await
}

/// Returns the first so many comments on each of these tasks, the oldest first.
pub async fn first(tx: &OrgTx, tasks: &[TaskId], most: i64) -> Result<Vec<CommentView>> {
    let ids = store::first_of(tx, tasks, most).await?;
    let mut found = Vec::new();
    for ids in ids.chunks(Query::ROWS) {
        found.extend(seen(tx, ids).await?);
    }
    found.sort_by_key(|comment| comment.id);
    Ok(found)
}

/// Returns a page of the comments on a task, the oldest first.
async fn page(tx: &OrgTx, task: &Task, paging: &Paging) -> Result<Page<CommentView>> {
    let after = paging.after()?.unwrap_or(CommentId::NIL);
    let found = store::of_task(tx, task.id, after, paging.rows()).await?;
    let page = paging.page(found, |comment| comment.id);
    Ok(Page { items: views(tx, page.items).await?, next_cursor: page.next_cursor })
}

/// A comment on the task that the path names, also one that is deleted and has kept its place.
pub struct Commented {
    task: Task,
    comment: Comment,
}

impl Resource for Commented {
    const VERSIONED: bool = true;

    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let Some(id) = path.get::<CommentId>("id") else { return Ok(None) };
        let ids = [id];
        let (task, comments) = try_join!(Task::find(viewer, path), store::seen(viewer, &ids))?;
        let found = task.zip(comments.into_iter().next());
        Ok(found
            .filter(|(task, comment)| comment.task_id == task.id)
            .map(|(task, comment)| Self { task, comment }))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.comment.facts_for(viewer.user())
    }

    fn version(&self) -> Option<i64> {
        Some(self.comment.version)
    }

    async fn shown(self, tx: &OrgTx) -> Result<Option<Value>> {
        answer::shown(&self.comment.view(tx).await?)
    }
}

/// A comment that isn't deleted.
pub struct Written(Commented);

impl Resource for Written {
    const VERSIONED: bool = true;

    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        Ok(Commented::find(viewer, path).await?.filter(|found| !found.comment.is_deleted).map(Self))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.0.facts(viewer)
    }

    fn version(&self) -> Option<i64> {
        self.0.version()
    }

    async fn shown(self, tx: &OrgTx) -> Result<Option<Value>> {
        self.0.shown(tx).await
    }
}

/// A comment that isn't deleted, and what the path names as an emoji.
pub struct Reacted(Commented, Result<Emoji>);

impl Resource for Reacted {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let emoji = path.text("emoji").parse::<Emoji>();
        let emoji = emoji.map_err(|flaw| Error::parameter("emoji", flaw.code, flaw.message));
        Ok(Written::find(viewer, path).await?.map(|Written(found)| Self(found, emoji)))
    }
}

/// A comment as a part of a thread, which whoever may edit its task may settle.
pub struct Thread(Commented);

impl Resource for Thread {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        Ok(Commented::find(viewer, path).await?.map(Self))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.0.task.facts(viewer)
    }
}

/// A request to comment on a task.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has
    /// or had. The server makes one if absent.
    #[serde(default)]
    pub id: Option<NewId<id::Comment>>,
    /// Markdown text of at most 64 KiB. `<@user-id>` mentions a user, who must be able to see the task; at most 50.
    pub body: CommentBody,
    /// The comment of the same task that this one replies to. It must not be a reply itself.
    #[serde(default)]
    pub parent_id: Option<CommentId>,
}

/// Comments on a task.
///
/// # Errors
/// 409 if the id is taken, the project is archived or the task has too many comments; 422 if the text mentions somebody who can't see the
/// task, or if the parent isn't the first comment of a thread on this task.
async fn create(tx: &OrgWrite, task: &Task, new: NewComment) -> Result<CommentView> {
    let body = new.body.as_str().to_owned();
    let mentioned = checked(tx, task, mention::mentioned(&body), &[]).await?;
    if let Some(parent) = new.parent_id {
        check_parent(tx, task, parent).await?;
    }
    let id = tx.id_for(new.id).await?;
    task.writable()?;
    if task.comment_count >= tx.limits().comments {
        return Err(Code::TooManyComments.into());
    }
    let mut comment = Comment {
        id,
        task_id: task.id,
        project_id: task.project_id,
        is_archived: false,
        parent_id: new.parent_id,
        author: Person { id: tx.user(), name: String::new() },
        body,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        edited_at: None,
        resolved_at: None,
        is_deleted: false,
    };
    let changes = Changes::none().text("body", "", &comment.body).new_field("parent_id", &comment.parent_id);
    tx.record(Action::CommentCreated, comment.entry(), changes);
    // Sent in one flush, because the organization's other writers wait for each round trip.
    let named: Vec<UserId> = mentioned.iter().copied().chain([tx.user()]).collect();
    let (none, words) = (Words::default(), comment.words());
    let ((), (), (), (), people) = try_join!(
        store::insert(tx, &comment),
        store::count(tx, task.id, 1),
        Box::pin(index::put(tx, comment.found_as(), &none, &words)),
        Box::pin(tx.settle()),
        Box::pin(ledger::names_of(tx, &named)),
    )?;
    let people: HashMap<UserId, String> = people.into_iter().collect();
    comment.author.name = people.get(&tx.user()).cloned().unwrap_or_default();
    let person = |id: UserId| Some(Person { id, name: people.get(&id)?.clone() });
    let mentions = mentioned.into_iter().filter_map(person).collect();
    Ok(comment.with(tx, mentions, Vec::new()))
}

/// Returns the users whom a text mentions. Those whom it mentioned before may have lost sight of the task since.
///
/// # Errors
/// 422 if there are too many, or if one can't see the task.
async fn checked(
    tx: &OrgWrite,
    task: &Task,
    mentioned: Vec<UserId>,
    before: &[UserId],
) -> Result<Vec<UserId>> {
    if mentioned.len() > MENTIONS {
        let message = format!("must mention at most {MENTIONS} users");
        return Err(Error::field("/body", "too_many", message));
    }
    let new: Vec<UserId> = mentioned.iter().copied().filter(|user| !before.contains(user)).collect();
    if new.is_empty() {
        return Ok(mentioned);
    }
    let seeing = assignments::store::seeing(tx, task.project_id, &new).await?;
    if new.iter().all(|user| seeing.contains(user)) {
        return Ok(mentioned);
    }
    let message = "must mention only members who can see the task";
    Err(Error::field("/body", "cannot_see_task", message))
}

/// Checks that a comment can be replied to.
///
/// # Errors
/// 422 if it isn't on this task, is deleted, or is a reply itself.
async fn check_parent(tx: &OrgWrite, task: &Task, parent: CommentId) -> Result<()> {
    let wrong = |code, message: &str| Err(Error::field("/parent_id", code, message));
    let found = store::seen(tx, &[parent]).await?.into_iter().next();
    let found = found.filter(|found| found.task_id == task.id && !found.is_deleted);
    match found {
        None => wrong("not_found", "must be a comment of the same task that isn't deleted"),
        Some(Comment { parent_id: Some(_), .. }) => {
            wrong("too_deep", "must be the first comment of a thread, not a reply")
        }
        Some(_) => Ok(()),
    }
}

/// Changes to a comment. Absent fields stay as they are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentPatch {
    /// The new text, as for a new comment. Users whom the old text mentions may have lost sight of the task.
    #[serde(default)]
    pub body: Patch<CommentBody>,
}

/// Changes the text of a comment.
///
/// # Errors
/// 409 if the project is archived; 422 if the text newly mentions somebody who can't see the task.
pub async fn update(tx: &OrgWrite, Written(found): Written, patch: CommentPatch) -> Result<CommentView> {
    let Commented { task, comment: old } = found;
    let body = match patch.body {
        Patch::Set(body) => body.as_str().to_owned(),
        Patch::Absent => old.body.clone(),
    };
    checked(tx, &task, mention::mentioned(&body), &mention::mentioned(&old.body)).await?;
    task.writable()?;
    if body == old.body {
        return old.view(tx).await;
    }
    let (version, now) = (old.version + 1, tx.now());
    let new = Comment { body, version, updated_at: now, edited_at: Some(now), ..old.clone() };
    tx.record(Action::CommentUpdated, new.entry(), Changes::none().text("body", &old.body, &new.body));
    let (before, after) = (old.words(), new.words());
    try_join!(
        store::update(tx, &new),
        Box::pin(index::put(tx, new.found_as(), &before, &after)),
        Box::pin(tx.settle()),
    )?;
    new.view(tx).await
}

/// Deletes a comment for good. One with replies stays as a place without text, until the last of them is deleted too.
///
/// # Errors
/// 409 if the project is archived.
pub async fn delete(tx: &OrgWrite, Written(Commented { task, comment }): &Written) -> Result<()> {
    task.writable()?;
    let id = comment.id;
    store::forget_reactions(tx, id).await?;
    index::forget(tx, &[id.uuid()]).await?;
    ledger::erase_originals(tx, &[id.uuid()]).await?;
    store::count(tx, task.id, -1).await?;
    if store::replies(tx, id).await? > 0 {
        let (version, updated_at) = (comment.version + 1, tx.now());
        let place = Comment { body: String::new(), is_deleted: true, version, updated_at, ..comment.clone() };
        store::update(tx, &place).await?;
    } else {
        store::delete(tx, id).await?;
        if let Some(parent) = comment.parent_id {
            store::delete_place(tx, parent).await?;
        }
    }
    let changes = Changes::none().field("parent_id", &comment.parent_id, &None);
    tx.record(Action::CommentDeleted, comment.entry(), changes);
    Ok(())
}

/// Adds the caller's reaction to a comment. Changes nothing if they have reacted so already.
///
/// # Errors
/// 422 for what isn't one emoji, and if there are too many different reactions; 409 if the project is archived.
pub async fn react(
    tx: &OrgWrite,
    Reacted(Commented { task, comment }, emoji): Reacted,
) -> Result<CommentView> {
    let emoji = emoji?;
    task.writable()?;
    if store::react(tx, comment.id, &emoji).await? {
        if store::kinds(tx, comment.id).await? > REACTIONS {
            let message = format!("a comment has at most {REACTIONS} different reactions");
            return Err(Error::parameter("emoji", "too_many", message));
        }
        let changes = Changes::none().new_field("reaction", &emoji);
        tx.record(Action::CommentReacted, comment.entry(), changes);
    }
    comment.view(tx).await
}

/// Takes back the caller's reaction to a comment. Changes nothing if there is none. Returns the number of reactions.
///
/// # Errors
/// 422 for what isn't one emoji; 409 if the project is archived.
pub async fn take_back(tx: &OrgWrite, Reacted(Commented { task, comment }, emoji): Reacted) -> Result<i64> {
    let emoji = emoji?;
    task.writable()?;
    let is_taken = store::take_back(tx, comment.id, &emoji).await?;
    if is_taken {
        let changes = Changes::none().field("reaction", &Some(emoji), &None);
        tx.record(Action::CommentReacted, comment.entry(), changes);
    }
    Ok(is_taken.into())
}

/// Settles a thread, or opens it again. Changes nothing if it is so already.
///
/// # Errors
/// 422 for a reply; 409 if the project is archived.
pub async fn resolve(tx: &OrgWrite, Thread(found): Thread, is_resolved: bool) -> Result<CommentView> {
    let Commented { task, comment: old } = found;
    if old.parent_id.is_some() {
        let message = "must be the first comment of a thread, not a reply";
        return Err(Error::parameter("id", "invalid_value", message));
    }
    task.writable()?;
    if old.resolved_at.is_some() == is_resolved {
        return old.view(tx).await;
    }
    let resolved_at = is_resolved.then(|| tx.now());
    let changes = Changes::none().field("resolved_at", &old.resolved_at, &resolved_at);
    let new = Comment { resolved_at, version: old.version + 1, updated_at: tx.now(), ..old };
    store::update(tx, &new).await?;
    tx.record(Action::CommentResolved, new.entry(), changes);
    new.view(tx).await
}
