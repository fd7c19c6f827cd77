//! The changes in all of the caller's organizations and of their account, for a client that keeps a copy of everything. The
//! organizations are read one after another, each as its own changes are; one that has nothing new costs two statements.

pub mod live;

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Change, Changed, Place, Reading};
use crate::{
    access::{Credential, OrgTx, UserTx},
    base::{
        clock::Time,
        error::{Error, Result},
        id::{Id, OrgId, UserId},
        secret,
    },
    effects::ledger::{self, Mark},
    identity::accounts::{self, User},
    workspace::orgs,
};

/// The number of organizations whose places a cursor holds, so that it fits into a URL.
const HELD: usize = 50;
/// The number of organizations that are looked at for one response.
const STEPS: usize = 200;
/// More than the clocks of two nodes differ, and than a write waits for the ledger.
const SKEW: Duration = Duration::from_hours(1);

/// The state of a client's copy of everything: the content of the opaque cursor `next`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Everything {
    /// The user whose copy this is.
    user: UserId,
    /// The only organization that the credential reaches.
    only: Option<OrgId>,
    /// The version of the account that was sent last.
    account: i64,
    /// The newest entry that was processed in each organization.
    held: BTreeMap<OrgId, Mark>,
    /// The organization of which only a part was sent.
    amid: Option<(OrgId, Place)>,
    /// The last organization that was looked at, if others have yet to be.
    after: OrgId,
    /// When looking at the organizations began.
    began: Time,
    others: Option<Others>,
}

/// The organizations that `held` has no room for: those that changed least recently. Their entries up to `until` were processed.
///
/// That is enough to notice a return to a backup, since what is lost with it is the newest.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Others {
    /// The digest of the ids of all the caller's organizations. With another one, the copy begins anew.
    all: String,
    until: Time,
    /// The same for those that were looked at since `began`.
    next: Time,
}

impl Others {
    fn of(all: &[OrgId]) -> Self {
        let (until, next) = (Time::from_millis(0), Time::from_millis(0));
        Self { all: digest(all), until, next }
    }
}

fn digest(all: &[OrgId]) -> String {
    let ids: Vec<Uuid> = all.iter().map(OrgId::uuid).collect();
    secret::hex(&secret::digest(&ids.iter().flat_map(Uuid::as_bytes).copied().collect::<Vec<u8>>()))
}

impl Everything {
    /// The state of a copy that has nothing yet.
    fn nothing(me: &UserTx, all: &[OrgId]) -> Self {
        Self {
            user: me.user(),
            only: only(me),
            account: 0,
            held: BTreeMap::new(),
            amid: None,
            after: Id::NIL,
            began: me.now(),
            others: (all.len() > HELD).then(|| Others::of(all)),
        }
    }

    /// Returns the user whose copy this is.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// Returns whether this is a copy of the caller's, with the same credential or one that reaches as far.
    pub fn is_of(&self, me: &UserTx) -> bool {
        self.user == me.user() && self.only == only(me)
    }

    /// Returns whether the copy can be brought up to date where these are all the caller's organizations.
    fn is_current(&self, all: &[OrgId]) -> bool {
        self.others.as_ref().is_none_or(|others| others.all == digest(all))
    }

    /// Returns the place of the copy in an organization; `None` if it has nothing of it.
    async fn place_in(&self, tx: &OrgTx) -> Result<Option<Place>> {
        if let Some((_, place)) = self.amid.as_ref().filter(|(org, _)| *org == tx.org()) {
            return Ok(Some(place.clone()));
        }
        let mark = match (self.held.get(&tx.org()), &self.others) {
            (Some(mark), _) => Some(*mark),
            (None, Some(others)) => ledger::mark_until(tx, others.until).await?,
            (None, None) => None,
        };
        Ok(mark.map(|mark| Place::entries(tx.user(), mark.seq, mark)))
    }

    /// Returns whether the copy may have something of an organization in which its place isn't known.
    fn may_have_some(&self) -> bool {
        self.others.as_ref().is_some_and(|others| others.until > Time::from_millis(0))
    }

    /// Takes up the account. Returns what tells of it, if it changed.
    async fn take_up_account(&mut self, me: &UserTx) -> Result<Option<Change>> {
        let user = accounts::me(me).await?;
        let is_new = user.version != self.account;
        self.account = user.version;
        Ok(is_new.then(|| account(user)))
    }

    /// Forgets the organizations that the caller isn't in any more. Returns what tells of them.
    fn leave_others(&mut self, all: &[OrgId]) -> Vec<Change> {
        let is_left = |org: &OrgId| all.binary_search(org).is_err();
        if let Some((org, place)) = self.amid.take_if(|(org, _)| is_left(org)) {
            self.held.entry(org).or_insert(place.newest);
        }
        self.held.extract_if(.., |org, _| is_left(org)).map(|(org, mark)| gone(org, mark.seq)).collect()
    }

    /// Makes room for the places of the organizations that have yet to be looked at, and of those that changed most recently.
    fn trim(&mut self, all: &[OrgId]) {
        let order = |(org, mark): (&OrgId, &Mark)| (*org > self.after, mark.time(), *org);
        let mut first: Vec<_> = self.held.iter().map(order).collect();
        first.sort_unstable();
        first.truncate(self.held.len().saturating_sub(HELD));
        for (_, time, org) in first {
            self.held.remove(&org);
            let others = self.others.get_or_insert_with(|| Others::of(all));
            // Later entries are of a later time, but for the clocks. Some may be sent twice.
            others.next = others.next.max(time.min(self.began - SKEW));
        }
    }

    /// Begins to look at the organizations again, at the first one.
    fn look_again(&mut self) {
        self.after = Id::NIL;
        if let Some(others) = &mut self.others {
            others.until = others.until.max(others.next);
        }
    }
}

/// Returns the only organization that the caller's credential reaches, if it is restricted to one.
fn only(me: &UserTx) -> Option<OrgId> {
    match me.credential() {
        Credential::Token(grant) => grant.org,
        Credential::Session(_) => None,
    }
}

/// Returns the caller's organizations that their credential reaches, in the order of their ids. Deleted ones are among them.
async fn reached(me: &UserTx) -> Result<Vec<OrgId>> {
    let all = orgs::store::mine(me, Id::NIL, i64::MAX).await?;
    Ok(all.into_iter().map(|(org,)| org).filter(|org| me.reaches(*org)).collect())
}

/// What brings a copy of everything up to date.
pub struct Update {
    pub items: Vec<Change>,
    pub copy: Everything,
    pub has_more: bool,
    pub reset: bool,
}

/// Returns what changed since a copy was brought up to date, or everything if there is no copy. The number of items is about
/// `limit`.
pub async fn read(me: &UserTx, copy: Option<Everything>, limit: usize) -> Result<Update> {
    let all = reached(me).await?;
    if let Some(copy) = copy.filter(|copy| copy.is_current(&all))
        && let Some(update) = Walk::new(me, &all, copy, limit).update(false).await?
    {
        return Ok(update);
    }
    let anew = Walk::new(me, &all, Everything::nothing(me, &all), limit).update(true).await?;
    anew.ok_or_else(|| Error::internal("a copy that has nothing has another history"))
}

/// What looking at one organization comes to.
enum Seen {
    /// Everything up to this entry was told.
    All(Mark),
    /// There was nothing to tell.
    Nothing,
    /// A part was told.
    Part(Place),
    /// What the copy has never happened in the history that the organization has now.
    AnotherHistory,
}

/// A walk through the caller's organizations, in the order of their ids.
struct Walk<'a> {
    me: &'a UserTx,
    all: &'a [OrgId],
    copy: Everything,
    items: Vec<Change>,
    limit: usize,
}

impl<'a> Walk<'a> {
    const fn new(me: &'a UserTx, all: &'a [OrgId], copy: Everything, limit: usize) -> Self {
        Self { me, all, copy, items: Vec::new(), limit }
    }

    /// Returns what to tell; `None` if the server has gone back to a backup since the copy was brought up to date.
    async fn update(mut self, reset: bool) -> Result<Option<Update>> {
        self.items.extend(self.copy.take_up_account(self.me).await?);
        self.items.extend(self.copy.leave_others(self.all));
        let Some(has_more) = self.look_at_the_rest().await? else { return Ok(None) };
        self.copy.trim(self.all);
        if !has_more {
            self.copy.look_again();
        }
        Ok(Some(Update { items: self.items, copy: self.copy, has_more, reset }))
    }

    /// Looks at the organizations that come next, until the response is full. Returns whether there are others.
    async fn look_at_the_rest(&mut self) -> Result<Option<bool>> {
        if self.copy.after == Id::NIL && self.copy.amid.is_none() {
            self.copy.began = self.me.now();
        }
        let from = self.all.partition_point(|org| *org <= self.copy.after);
        let rest = self.all.get(from..).unwrap_or_default();
        // The one of which a part is still to be told comes first: others may have come before it meanwhile.
        let first = self.copy.amid.as_ref().map(|(org, _)| *org);
        for (looked, org) in first.into_iter().chain(rest.iter().copied()).enumerate() {
            if looked == STEPS || self.items.len() >= self.limit {
                return Ok(Some(true));
            }
            let seen = self.look_at(org).await?;
            self.copy.amid = None;
            match seen {
                Seen::AnotherHistory => return Ok(None),
                Seen::Part(place) => {
                    self.copy.amid = Some((org, place));
                    return Ok(Some(true));
                }
                Seen::All(mark) => drop(self.copy.held.insert(org, mark)),
                Seen::Nothing => {}
            }
            if first != Some(org) {
                self.copy.after = org;
            }
        }
        Ok(Some(false))
    }

    async fn look_at(&mut self, org: OrgId) -> Result<Seen> {
        let Some(tx) = self.me.visit_any(org).await? else { return Ok(Seen::Nothing) };
        let newest = ledger::last_mark(&tx).await?;
        let known = self.copy.place_in(&tx).await?;
        if let Some(place) = &known {
            if place.newest == newest && place.seq == newest.seq && !place.is_amidst() {
                // The last part may have filled a response just so.
                let is_amid = self.copy.amid.as_ref().is_some_and(|(amid, _)| *amid == org);
                return Ok(if is_amid { Seen::All(newest) } else { Seen::Nothing });
            }
            if ledger::known_mark(&tx, place.newest).await?.is_none() {
                return Ok(Seen::AnotherHistory);
            }
        }
        if !tx.is_open() {
            self.items.extend(known.map(|_| gone(org, newest.seq)));
            return Ok(Seen::All(newest));
        }
        let is_new = known.is_none();
        if is_new && self.copy.may_have_some() {
            self.items.push(gone(org, newest.seq));
        }
        let place = known.unwrap_or_else(|| Place::all(tx.user(), newest.seq, newest));
        let room = self.limit.saturating_sub(self.items.len());
        let mut reading = Reading::new(&tx, Place { newest, ..place }, false, room);
        let more = reading.read(usize::MAX).await?;
        if reading.reset && !is_new {
            // Everything in it comes again, and what doesn't come is gone.
            self.items.push(gone(org, newest.seq));
        }
        let told = reading.items().await?.into_iter();
        self.items.extend(told.map(|change| change.within(org)));
        Ok(if more { Seen::Part(reading.place) } else { Seen::All(newest) })
    }
}

/// Tells of the caller's account.
fn account(user: User) -> Change {
    let (id, seq) = (user.id.uuid(), user.version);
    Change::User(Changed { organization_id: None, id, seq, deleted: false, object: Some(user) })
}

/// Tells that an organization is gone, with everything in it.
fn gone(org: OrgId, seq: i64) -> Change {
    let (organization_id, id) = (Some(org), org.uuid());
    Change::Organization(Changed { organization_id, id, seq, deleted: true, object: None })
}
