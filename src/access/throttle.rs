//! One limiter for every route that checks a secret: failures are counted in the database, so that a restart forgets
//! nothing and every node knows. A failure is written in a transaction that is committed; the refusal comes after.

use std::{net::IpAddr, time::Duration};

use crate::{
    access::{Public, SystemTx},
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{OrgId, UserId},
        text::Email,
    },
    db::{columns, sql},
    http::client::{self, Client},
};

/// How long failures count, from the first on.
pub const WINDOW: Duration = Duration::from_mins(15);
/// Failures at one account.
const PER_ACCOUNT: i64 = 10;
/// Failures from one address, whatever they were at.
const PER_ADDRESS: i64 = 300;
/// Mails of a kind that others can have sent to one address.
const MAILS: i64 = 5;
/// Invitations of one person, to whatever organization, and of one organization, by whomever.
const PER_INVITER: i64 = 200;
const PER_ORGANIZATION: i64 = 500;

/// What a failure is counted for.
#[derive(Debug, Clone)]
pub struct Throttle(Vec<(String, i64)>);

impl Throttle {
    /// Guesses from one address.
    pub fn address(address: IpAddr) -> Self {
        Self(vec![(format!("address {}", client::network(address)), PER_ADDRESS)])
    }

    /// Guesses at an account's password. From where its owner has logged in before they are counted by themselves, so that
    /// nobody can lock the owner out there.
    pub fn account(email: &Email, address: IpAddr, known: bool) -> Self {
        let mut all = Self::address(address);
        let key = if known {
            format!("{}{}", account_from(email.canonical()), client::network(address))
        } else {
            account(email.canonical())
        };
        all.0.push((key, PER_ACCOUNT));
        all
    }

    /// Guesses at the code of a second factor. Only who has got past the first one can make any, and a new password
    /// doesn't forgive them.
    pub fn codes(user: UserId, address: IpAddr) -> Self {
        let mut all = Self::address(address);
        all.0.push((format!("codes {user}"), PER_ACCOUNT));
        all
    }

    /// Mails to an address.
    pub fn mail(email: &Email) -> Self {
        Self(vec![(mail(email.canonical()), MAILS)])
    }

    /// Mails that invite an address, in its canonical form.
    pub fn invitation(email: &str) -> Self {
        Self(vec![(format!("invitation {email}"), MAILS)])
    }

    /// Invitations, whether they are mailed or not.
    pub fn inviting(inviter: UserId, org: OrgId) -> Self {
        Self(vec![(format!("inviter {inviter}"), PER_INVITER), (format!("inviting {org}"), PER_ORGANIZATION)])
    }

    /// Mails with a link to a new password. Counted by themselves: asking for others keeps nobody from getting one.
    pub fn reset(email: &Email) -> Self {
        Self(vec![(reset(email.canonical()), MAILS)])
    }
}

fn account(canonical: &str) -> String {
    format!("account {canonical}")
}

fn account_from(canonical: &str) -> String {
    format!("account {canonical} from ")
}

fn mail(canonical: &str) -> String {
    format!("mail {canonical}")
}

fn reset(canonical: &str) -> String {
    format!("reset {canonical}")
}

struct Count {
    failures: i64,
    since: Time,
}

columns!(Count { failures: "failures", since: "since" });

/// # Errors
/// 429 when there were too many failures.
pub async fn check(tx: &SystemTx, throttle: &Throttle) -> Result<()> {
    for (key, most) in &throttle.0 {
        let count: Option<Count> =
            tx.maybe(sql!("select ", Count::COLUMNS, " from throttles where key = $1"), &[key]).await?;
        if let Some(count) = count.filter(|count| count.failures >= *most) {
            count.refuse(tx.now())?;
        }
    }
    Ok(())
}

/// Counts a failure. Of parallel ones no more pass than of those in turn.
///
/// # Errors
/// 429 when there were too many before it.
pub async fn fail(tx: &SystemTx, throttle: &Throttle) -> Result<()> {
    for (key, most) in &throttle.0 {
        let count = add(tx, key).await?;
        if count.failures > *most {
            count.refuse(tx.now())?;
        }
    }
    Ok(())
}

/// Counts, and answers how long to wait where there were too many before it.
pub async fn wait(tx: &SystemTx, throttle: &Throttle) -> Result<Option<Duration>> {
    let mut wait = None;
    for (key, most) in &throttle.0 {
        let count = add(tx, key).await?;
        if count.failures > *most {
            wait = wait.max(count.left(tx.now()));
        }
    }
    Ok(wait)
}

/// The same where somebody over the limit isn't told.
pub async fn admits(tx: &SystemTx, throttle: &Throttle) -> Result<bool> {
    Ok(wait(tx, throttle).await?.is_none())
}

async fn add(tx: &SystemTx, key: &str) -> Result<Count> {
    tx.one(
        sql!(
            "insert into throttles (key, failures, since) values ($1, 1, $2)
             on conflict (key) do update set
                 failures = case when throttles.since > $3 then throttles.failures + 1 else 1 end,
                 since = case when throttles.since > $3 then throttles.since else excluded.since end
             returning ",
            Count::COLUMNS,
        ),
        &[&key, &tx.now(), &(tx.now() - WINDOW)],
    )
    .await
}

impl Count {
    /// # Errors
    /// 429 while the window lasts.
    fn refuse(&self, now: Time) -> Result<()> {
        self.left(now).map_or(Ok(()), |left| Err(Error::too_many_attempts(left)))
    }

    /// What is left of the window, in whole seconds.
    fn left(&self, now: Time) -> Option<Duration> {
        let left = u64::try_from((self.since + WINDOW).millis() - now.millis()).ok().filter(|left| *left > 0);
        left.map(|left| Duration::from_secs(left.div_ceil(1000)))
    }
}

/// Counts a failure in a transaction of its own.
pub async fn note_failure(public: &Public, throttle: &Throttle) -> Result<()> {
    let throttle = throttle.clone();
    public.write(async move |tx: &SystemTx| fail(tx, &throttle).await).await
}

/// Passes an answer on; one that says that a secret was never given out, or isn't right, is counted as a guess from this
/// address.
///
/// # Errors
/// Those of the answer; 429 after too many guesses.
pub async fn unless_guessed<T>(public: &Public, client: &Client, answer: Result<T>) -> Result<T> {
    if let Err(refusal) = &answer
        && matches!(refusal.code(), Code::NotFound | Code::InvalidCode)
    {
        note_failure(public, &Throttle::address(client.address)).await?;
    }
    answer
}

/// Forgets what was counted for an account: who proved that it is theirs may try again.
pub async fn forgive(tx: &SystemTx, user: UserId, email: &str) -> Result<()> {
    let sql = sql!(
        "delete from throttles
         where key in ($1, $2, $3) or key in (select $4 || s.network from sessions s where s.user_id = $5)"
    );
    let keys = (account(email), mail(email), reset(email), account_from(email));
    tx.execute(sql, &[&keys.0, &keys.1, &keys.2, &keys.3, &user]).await.map(drop)
}

/// Throws away what no longer counts.
pub async fn sweep(tx: &SystemTx) -> Result<u64> {
    tx.execute(
        sql!("delete from throttles where key in (select key from throttles where since < $1 order by since limit 1000)"),
        &[&(tx.now() - WINDOW)],
    )
    .await
}
