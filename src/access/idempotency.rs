//! Idempotency: a request with an `Idempotency-Key` claims the key in the transaction of its effect, and stores its answer
//! there. Repeats get that answer.

use std::{sync::Arc, time::Duration};

use super::{
    Gateway, SystemTx, UserTx, Viewer,
    ledger::{SCHEDULE_PURGE, purge_day},
};
use crate::{
    base::{
        clock::Time,
        error::{Code, Error, Result, StoredAnswer},
        id::{OrgId, UserId},
        secret::Seal,
    },
    db::{Scope, Sql, Tx, sql},
    http::idempotency::Keyed,
};

/// How long an answer is kept for repeats of its request.
pub(super) const KEPT: Duration = Duration::from_hours(24);

/// The keyed request of a user.
#[derive(Clone)]
pub(super) struct Claim {
    pub(super) keyed: Keyed,
    pub(super) user: UserId,
    /// Encrypts the answers, because some hold secrets.
    pub(super) seal: Arc<Seal>,
}

/// Where a claim is stored: with the organization that the request writes to, or with the user's account.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Org(OrgId),
    Account(UserId),
}

impl Place {
    fn scope(self) -> Scope {
        match self {
            Self::Org(org) => Scope::Tenant(org.uuid()),
            Self::Account(user) => Scope::User(user.uuid()),
        }
    }

    /// Claims a key, unless it was claimed after `$5`. Waits for a transaction that is claiming it.
    const fn claim(self) -> Sql<'static> {
        match self {
            Self::Org(_) => sql!(
                "insert into org_idempotency_keys (org_id, key_hash, content_hash, claimed_at, answer)
                 values ($1, $2, $3, $4, '')
                 on conflict (org_id, key_hash) do update
                     set content_hash = excluded.content_hash, claimed_at = excluded.claimed_at, answer = ''
                     where org_idempotency_keys.claimed_at <= $5"
            ),
            Self::Account(_) => sql!(
                "insert into user_idempotency_keys (user_id, key_hash, content_hash, claimed_at, answer)
                 values ($1, $2, $3, $4, '')
                 on conflict (user_id, key_hash) do update
                     set content_hash = excluded.content_hash, claimed_at = excluded.claimed_at, answer = ''
                     where user_idempotency_keys.claimed_at <= $5"
            ),
        }
    }

    const fn find(self) -> Sql<'static> {
        match self {
            Self::Org(_) => sql!(
                "select content_hash, answer from org_idempotency_keys
                 where org_id = $1 and key_hash = $2 and claimed_at > $3"
            ),
            Self::Account(_) => sql!(
                "select content_hash, answer from user_idempotency_keys
                 where user_id = $1 and key_hash = $2 and claimed_at > $3"
            ),
        }
    }

    const fn keep(self) -> Sql<'static> {
        match self {
            Self::Org(_) => {
                sql!("update org_idempotency_keys set answer = $3 where org_id = $1 and key_hash = $2")
            }
            Self::Account(_) => {
                sql!("update user_idempotency_keys set answer = $3 where user_id = $1 and key_hash = $2")
            }
        }
    }
}

impl Claim {
    /// Claims the key for this transaction.
    ///
    /// # Errors
    /// The stored answer, if the request was answered before; 422 if the key is malformed, or the other request had
    /// another body or query.
    pub(super) async fn lay(&self, tx: &Tx, place: Place, now: Time) -> Result<()> {
        let (key, content) = (self.keyed.hash(self.user)?, self.keyed.content_hash());
        let tx = tx.with_scope(place.scope());
        if tx.execute(place.claim(), &[&key, &content, &now, &(now - KEPT)]).await? == 0 {
            self.replay(&tx, place, now).await?;
        }
        Ok(())
    }

    /// Looks whether the request was answered before.
    ///
    /// # Errors
    /// Those of [`Claim::lay`].
    pub(super) async fn replay(&self, tx: &Tx, place: Place, now: Time) -> Result<()> {
        let (key, content) = (self.keyed.hash(self.user)?, self.keyed.content_hash());
        let tx = tx.with_scope(place.scope());
        let found = tx.maybe::<(String, String)>(place.find(), &[&key, &(now - KEPT)]).await?;
        let Some((known, answer)) = found else { return Ok(()) };
        if known != content {
            return Err(Code::IdempotencyKeyReused.into());
        }
        let answer = self.seal.open(&answer).ok_or_else(|| {
            Code::IdempotencyKeyReused
                .with("The stored answer can't be read any more: the server's master secret was replaced. Look whether the request was done, and choose a new key.")
        })?;
        Err(Error::Replayed(serde_json::from_str(&answer).map_err(Error::internal)?))
    }

    /// Stores the answer under the claimed key. The transaction may have entered organizations meanwhile.
    pub(super) async fn keep(&self, tx: &Tx, place: Place, answer: &StoredAnswer) -> Result<()> {
        let answer = serde_json::to_string(answer).map_err(Error::internal)?;
        let (key, answer) = (self.keyed.hash(self.user)?, self.seal.close(&answer)?);
        tx.switch_scope(place.scope()).execute(place.keep(), &[&key, &answer]).await.map(drop)
    }

    /// Claims the key with the user's account and stores the answer, for a request that wrote nothing.
    ///
    /// # Errors
    /// Those of [`Claim::lay`].
    pub(super) async fn keep_alone(self, gateway: &Gateway, answer: StoredAnswer) -> Result<()> {
        let place = Place::Account(self.user);
        let now = gateway.clock().now();
        let transaction = async move |tx: &Tx| {
            self.lay(tx, place, now).await?;
            self.keep(tx, place, &answer).await
        };
        gateway.db().write(place.scope(), transaction).await
    }

    /// Notes that the organization's expired keys are to be deleted, on the first day on which this one is.
    pub(super) async fn schedule(&self, tx: &SystemTx, org: OrgId) -> Result<()> {
        tx.execute(SCHEDULE_PURGE, &[&purge_day(tx.now() + KEPT), &org]).await.map(drop)
    }
}

/// Deletes up to 1000 expired keys of accounts. Returns how many it deleted.
pub async fn sweep(tx: &SystemTx) -> Result<u64> {
    let sql = sql!(
        "delete from user_idempotency_keys where (user_id, key_hash) in
             (select user_id, key_hash from user_idempotency_keys where claimed_at <= $1 order by claimed_at limit 1000)"
    );
    tx.execute(sql, &[&(tx.now() - KEPT)]).await
}

/// Deletes so many expired keys of an organization. Returns whether there were any.
pub async fn sweep_in(tx: &Viewer, rows: i64) -> Result<bool> {
    let sql = sql!(
        "delete from org_idempotency_keys where org_id = $1 and key_hash in
             (select key_hash from org_idempotency_keys where org_id = $1 and claimed_at <= $2
              order by claimed_at limit $3)"
    );
    Ok(tx.execute(sql, &[&(tx.now() - KEPT), &rows]).await? > 0)
}

/// Deletes all keys of an account.
pub async fn erase(tx: &UserTx) -> Result<()> {
    tx.execute(sql!("delete from user_idempotency_keys where user_id = $1"), &[]).await.map(drop)
}
