//! HTTP handlers for comments, reactions and threads.

use super::{CommentPatch, CommentView, Commented, NewComment, Reacted, Thread, Written};
use crate::{
    access::{Access, OrgTx, OrgWrite, actions},
    base::{
        error::Result,
        page::{Page, Paging},
    },
    http::{
        answer::{Counts, Created, Removal, Tagged},
        input::{DryRun, Json, List, NoBody, NoFilters, Query},
    },
    workspace::tasks::Task,
};

actions! {
    SeeComments: See on Task;
    CreateComment: CreateComment on Task;
    SeeComment: See on Commented;
    EditComment: EditComment on Written;
    DeleteComment: DeleteComment on Written;
    ReactToComment: ReactToComment on Reacted;
    ResolveThread: ResolveThread on Thread;
}

pub async fn list(access: Access<SeeComments>, list: List<NoFilters>) -> Result<Page<CommentView>> {
    let read = async |tx: &OrgTx, task: Task, (_, paging): (NoFilters, Paging)| {
        super::page(tx, &task, &paging).await
    };
    access.read(list, read).await
}

pub async fn create(access: Access<CreateComment>, body: Json<NewComment>) -> Result<Created<CommentView>> {
    let create = async |tx: &OrgWrite, task: Task, new: NewComment| {
        let object = super::create(tx, &task, new).await?;
        let location = format!("/v1/orgs/{}/tasks/{}/comments/{}", tx.org(), task.id, object.id);
        Ok(Created { location, object })
    };
    access.write(body, create).await
}

pub async fn get(access: Access<SeeComment>) -> Result<Tagged<CommentView>> {
    let read = async |tx: &OrgTx, found: Commented, ()| found.comment.view(tx).await;
    access.read((), read).await.map(Tagged)
}

pub async fn update(access: Access<EditComment>, body: Json<CommentPatch>) -> Result<Tagged<CommentView>> {
    let update = async |tx: &OrgWrite, comment, patch| super::update(tx, comment, patch).await.map(Tagged);
    access.write(body, update).await
}

pub async fn delete(access: Access<DeleteComment>, query: Query<DryRun>) -> Result<Removal> {
    let delete = async |tx: &OrgWrite, comment: Written, dry_run: DryRun| {
        super::delete(tx, &comment).await?;
        Ok(dry_run.removal(tx, Counts::one("comments"), None))
    };
    access.write(query, delete).await
}

pub async fn react(access: Access<ReactToComment>, body: NoBody) -> Result<Tagged<CommentView>> {
    let react = async |tx: &OrgWrite, reacted, ()| super::react(tx, reacted).await.map(Tagged);
    access.write(body, react).await
}

pub async fn take_back(access: Access<ReactToComment>, query: Query<DryRun>) -> Result<Removal> {
    let take_back = async |tx: &OrgWrite, reacted, dry_run: DryRun| {
        let reactions = super::take_back(tx, reacted).await?;
        Ok(dry_run.removal(tx, Counts::default().and("reactions", reactions), None))
    };
    access.write(query, take_back).await
}

pub async fn resolve(access: Access<ResolveThread>, body: NoBody) -> Result<Tagged<CommentView>> {
    let resolve = async |tx: &OrgWrite, thread, ()| super::resolve(tx, thread, true).await.map(Tagged);
    access.write(body, resolve).await
}

pub async fn reopen(access: Access<ResolveThread>, query: Query<DryRun>) -> Result<Removal> {
    let reopen = async |tx: &OrgWrite, thread, dry_run: DryRun| {
        super::resolve(tx, thread, false).await?;
        Ok(dry_run.removal(tx, Counts::one("threads"), None))
    };
    access.write(query, reopen).await
}
