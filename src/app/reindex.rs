//! Compares the words by which things are found with their texts, and corrects them: `guildhall doctor` and `recount`.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::recount;
use crate::{
    access::{Public, SystemTx, Viewer},
    base::{
        error::Result,
        id::{Id, ProjectId, TaskId, UserId},
        words::{Words, folded, folded_with_key},
    },
    db::{Query, columns, sql},
    effects::index::{self, Document},
    workspace::comments,
};

/// The number of users, projects, tasks or comments that are compared at once. The `limit` of each statement below has to
/// be the same number.
const PAGE: usize = 100;

/// Returns the number of users, projects, tasks and comments that aren't found by some of their words.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn differing(public: &Public) -> Result<usize> {
    walk(public, false).await
}

/// Corrects the words, and returns of how many users, projects, tasks and comments.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn run(public: &Public) -> Result<usize> {
    walk(public, true).await
}

async fn walk(public: &Public, corrects: bool) -> Result<usize> {
    let mut found = 0;
    let mut last = Id::new(Uuid::nil());
    loop {
        let page = public.read(async move |tx: &SystemTx| users(tx, last).await).await?;
        let wrong: Vec<User> = page.iter().filter(|user| user.is_wrong()).cloned().collect();
        found += wrong.len();
        if corrects && !wrong.is_empty() {
            // What changes meanwhile is folded by whoever changes it.
            public.write(async move |tx: &SystemTx| correct_users(tx, &wrong).await).await?;
        }
        match page.last() {
            Some(user) if page.len() == PAGE => last = user.id,
            _ => break,
        }
    }
    for (org,) in public.read(async |tx: &SystemTx| recount::organizations(tx).await).await? {
        for kind in [Kind::Project, Kind::Task, Kind::Comment] {
            let mut last = Uuid::nil();
            loop {
                let read = async move |tx: &SystemTx| things(&tx.peek(org), kind, last).await;
                let page = public.read(read).await?;
                let wrong = page.iter().filter(|thing| thing.is_wrong()).count();
                found += wrong;
                if corrects && wrong > 0 {
                    let correct = async move |tx: &SystemTx| correct(&tx.peek(org), kind, last).await;
                    public.write(correct).await?;
                }
                match page.last() {
                    Some(thing) if page.len() == PAGE => last = thing.id,
                    _ => break,
                }
            }
        }
    }
    Ok(found)
}

#[derive(Clone)]
struct User {
    id: UserId,
    name: String,
    email: String,
    name_folded: String,
    email_folded: String,
}

columns!(User {
    id: "id",
    name: "name",
    email: "email",
    name_folded: "name_folded",
    email_folded: "email_folded",
});

impl User {
    fn is_wrong(&self) -> bool {
        self.name_folded != folded(&self.name) || self.email_folded != folded(&self.email)
    }
}

async fn users(tx: &SystemTx, after: UserId) -> Result<Vec<User>> {
    let sql = sql!("select ", User::COLUMNS, " from users where id > $1 order by id limit 100");
    tx.all(sql, &[&after]).await
}

async fn correct_users(tx: &SystemTx, wrong: &[User]) -> Result<()> {
    for User { id, name, email, .. } in wrong {
        let sql = sql!(
            "update users set name_folded = $2, email_folded = $3 where id = $1 and name = $4 and email = $5"
        );
        tx.execute(sql, &[id, &folded(name), &folded(email), name, email]).await?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Kind {
    Project,
    Task,
    Comment,
}

/// A project, a task or a comment that can be found.
struct Thing {
    id: Uuid,
    project: ProjectId,
    /// The task that a comment is on.
    task: Option<TaskId>,
    name: String,
    text: String,
    /// A project's key and its folded name and key.
    key: Option<String>,
    folded: Option<String>,
    /// The words by which it is found.
    stored: Words,
}

impl Thing {
    fn words(&self) -> Words {
        match self.task {
            Some(_) => comments::words(&self.text),
            None => Words::of(&self.name, &self.text),
        }
    }

    fn is_wrong(&self) -> bool {
        self.stored != self.words() || self.folded != self.rightly_folded()
    }

    fn rightly_folded(&self) -> Option<String> {
        self.key.as_ref().map(|key| folded_with_key(&self.name, key))
    }
}

type Row = (Uuid, ProjectId, Option<TaskId>, String, String, Option<String>, Option<String>);

async fn things(viewer: &Viewer, kind: Kind, after: Uuid) -> Result<Vec<Thing>> {
    let projects = sql!(
        "select t.id, t.id, cast(null as uuid), t.name, t.description, t.key, t.folded from projects t
         where t.org_id = $1 and t.id > $2 and t.purged_at is null order by t.id limit 100"
    );
    let tasks = sql!(
        "select t.id, t.project_id, cast(null as uuid), t.title, t.description, cast(null as text), cast(null as text) from tasks t
         join projects p on p.org_id = $1 and p.id = t.project_id
         where t.org_id = $1 and t.id > $2 and t.deleted_at is null and p.purged_at is null order by t.id limit 100"
    );
    let comments = sql!(
        "select c.id, t.project_id, c.task_id, '', c.body, cast(null as text), cast(null as text) from comments c
         join tasks t on t.org_id = $1 and t.id = c.task_id
         where c.org_id = $1 and c.id > $2 and c.deleted_at is null order by c.id limit 100"
    );
    let sql = match kind {
        Kind::Project => projects,
        Kind::Task => tasks,
        Kind::Comment => comments,
    };
    let texts: Vec<Row> = viewer.all(sql, &[&after]).await?;
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = texts.iter().map(|text| text.0).collect();
    let mut query = Query::new("select subject_id, word, weight from search_words where org_id = $1", &[]);
    query.among("subject_id", &ids);
    let mut words: BTreeMap<Uuid, Vec<(String, i64)>> = BTreeMap::new();
    for (id, word, weight) in viewer.all::<(Uuid, String, i64)>(query.sql(), query.values()).await? {
        words.entry(id).or_default().push((word, weight));
    }
    let with_words = |(id, project, task, name, text, key, folded): Row| {
        let stored = words.remove(&id).into_iter().flatten().collect();
        Thing { id, project, task, name, text, key, folded, stored }
    };
    Ok(texts.into_iter().map(with_words).collect())
}

async fn correct(viewer: &Viewer, kind: Kind, after: Uuid) -> Result<()> {
    for thing in things(viewer, kind, after).await? {
        let document = match (kind, thing.task) {
            (Kind::Project, _) => Document::project(thing.project),
            (_, Some(task)) => Document::comment(thing.project, task, Id::new(thing.id)),
            (Kind::Task | Kind::Comment, None) => Document::task(thing.project, Id::new(thing.id)),
        };
        index::put(viewer, document, &thing.stored, &thing.words()).await?;
        if let Some(right) = thing.rightly_folded().filter(|right| thing.folded.as_ref() != Some(right)) {
            let sql = sql!("update projects set folded = $3 where org_id = $1 and id = $2");
            viewer.execute(sql, &[&thing.id, &right]).await?;
        }
    }
    Ok(())
}
