//! What a stream tells of all the caller's organizations and of their account. It looks at each organization once, in a round
//! as their changes make; from then on only at those that it hears of, and with each heartbeat at some of them all.

use std::collections::BTreeSet;

use axum::response::sse::Event;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Everything, gone, reached};
use crate::{
    access::{OrgTx, UserTx},
    base::{
        clock::Time,
        error::Result,
        id::{Id, OrgId},
    },
    db::About,
    effects::ledger::{self, ActivityEntry, Mark},
    identity::accounts,
    views::changes::{
        Change, Changed, Place,
        live::{self, LiveEntry, StreamChanges},
    },
    workspace::orgs,
};

/// The number of organizations that are looked at, and about that of events that are told, in one transaction.
const AT_ONCE: usize = 50;
/// The number of organizations that a heartbeat looks at.
const BEAT: usize = 10;
/// Each organization is looked at in at most so many heartbeats: within `SKEW`, by far.
const BEATS: usize = 100;

/// The data of a server-sent event of the stream, as JSON: an activity entry of one of the organizations, with its object if
/// `include=object` asks for it; or changes for an event that is named `changes`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "MyStreamEvent")]
pub enum MyEvent {
    Entry(Box<InOrganization<ActivityEntry>>),
    EntryWithObject(Box<InOrganization<LiveEntry>>),
    Changes(MyStreamChanges),
}

impl MyEvent {
    /// Tells that what the client has may never have happened.
    pub const fn reset() -> Self {
        Self::Changes(MyStreamChanges { items: Vec::new(), reset: true })
    }

    /// Returns the event with this data, without an id.
    pub fn event(&self) -> Event {
        let event = match self {
            Self::Entry(_) | Self::EntryWithObject(_) => Event::default(),
            Self::Changes(_) => Event::default().event("changes"),
        };
        event.data(serde_json::to_string(self).unwrap_or_default())
    }
}

/// An activity entry with the organization that it is part of.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}InOrganization")]
pub struct InOrganization<T> {
    /// The organization's id.
    pub organization_id: OrgId,
    #[serde(flatten)]
    pub entry: T,
}

/// Tells of the caller's account, of organizations that they join and leave, and with `include=object` of the objects that
/// changed without an entry of their own that the caller sees.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MyStreamChanges {
    /// The objects, each as it is now or as gone, in the order in which to take them up.
    pub items: Vec<Change>,
    /// Whether to discard everything before applying these items, because the server has gone back to a backup in which it may
    /// never have happened. With `include=object`, everything is sent again after that; without, load it anew.
    pub reset: bool,
}

/// How far a stream has told what happens.
#[derive(Debug, Clone)]
pub struct Told {
    /// The copy of a client that took up everything. It has a place for each organization from the end of the first round on.
    copy: Everything,
    /// The caller's organizations, in the order of their ids.
    all: Vec<OrgId>,
    /// The organization of which there is more to tell: its entries were told up to the mark, its objects up to the place.
    amid: Option<(OrgId, Mark, Place)>,
    /// After which organization the present round began, in which each is looked at; `None` when all were.
    round: Option<OrgId>,
    /// Whether to look at the account, and at which organizations the caller is in.
    oneself: bool,
    /// The organizations to look at.
    todo: BTreeSet<OrgId>,
    /// The last organization that a heartbeat chose.
    beaten: OrgId,
    with_objects: bool,
}

/// What a look finds.
pub struct Found {
    pub told: Told,
    pub events: Vec<MyEvent>,
    pub now: Time,
}

/// What looking at one organization comes to.
#[derive(PartialEq, Eq)]
enum Seen {
    All,
    /// There is more to tell.
    Part,
    /// What was told never happened in the history that the organization has now.
    AnotherHistory,
}

/// The beginning of a stream.
impl Told {
    /// Has told what a client's copy has.
    pub fn since(copy: Everything, with_objects: bool) -> Self {
        Self {
            round: Some(copy.after),
            copy,
            all: Vec::new(),
            amid: None,
            oneself: true,
            todo: BTreeSet::new(),
            beaten: Id::NIL,
            with_objects,
        }
    }

    /// Has told everything until now.
    pub async fn until_now(me: &UserTx, with_objects: bool) -> Result<Self> {
        let all = reached(me).await?;
        let mut copy = Everything::nothing(me, &all);
        copy.account = accounts::me(me).await?.version;
        for org in &all {
            if let Some(tx) = me.visit_any(*org).await? {
                copy.held.insert(*org, ledger::last_mark(&tx).await?);
            }
        }
        copy.others = None;
        Ok(Self { round: None, todo: all.iter().copied().collect(), all, ..Self::since(copy, with_objects) })
    }

    /// Has told nothing.
    pub async fn nothing(me: &UserTx, with_objects: bool) -> Result<Self> {
        Ok(Self::since(Everything::nothing(me, &reached(me).await?), with_objects))
    }
}

/// What to look at.
impl Told {
    pub fn orgs(&self) -> &[OrgId] {
        &self.all
    }

    pub fn has_work(&self) -> bool {
        self.oneself || self.amid.is_some() || !self.todo.is_empty()
    }

    /// Notes what news are about.
    pub fn hear(&mut self, about: About) {
        let topics = match about {
            About::Topics(topics) => topics,
            About::Anything => {
                self.oneself = true;
                self.todo.extend(&self.all);
                return;
            }
        };
        for org in topics.into_iter().map(OrgId::new) {
            if self.all.binary_search(&org).is_ok() {
                self.todo.insert(org);
            } else {
                self.oneself = true;
            }
        }
    }

    /// Notes what to look at because news may have been lost: of all organizations some, in turn.
    pub fn beat(&mut self) {
        self.oneself = true;
        let from = self.all.partition_point(|org| *org <= self.beaten);
        let most = BEAT.max(self.all.len() / BEATS);
        let some: Vec<OrgId> = self.all.iter().skip(from).take(most).copied().collect();
        self.beaten = some.last().copied().filter(|_| some.len() == most).unwrap_or(Id::NIL);
        self.todo.extend(some);
    }

    /// Returns the state of the copy of a client that took up everything that was told.
    pub fn copy(&self) -> Everything {
        let mut copy = self.copy.clone();
        copy.trim(&self.all);
        if self.round.is_none() {
            copy.look_again();
        }
        copy
    }
}

/// Looking.
impl Told {
    /// Looks at what there is to look at next.
    pub async fn look(mut self, me: &UserTx) -> Result<Found> {
        let mut events = Vec::new();
        let seen = if self.oneself {
            self.look_at_oneself(me, &mut events).await?
        } else {
            self.look_at_some(me, &mut events).await?
        };
        if seen == Seen::AnotherHistory {
            events = vec![MyEvent::reset()];
            self = Self::nothing(me, self.with_objects).await?;
        }
        if !self.has_work() {
            self.end_round(me.now());
        }
        Ok(Found { told: self, events, now: me.now() })
    }

    async fn look_at_oneself(&mut self, me: &UserTx, events: &mut Vec<MyEvent>) -> Result<Seen> {
        let all = reached(me).await?;
        if !self.copy.is_current(&all) {
            return Ok(Seen::AnotherHistory);
        }
        let is_left = |org: &OrgId| all.binary_search(org).is_err();
        self.amid.take_if(|(org, ..)| is_left(org));
        self.todo.retain(|org| !is_left(org));
        let mut items: Vec<Change> = self.copy.take_up_account(me).await?.into_iter().collect();
        items.extend(self.copy.leave_others(&all));
        events.extend(changes(items));
        if self.copy.after == Id::NIL && self.copy.amid.is_none() {
            self.copy.began = me.now();
        }
        let amid = self.copy.amid.as_ref().map(|(org, _)| *org);
        let come = all.iter().filter(|org| self.all.binary_search(org).is_err());
        // After a round that began at the first one, there is none in which it would be looked at.
        let is_only_round = self.round == Some(Id::NIL);
        let is_to_come = |org: &&OrgId| is_only_round || **org > self.copy.after || amid == Some(**org);
        self.todo.extend(come.filter(is_to_come));
        (self.all, self.oneself) = (all, false);
        Ok(Seen::All)
    }

    async fn look_at_some(&mut self, me: &UserTx, events: &mut Vec<MyEvent>) -> Result<Seen> {
        // The one of which a part is still to be told comes first.
        let amid = self.amid.as_ref().map(|(org, ..)| *org);
        let first = amid.or_else(|| self.copy.amid.as_ref().map(|(org, _)| *org));
        let rest = self.todo.iter().copied().filter(|org| first != Some(*org));
        for org in first.into_iter().chain(rest).take(AT_ONCE).collect::<Vec<_>>() {
            let seen = self.look_at(me, org, events).await?;
            if seen != Seen::All {
                return Ok(seen);
            }
            // One that came first is looked at again in its turn.
            if first != Some(org) {
                self.todo.remove(&org);
                self.copy.after = self.round.map_or(Id::NIL, |_| org);
            }
            if events.len() >= AT_ONCE {
                break;
            }
        }
        Ok(Seen::All)
    }

    async fn look_at(&mut self, me: &UserTx, org: OrgId, events: &mut Vec<MyEvent>) -> Result<Seen> {
        let amid = self.amid.take();
        let Some(tx) = me.visit_any(org).await? else {
            self.copy.amid.take_if(|(amid, _)| *amid == org);
            self.todo.remove(&org);
            self.oneself = true;
            return Ok(Seen::All);
        };
        let newest = ledger::last_mark(&tx).await?;
        let known = match amid {
            Some((_, mark, place)) => Some((mark, place)),
            None => self.copy.place_in(&tx).await?.map(|place| (Mark::numbered(place.seq()), place)),
        };
        if let Some((mark, place)) = &known {
            let is_told = mark.seq == newest.seq && place.seq() == newest.seq && !place.is_amidst();
            if !is_told || place.newest() != newest {
                if ledger::known_mark(&tx, place.newest()).await?.is_none() {
                    return Ok(Seen::AnotherHistory);
                }
            } else {
                return Ok(self.holds(org, newest));
            }
        }
        if !tx.is_open() {
            events.extend(changes(known.map(|_| gone(org, newest.seq)).into_iter().collect()));
            return Ok(self.holds(org, newest));
        }
        match known {
            Some((mark, place)) => {
                let mark = ledger::known_mark(&tx, mark).await?.unwrap_or(newest);
                self.tell(&tx, mark, place, events).await
            }
            None if self.with_objects => {
                if self.copy.may_have_some() {
                    events.extend(changes(vec![gone(org, newest.seq)]));
                }
                let place = Place::all(tx.user(), newest.seq, newest);
                self.tell(&tx, newest, place, events).await
            }
            None => {
                events.extend(changes(joined(&tx, newest.seq).await?.into_iter().collect()));
                Ok(self.holds(org, newest))
            }
        }
    }

    /// Notes that an organization was told up to an entry.
    fn holds(&mut self, org: OrgId, mark: Mark) -> Seen {
        self.copy.amid.take_if(|(amid, _)| *amid == org);
        self.copy.held.insert(org, mark);
        Seen::All
    }

    /// Tells what follows in one organization.
    async fn tell(
        &mut self,
        tx: &OrgTx,
        mark: Mark,
        place: Place,
        events: &mut Vec<MyEvent>,
    ) -> Result<Seen> {
        let organization_id = tx.org();
        let (mark, place, more) = if self.with_objects {
            let Some(live) = live::read(tx, mark, place).await? else { return Ok(Seen::AnotherHistory) };
            let is_new = live.others.as_ref().is_some_and(|others| others.reset);
            events.extend(live.others.and_then(|others| changes(within(organization_id, others))));
            let told = |entry| MyEvent::EntryWithObject(Box::new(InOrganization { organization_id, entry }));
            events.extend(live.entries.into_iter().map(told));
            // An organization that comes whole goes on from there.
            let begun =
                if is_new { ledger::known_mark(tx, Mark::numbered(live.place.seq())).await? } else { None };
            (begun.unwrap_or(live.mark), live.place, live.more)
        } else {
            let Some(news) = ledger::since(tx, mark).await? else { return Ok(Seen::AnotherHistory) };
            let told = |entry| MyEvent::Entry(Box::new(InOrganization { organization_id, entry }));
            events.extend(news.entries.into_iter().map(told));
            (news.mark, Place::entries(tx.user(), news.mark.seq, news.mark), news.more)
        };
        // In the middle of a snapshot, of which no entry tells, a client comes back to the place there.
        if place.is_amidst() && place.seq() <= mark.seq {
            self.copy.amid = Some((organization_id, place.clone()));
        } else {
            self.holds(organization_id, mark);
        }
        if !more {
            return Ok(Seen::All);
        }
        self.amid = Some((organization_id, mark, place));
        Ok(Seen::Part)
    }

    /// Ends the round if there is one. After one that began in the middle, another follows.
    fn end_round(&mut self, now: Time) {
        let Some(began) = self.round.take() else { return };
        self.copy.look_again();
        if began == Id::NIL {
            self.copy.others = None;
        } else {
            (self.round, self.copy.began) = (Some(Id::NIL), now);
            self.todo.extend(&self.all);
        }
    }
}

fn changes(items: Vec<Change>) -> Option<MyEvent> {
    (!items.is_empty()).then_some(MyEvent::Changes(MyStreamChanges { items, reset: false }))
}

/// Returns the changes of one organization as they are told where all are. With a reset, it is told as gone before.
fn within(org: OrgId, StreamChanges { items, reset }: StreamChanges) -> Vec<Change> {
    let gone = reset.then(|| gone(org, 0));
    gone.into_iter().chain(items.into_iter().map(|change| change.within(org))).collect()
}

/// Tells of an organization that the caller joined.
async fn joined(tx: &OrgTx, seq: i64) -> Result<Option<Change>> {
    let org = orgs::store::find(tx).await?;
    let told = |object| Changed {
        organization_id: Some(tx.org()),
        id: tx.org().uuid(),
        seq,
        deleted: false,
        object: Some(object),
    };
    Ok(org.map(|org| Change::Organization(told(org.view(tx)))))
}
