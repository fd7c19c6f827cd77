//! Notifications between nodes with `LISTEN` and `NOTIFY`, on a separate connection: announces this node's commits and
//! receives those of the others. They are sent after the commit, because `NOTIFY` inside transactions would serialize
//! their commits.

use std::{
    collections::BTreeSet,
    future::poll_fn,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_postgres::AsyncMessage;

use super::{Target, chain, session::PROMPT};
use crate::{
    base::clock::pause,
    db::notifier::{Notice, Notifier},
};

const CHANNEL: &str = "guildhall";
/// The maximum number of topics in one notification, whose payload must be shorter than 8000 bytes.
const MOST: usize = 200;
/// The pause between two notifications, which lets many commits share one.
const PAUSE: Duration = Duration::from_millis(20);
/// The pause between two attempts to connect.
const AGAIN: Duration = Duration::from_secs(1);

/// Creates a notifier that exchanges notifications with the other nodes on this database.
pub(super) fn start(target: Target) -> Arc<Notifier> {
    let (other_nodes, outgoing) = mpsc::unbounded_channel();
    let notifier = Arc::new(Notifier::with_other_nodes(other_nodes));
    tokio::spawn(relay(target, Arc::downgrade(&notifier), outgoing));
    notifier
}

/// Keeps the connection open, and reconnects after a failure, until the notifier is dropped.
async fn relay(target: Target, notifier: Weak<Notifier>, mut outgoing: mpsc::UnboundedReceiver<Notice>) {
    while notifier.strong_count() > 0 {
        if let Err(error) = connected(&target, &notifier, &mut outgoing).await {
            tracing::warn!(error, "failed to exchange notifications with other nodes, reconnecting");
        }
        pause(AGAIN).await;
    }
}

async fn connected(
    target: &Target,
    notifier: &Weak<Notifier>,
    outgoing: &mut mpsc::UnboundedReceiver<Notice>,
) -> Result<(), String> {
    let (client, mut connection) = target.open().await?;
    // PostgreSQL also delivers this node's own notifications to it, with the process id of this connection.
    let own = Arc::new(OnceLock::<i32>::new());
    let (receiver, is_own) = (notifier.clone(), own.clone());
    let mut listening = tokio::spawn(async move {
        while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(news) = message?
                && is_own.get() != Some(&news.process_id())
            {
                receive(&receiver, news.payload());
            }
        }
        Ok::<_, tokio_postgres::Error>(())
    });
    // Notifications needn't survive a crash of the server: their listeners don't either.
    promptly(client.batch_execute(&format!("set synchronous_commit = off; listen {CHANNEL}"))).await?;
    let _ = own.set(promptly(client.query_one("select pg_backend_pid()", &[])).await?.get(0));
    if let Some(notifier) = notifier.upgrade() {
        notifier.wake_all();
    }
    let mut news = Vec::new();
    loop {
        tokio::select! {
            ended = &mut listening => return ended.unwrap_or(Ok(())).map_err(|error| chain(&error)),
            some = outgoing.recv_many(&mut news, MOST) => if some == 0 { return Ok(()) },
        }
        let topics: BTreeSet<String> = news
            .iter()
            .filter_map(|notice| match notice {
                Notice::Topic(topic) => Some(topic.simple().to_string()),
                Notice::Flush(_) => None,
            })
            .collect();
        if !topics.is_empty() {
            let topics: Vec<String> = topics.into_iter().collect();
            let notify = format!("notify {CHANNEL}, '{}'", topics.join(","));
            promptly(client.batch_execute(&notify)).await?;
        }
        // Dropping a flush answers it.
        news.clear();
        pause(PAUSE).await;
    }
}

/// Waits for an answer of the server, which may be gone without a word.
async fn promptly<T>(answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, String> {
    let answer = tokio::time::timeout(PROMPT, answer).await.map_err(|_| "the server's answer is overdue")?;
    answer.map_err(|error| chain(&error))
}

fn receive(notifier: &Weak<Notifier>, payload: &str) {
    if let Some(notifier) = notifier.upgrade() {
        payload.split(',').filter_map(|topic| topic.parse().ok()).for_each(|topic| notifier.wake(topic));
    }
}
