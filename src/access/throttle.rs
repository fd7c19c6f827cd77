//! The throttle: limits failed guesses of passwords and codes, and the messages and invitations that users can trigger.
//! Random tokens can't be guessed, so that wrong ones aren't counted. Counts are kept in the database, so that they survive a restart and are shared by all nodes. A failure
//! is counted in a transaction that is committed; the request is refused afterwards.

use std::{net::IpAddr, time::Duration};

use crate::{
    access::SystemTx,
    base::{
        clock::Time,
        error::{Error, Result},
        id::{OrgId, SessionId, UserId},
        text::Email,
    },
    db::{columns, sql},
    http::client,
};

/// The length of the window in which attempts are counted. It starts with the first attempt.
pub const WINDOW: Duration = Duration::from_mins(15);
/// The maximum number of failures for one account in a window.
const PER_ACCOUNT: i64 = 10;
/// The maximum number of failures from one network in a window: an IPv4 address or an IPv6 /64.
const PER_NETWORK: i64 = 300;
/// The maximum number of failures from one IPv6 /48 in a window, which is what a site is usually assigned (RFC 6177).
const PER_SITE: i64 = 3_000;
/// The maximum number of sign-ups from one network in a window. Each costs a hash.
const SIGNUPS: i64 = 3_000;
/// The maximum number of messages of one kind that others can have sent to one e-mail address in a window.
const MAILS: i64 = 5;
/// The maximum number of refused calls of one user in a window that the security log records.
const REFUSALS: i64 = 20;
/// The maximum number of messages in a window that tell one user of logins from new devices.
const NEW_DEVICES: i64 = 5;
/// The maximum number of invitations by one user in a window, over all organizations.
const PER_INVITER: i64 = 200;
/// The maximum number of invitations to one organization in a window, by all its members.
const PER_ORGANIZATION: i64 = 500;

/// The keys that an attempt is counted under, each with its limit.
#[derive(Debug, Clone)]
pub struct Throttle(Vec<(String, i64)>);

impl Throttle {
    /// Counts guesses of an account's password.
    pub fn password(email: &Email, guesser: Guesser) -> Self {
        Self::guesses(&account(email.canonical()), guesser)
    }

    /// Counts guesses of a second factor's code. Only a caller who passed the first factor can make them. Unlike those
    /// of the password, they aren't reset by a new password.
    pub fn codes(user: UserId, guesser: Guesser) -> Self {
        Self::guesses(&format!("codes {user}"), guesser)
    }

    fn guesses(secret: &str, guesser: Guesser) -> Self {
        match guesser {
            Guesser::Stranger(address) => {
                let network = (format!("address {}", client::network(address)), PER_NETWORK);
                let site = client::site(address).map(|site| (format!("site {site}"), PER_SITE));
                Self([(secret.to_owned(), PER_ACCOUNT), network].into_iter().chain(site).collect())
            }
            Guesser::Returning(address) => {
                Self(vec![(format!("{secret} from {}", client::network(address)), PER_ACCOUNT)])
            }
            Guesser::Device(session) => Self(vec![(format!("{secret} on {session}"), PER_ACCOUNT)]),
            Guesser::InSession(session) => Self(vec![(format!("{secret} in {session}"), PER_ACCOUNT)]),
        }
    }

    /// Counts sign-ups from one network.
    pub fn signing_up(address: IpAddr) -> Self {
        Self(vec![(format!("sign-ups {}", client::network(address)), SIGNUPS)])
    }

    /// Counts messages to an e-mail address.
    pub fn mail(email: &Email) -> Self {
        Self(vec![(mail(email.canonical()), MAILS)])
    }

    /// Counts invitations that are mailed to an e-mail address, given in its canonical form.
    pub fn invitation(email: &str) -> Self {
        Self(vec![(format!("invitation {email}"), MAILS)])
    }

    /// Counts invitations by a user and by an organization, whether they are mailed or not.
    pub fn inviting(inviter: UserId, org: OrgId) -> Self {
        Self(vec![(format!("inviter {inviter}"), PER_INVITER), (format!("inviting {org}"), PER_ORGANIZATION)])
    }

    /// Counts refused calls of a user that the security log records.
    pub fn refusals(user: UserId) -> Self {
        Self(vec![(format!("refusals {user}"), REFUSALS)])
    }

    /// Counts messages that tell a user of logins from new devices.
    pub fn new_devices(user: UserId) -> Self {
        Self(vec![(format!("new devices {user}"), NEW_DEVICES)])
    }

    /// Counts password reset messages to an e-mail address. They are counted separately, so that requests for other
    /// messages can't prevent a reset.
    pub fn reset(email: &Email) -> Self {
        Self(vec![(reset(email.canonical()), MAILS)])
    }
}

/// Who guesses a secret of an account. Those who have logged in to it before are counted by themselves, so that nobody
/// else's failures shut them out.
#[derive(Debug, Clone, Copy)]
pub enum Guesser {
    /// Nobody has logged in to the account from this address's network.
    Stranger(IpAddr),
    /// Somebody has logged in to the account from this address's network before.
    Returning(IpAddr),
    /// A device that logged in to the account in this session, and may have logged out since.
    Device(SessionId),
    /// Somebody who is logged in to the account.
    InSession(SessionId),
}

fn account(canonical: &str) -> String {
    format!("account {canonical}")
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

/// Checks that none of the limits is reached. Counts nothing.
///
/// # Errors
/// 429 if there were too many failures.
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

/// Counts a failure. The limits also hold for parallel attempts, because each is counted before it is compared.
///
/// # Errors
/// 429 if there were too many before it.
pub async fn fail(tx: &SystemTx, throttle: &Throttle) -> Result<()> {
    for (key, most) in &throttle.0 {
        let count = add(tx, key).await?;
        if count.failures > *most {
            count.refuse(tx.now())?;
        }
    }
    Ok(())
}

/// Counts an attempt. Returns how long the caller must wait if there were too many before it; otherwise `None`.
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

/// Counts an attempt. Returns whether it is within the limits, for routes that don't tell the caller.
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
    /// Refuses the attempt.
    ///
    /// # Errors
    /// 429 until the window ends.
    fn refuse(&self, now: Time) -> Result<()> {
        self.left(now).map_or(Ok(()), |left| Err(Error::too_many_attempts(left)))
    }

    /// Returns the rest of the window, rounded up to whole seconds. Returns `None` if the window has ended.
    fn left(&self, now: Time) -> Option<Duration> {
        let left = u64::try_from((self.since + WINDOW).millis() - now.millis()).ok().filter(|left| *left > 0);
        left.map(|left| Duration::from_secs(left.div_ceil(1000)))
    }
}

/// Resets the counts of an account's failed passwords and messages, after its owner proved that it is theirs. `email`
/// is the account's address in its canonical form.
pub async fn forgive(tx: &SystemTx, user: UserId, email: &str) -> Result<()> {
    let sql = sql!(
        "delete from throttles
         where key in ($1, $2, $3) or key in (select $4 || s.network from sessions s where s.user_id = $5)"
    );
    let keys = (account(email), mail(email), reset(email), format!("{} from ", account(email)));
    tx.execute(sql, &[&keys.0, &keys.1, &keys.2, &keys.3, &user]).await.map(drop)
}

/// Deletes up to 1000 counts whose window has ended. Returns how many it deleted.
pub async fn sweep(tx: &SystemTx) -> Result<u64> {
    tx.execute(
        sql!("delete from throttles where key in (select key from throttles where since < $1 order by since limit 1000)"),
        &[&(tx.now() - WINDOW)],
    )
    .await
}
