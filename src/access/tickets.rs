//! Tickets: the server's state between two steps of a flow, encrypted under the master secret and held by the client.
//! Issuing a ticket writes nothing to the database; using one stores its hash at least until the ticket expires.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    access::SystemTx,
    base::{
        clock::Time,
        error::{Error, Result},
        secret::{self, Seal},
    },
    db::sql,
};

/// The payload of one kind of ticket.
pub trait TicketPayload: Serialize + DeserializeOwned {
    /// The name of this kind of ticket. A ticket can only be opened as the kind that it was issued as.
    const PURPOSE: &'static str;
    /// How long a ticket of this kind is valid.
    const LIFE: Duration;
}

#[derive(Serialize, Deserialize)]
struct Ticket<T> {
    purpose: String,
    /// The time at which the ticket expires, in milliseconds since 1970.
    until: i64,
    holds: T,
}

/// Issues and opens tickets.
#[derive(Debug)]
pub struct Tickets(Seal);

impl Tickets {
    pub const fn new(seal: Seal) -> Self {
        Self(seal)
    }

    /// Issues a ticket with this payload.
    pub fn issue<T: TicketPayload>(&self, now: Time, holds: T) -> Result<String> {
        let ticket = Ticket { purpose: T::PURPOSE.to_owned(), until: (now + T::LIFE).millis(), holds };
        self.0.close(&serde_json::to_string(&ticket).map_err(Error::internal)?)
    }

    /// Returns the payload of a ticket of this kind. Returns `None` if the ticket is forged, expired or of another
    /// kind. Doesn't check whether it was used.
    pub fn open<T: TicketPayload>(&self, text: &str, now: Time) -> Option<T> {
        // The purpose is compared before the payload is used, because another kind's payload might parse as `T` too.
        let ticket: Ticket<serde_json::Value> = serde_json::from_str(&self.0.open(text)?).ok()?;
        let fits = ticket.purpose == T::PURPOSE && now.millis() < ticket.until;
        serde_json::from_value(ticket.holds).ok().filter(|_| fits)
    }
}

/// Marks a ticket, which was opened before, as used. Returns whether it was unused: of several parallel uses, only one
/// gets `true`.
pub async fn use_up<T: TicketPayload>(tx: &SystemTx, text: &str) -> Result<bool> {
    let sql =
        sql!("insert into used_tickets (ticket_hash, expires_at) values ($1, $2) on conflict do nothing");
    Ok(tx.execute(sql, &[&secret::stored(text), &(tx.now() + T::LIFE)]).await? == 1)
}

/// Returns whether a ticket was used.
pub async fn is_used(tx: &SystemTx, text: &str) -> Result<bool> {
    let sql = sql!("select expires_at from used_tickets where ticket_hash = $1");
    Ok(tx.maybe::<(Time,)>(sql, &[&secret::stored(text)]).await?.is_some())
}

/// Deletes the hashes of up to 1000 used tickets that have expired. Returns how many it deleted.
pub async fn sweep(tx: &SystemTx) -> Result<u64> {
    let sql = sql!(
        "delete from used_tickets where ticket_hash in
             (select ticket_hash from used_tickets where expires_at < $1 order by expires_at limit 1000)"
    );
    tx.execute(sql, &[&tx.now()]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Ride(i64);
    impl TicketPayload for Ride {
        const PURPOSE: &'static str = "ride";
        const LIFE: Duration = Duration::from_mins(5);
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Show(i64);
    impl TicketPayload for Show {
        const PURPOSE: &'static str = "show";
        const LIFE: Duration = Duration::from_mins(5);
    }

    #[test]
    fn a_ticket_is_good_for_what_it_was_issued_for_until_it_expires() {
        let secret = "a3f1c07e9b52d84461fe0c9d7b38e25a".parse().unwrap();
        let tickets = Tickets::new(Seal::new(&secret, "ticket").unwrap());
        let now = Time::from_millis(1_800_000_000_000);
        let text = tickets.issue(now, Ride(7)).unwrap();
        assert_eq!(tickets.open(&text, now), Some(Ride(7)));
        assert_eq!(tickets.open::<Show>(&text, now), None);
        assert_eq!(tickets.open(&text, now + Duration::from_millis(299_999)), Some(Ride(7)));
        assert_eq!(tickets.open::<Ride>(&text, now + Ride::LIFE), None);
        assert_eq!(tickets.open::<Ride>(&text[1..], now), None);
        assert_ne!(tickets.issue(now, Ride(7)).unwrap(), text);
    }
}
