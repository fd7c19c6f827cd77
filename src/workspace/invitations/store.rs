//! SQL statements for invitations.

use super::{ADDRESS_ERASED, Invitation, NewInvitation, State};
use crate::{
    access::{OrgTx, OrgWrite, SystemTx, UserTx, Viewer},
    base::{
        clock::Time,
        error::Result,
        id::{InvitationId, MailId, OrgId, UserId},
        text::Email,
    },
    db::{Query, columns, sql},
};

columns!(Invitation {
    id: "i.id",
    address: "i.address",
    email: "i.email",
    role: "i.role",
    state: "i.state",
    invited_by: "i.invited_by",
    inviter: "u.name",
    created_at: "i.created_at",
    expires_at: "i.expires_at",
    reminder: "i.reminder_id",
    mailed: "i.mailed_at is not null",
});

pub(super) async fn find(viewer: &Viewer, id: InvitationId) -> Result<Option<Invitation>> {
    viewer
        .maybe(
            sql!(
                "select ",
                Invitation::COLUMNS,
                " from invitations i join users u on u.id = i.invited_by
                 where i.org_id = $1 and i.id = $2"
            ),
            &[&id],
        )
        .await
}

pub(super) async fn find_by_token(viewer: &Viewer, hash: &str) -> Result<Option<Invitation>> {
    viewer
        .maybe(
            sql!(
                "select ",
                Invitation::COLUMNS,
                " from invitations i join users u on u.id = i.invited_by
                 where i.org_id = $1 and i.token_hash = $2"
            ),
            &[&hash],
        )
        .await
}

/// Returns whether an invitation had this token before it was resent.
pub(super) async fn is_old_token(viewer: &Viewer, hash: &str) -> Result<bool> {
    let sql = sql!("select invitation_id from invitation_old_tokens where org_id = $1 and token_hash = $2");
    Ok(viewer.maybe::<(InvitationId,)>(sql, &[&hash]).await?.is_some())
}

/// Keeps an invitation's token as an old one, before it gets another.
pub(super) async fn retire_token(tx: &OrgWrite, id: InvitationId) -> Result<()> {
    let sql = sql!(
        "insert into invitation_old_tokens (org_id, token_hash, invitation_id)
         select $1, token_hash, id from invitations where org_id = $1 and id = $2"
    );
    tx.execute(sql, &[&id]).await.map(drop)
}

pub(super) async fn pending_by(tx: &OrgWrite, inviter: UserId) -> Result<Vec<Invitation>> {
    tx.all(
        sql!(
            "select ",
            Invitation::COLUMNS,
            " from invitations i join users u on u.id = i.invited_by
             where i.org_id = $1 and i.invited_by = $2 and i.state = 'pending' and i.expires_at > $3
             order by i.id"
        ),
        &[&inviter, &tx.now()],
    )
    .await
}

/// The parameters of a page of invitations.
pub(super) struct InvitationQuery {
    pub states: Option<Vec<State>>,
    pub now: Time,
    pub before: InvitationId,
    pub rows: i64,
}

fn page_query(wanted: &InvitationQuery) -> Query<'_> {
    let mut query = Query::select(
        Invitation::COLUMNS,
        " from invitations i join users u on u.id = i.invited_by
         where i.org_id = $1 and i.id < ?",
        &[&wanted.before],
    );
    if let Some(states) = &wanted.states {
        // No write marks the time of expiry: an invitation that is stored as pending may have expired.
        query.push(" and (false", &[]);
        for state in states {
            match state {
                State::Pending => {
                    query.push(" or (i.state = 'pending' and i.expires_at > ?)", &[&wanted.now]);
                }
                State::Expired => query.push(
                    " or i.state = 'expired' or (i.state = 'pending' and i.expires_at <= ?)",
                    &[&wanted.now],
                ),
                State::Accepted | State::Declined | State::Revoked => query.push(" or i.state = ?", &[state]),
            }
        }
        query.push(")", &[]);
    }
    query.push(" order by i.id desc limit ?", &[&wanted.rows]);
    query
}

pub(super) async fn page(tx: &OrgTx, wanted: &InvitationQuery) -> Result<Vec<Invitation>> {
    let query = page_query(wanted);
    tx.all(query.sql(), query.values()).await
}

pub(super) async fn is_member(tx: &OrgWrite, email: &Email) -> Result<bool> {
    let sql = sql!(
        "select m.user_id from user_emails e join memberships m on m.user_id = e.user_id
         where m.org_id = $1 and e.email = $2 and m.ended_at is null"
    );
    Ok(tx.maybe::<(UserId,)>(sql, &[&email.canonical()]).await?.is_some())
}

pub(super) async fn insert(
    tx: &OrgWrite,
    id: InvitationId,
    new: &NewInvitation,
    token_hash: &str,
    expires_at: Time,
) -> Result<()> {
    tx.execute(
        sql!(
            "insert into invitations (org_id, id, address, email, role, state, token_hash, invited_by, created_at,
                                      expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &[
            &id,
            &new.email.as_str(),
            &new.email.canonical(),
            &new.role,
            &State::Pending,
            &token_hash,
            &tx.user(),
            &tx.now(),
            &expires_at,
        ],
    )
    .await
    .map(drop)
}

pub(super) async fn count_pending(tx: &OrgTx) -> Result<i64> {
    let sql =
        sql!("select count(*) from invitations where org_id = $1 and state = 'pending' and expires_at > $2");
    Ok(tx.one::<(i64,)>(sql, &[&tx.now()]).await?.0)
}

pub(super) async fn set_state(tx: &OrgWrite, id: InvitationId, state: State) -> Result<()> {
    let sql = sql!("update invitations set state = $3, reminder_id = null where org_id = $1 and id = $2");
    tx.execute(sql, &[&id, &state]).await.map(drop)
}

pub(super) async fn renew(tx: &OrgWrite, id: InvitationId, token_hash: &str, expires_at: Time) -> Result<()> {
    let sql = sql!(
        "update invitations set token_hash = $3, expires_at = $4, mailed_at = null, reminder_id = null
         where org_id = $1 and id = $2"
    );
    tx.execute(sql, &[&id, &token_hash, &expires_at]).await.map(drop)
}

/// Notes that an invitation's token was mailed, and its reminder.
pub(super) async fn set_mailed(tx: &OrgWrite, id: InvitationId, reminder: MailId) -> Result<()> {
    let sql = sql!("update invitations set mailed_at = $4, reminder_id = $3 where org_id = $1 and id = $2");
    tx.execute(sql, &[&id, &reminder, &tx.now()]).await.map(drop)
}

pub(super) async fn reminders(tx: &Viewer) -> Result<Vec<MailId>> {
    let sql = sql!(
        "select reminder_id from invitations where org_id = $1 and state = 'pending' and reminder_id is not null"
    );
    Ok(tx.all::<(MailId,)>(sql, &[]).await?.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn forget_reminders(tx: &Viewer) -> Result<()> {
    let sql = sql!("update invitations set reminder_id = null where org_id = $1 and state = 'pending'");
    tx.execute(sql, &[]).await.map(drop)
}

/// Reserves an address in an organization for an invitation. Returns whether it was free.
pub(super) async fn claim_email(tx: &SystemTx, email: &str, org: OrgId, id: InvitationId) -> Result<bool> {
    let sql = sql!(
        "insert into invitation_emails (email, org_id, invitation_id) values ($1, $2, $3) on conflict do nothing"
    );
    Ok(tx.execute(sql, &[&email, &org, &id]).await? == 1)
}

pub(super) async fn free_email(tx: &SystemTx, email: &str, org: OrgId) -> Result<()> {
    tx.execute(sql!("delete from invitation_emails where email = $1 and org_id = $2"), &[&email, &org])
        .await
        .map(drop)
}

pub(super) async fn pending_of(tx: &SystemTx, email: &str, org: OrgId) -> Result<Option<InvitationId>> {
    let sql = sql!("select invitation_id from invitation_emails where email = $1 and org_id = $2");
    Ok(tx.maybe::<(InvitationId,)>(sql, &[&email, &org]).await?.map(|(id,)| id))
}

/// Returns the invitations that an address is reserved for, at most one per organization, ordered by organization and
/// starting after the id `after`.
pub(super) async fn of_email(
    me: &UserTx,
    email: &Email,
    after: OrgId,
    rows: i64,
) -> Result<Vec<(OrgId, InvitationId)>> {
    me.directory()
        .all(
            sql!(
                "select org_id, invitation_id from invitation_emails
                 where email = $1 and org_id > $2 order by org_id limit $3"
            ),
            &[&email.canonical(), &after, &rows],
        )
        .await
}

/// Returns the organization of an invitation, if the address is reserved for it.
pub(super) async fn org_of(me: &UserTx, email: &Email, id: InvitationId) -> Result<Option<OrgId>> {
    let sql = sql!("select org_id from invitation_emails where email = $1 and invitation_id = $2");
    Ok(me.directory().maybe::<(OrgId,)>(sql, &[&email.canonical(), &id]).await?.map(|(org,)| org))
}

pub(super) async fn note_invited(tx: &SystemTx, email: &str, org: OrgId) -> Result<()> {
    let sql = sql!("insert into invited_emails (email, org_id) values ($1, $2) on conflict do nothing");
    tx.execute(sql, &[&email, &org]).await.map(drop)
}

/// Returns the organizations that have invited an address.
pub(super) async fn invited_by(tx: &SystemTx, email: &Email) -> Result<Vec<OrgId>> {
    let sql = sql!("select org_id from invited_emails where email = $1 order by org_id");
    Ok(tx.all::<(OrgId,)>(sql, &[&email.canonical()]).await?.into_iter().map(|(org,)| org).collect())
}

/// Removes an address from the organization's invitations: from all, or from those that were answered. One that is still
/// pending, as in an organization that is deleted, is declined.
pub(super) async fn erase_address(tx: &Viewer, email: &Email, all: bool) -> Result<()> {
    let sql = sql!(
        "update invitations set address = $3, email = '', state = case state when 'pending' then 'declined' else state end
         where org_id = $1 and email = $2 and ($4 or state in ('accepted', 'declined'))"
    );
    tx.execute(sql, &[&email.canonical(), &ADDRESS_ERASED, &all]).await?;
    let sql = sql!(
        "delete from invited_emails where org_id = $1 and email = $2 and not exists (
             select 1 from invitations i where i.org_id = $1 and i.email = $2)"
    );
    tx.execute(sql, &[&email.canonical()]).await.map(drop)
}
