//! The SQL of the outbox.

use super::{MessageKind, Request};
use crate::{
    access::SystemTx,
    base::{clock::Time, error::Result, id::MailId},
    db::{columns, sql},
};

/// Inserts a message. Its creation time is the time at which it is due, so that a delayed message has the date on which
/// it is sent.
pub(super) async fn insert(
    tx: &SystemTx,
    id: MailId,
    kind: MessageKind,
    sealed: &str,
    due: Time,
) -> Result<()> {
    let sql = sql!(
        "insert into mails (id, kind, sealed, attempts, created_at, due_at) values ($1, $2, $3, 0, $4, $4)"
    );
    tx.execute(sql, &[&id, &kind, &sealed, &due]).await.map(drop)
}

pub(super) async fn insert_request(tx: &SystemTx, id: MailId, kind: Request, email: &str) -> Result<()> {
    let sql = sql!("insert into mail_requests (id, kind, email) values ($1, $2, $3)");
    tx.execute(sql, &[&id, &kind, &email]).await.map(drop)
}

/// Returns whether there are unanswered requests, or messages that are due.
pub(crate) async fn is_waiting(tx: &SystemTx) -> Result<bool> {
    let request = tx.maybe::<(MailId,)>(sql!(unowned "select id from mail_requests limit 1"), &[]).await?;
    let sql = sql!("select id from mails where due_at <= $1 limit 1");
    Ok(request.is_some() || tx.maybe::<(MailId,)>(sql, &[&tx.now()]).await?.is_some())
}

/// Removes up to 20 requests and returns them. Each request is returned to one node only.
pub(crate) async fn take_requests(tx: &SystemTx) -> Result<Vec<(Request, String)>> {
    tx.all(
        sql!(
            unowned "delete from mail_requests where id in (select id from mail_requests order by id limit 20)
             returning kind, email"
        ),
        &[],
    )
    .await
}

/// A message that this node has claimed to send.
pub(super) struct Claimed {
    pub id: MailId,
    pub sealed: String,
    /// The number of attempts, including the one that the claim is for.
    pub attempts: i64,
    pub created_at: Time,
}

columns!(Claimed { id: "id", sealed: "sealed", attempts: "attempts", created_at: "created_at" });

/// Claims up to 10 messages that are due. They become due again at `lease`, in case this node stops before it has sent
/// them.
pub(super) async fn claim(tx: &SystemTx, lease: Time) -> Result<Vec<Claimed>> {
    tx.all(
        sql!(
            "update mails set attempts = attempts + 1, due_at = $2, error = null
             where due_at <= $1 and id in (select id from mails where due_at <= $1 order by due_at, id limit 10)
             returning ", Claimed::COLUMNS
        ),
        &[&tx.now(), &lease],
    )
    .await
}

/// Deletes a message. Returns whether it was there.
pub(crate) async fn delete(tx: &SystemTx, id: MailId) -> Result<bool> {
    Ok(tx.execute(sql!("delete from mails where id = $1"), &[&id]).await? == 1)
}

/// A message as the operator sees it.
pub(crate) struct Kept {
    pub id: MailId,
    /// `None` for a message of a version that didn't note it.
    pub kind: Option<MessageKind>,
    pub sealed: String,
    pub attempts: i64,
    pub created_at: Time,
    /// `None` once it was given up.
    pub due_at: Option<Time>,
    pub error: Option<String>,
}

columns!(Kept {
    id: "id",
    kind: "kind",
    sealed: "sealed",
    attempts: "attempts",
    created_at: "created_at",
    due_at: "due_at",
    error: "error",
});

/// Returns a page of messages, the newest first: those that wait, or with `dead` all.
pub(crate) async fn page(tx: &SystemTx, dead: bool, before: MailId, rows: i64) -> Result<Vec<Kept>> {
    tx.all(
        sql!(
            "select ",
            Kept::COLUMNS,
            " from mails where id < $1 and (due_at is not null or $2)
             order by id desc limit $3"
        ),
        &[&before, &dead, &rows],
    )
    .await
}

/// Returns a page of the messages that were given up, the newest first.
pub(crate) async fn page_of_dead(tx: &SystemTx, before: MailId, rows: i64) -> Result<Vec<Kept>> {
    tx.all(
        sql!(
            "select ",
            Kept::COLUMNS,
            " from mails where due_at is null and id < $1 order by id desc limit $2"
        ),
        &[&before, &rows],
    )
    .await
}

pub(crate) async fn kept(tx: &SystemTx, id: MailId) -> Result<Option<Kept>> {
    tx.maybe(sql!("select ", Kept::COLUMNS, " from mails where id = $1"), &[&id]).await
}

/// Makes a message due that was put off after a failed attempt. One that is being sent has no error, and stays as it is.
pub(crate) async fn hurry(tx: &SystemTx, id: MailId) -> Result<()> {
    let sql = sql!("update mails set due_at = $2 where id = $1 and due_at > $2 and error is not null");
    tx.execute(sql, &[&id, &tx.now()]).await.map(drop)
}

pub(super) async fn put_off(tx: &SystemTx, id: MailId, until: Time, error: &str) -> Result<()> {
    let sql = sql!("update mails set due_at = $2, error = $3 where id = $1");
    tx.execute(sql, &[&id, &until, &error]).await.map(drop)
}

/// Gives up a message: erases its content and keeps the error.
pub(super) async fn dead_letter(tx: &SystemTx, id: MailId, error: &str) -> Result<()> {
    let sql = sql!("update mails set due_at = null, sealed = '', error = $2 where id = $1");
    tx.execute(sql, &[&id, &error]).await.map(drop)
}

/// The state of the outbox.
pub(crate) struct Standing {
    /// The number of messages that are due or that will be retried. Doesn't count those that are scheduled for later.
    pub waiting: i64,
    /// The number of messages that are due.
    pub due: i64,
    /// The number of messages whose last attempt failed, and that will be retried.
    pub failing: i64,
    /// The number of messages that were given up.
    pub dead: i64,
    /// The error of the newest message that has one.
    pub last_error: Option<String>,
    /// When the oldest message became due that still is.
    pub due_since: Option<Time>,
}

columns!(Standing {
    waiting: "(select count(*) from mails where due_at <= $1 or (due_at > $1 and attempts > 0))",
    due: "(select count(*) from mails where due_at <= $1)",
    failing: "(select count(*) from mails where due_at is not null and error is not null)",
    dead: "(select count(*) from mails where due_at is null)",
    last_error: "(select error from mails where error is not null order by id desc limit 1)",
    due_since: "(select min(due_at) from mails where due_at <= $1)",
});

pub(crate) async fn standing(tx: &SystemTx) -> Result<Standing> {
    tx.one(sql!("select ", Standing::COLUMNS), &[&tx.now()]).await
}

/// Deletes up to 1000 given-up messages that were created before this time. Returns how many it deleted.
pub(crate) async fn sweep(tx: &SystemTx, before: Time) -> Result<u64> {
    let sql = sql!(
        "delete from mails where due_at is null and id in
             (select id from mails where due_at is null and created_at < $1 limit 1000)"
    );
    tx.execute(sql, &[&before]).await
}
