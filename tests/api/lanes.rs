//! What heavy reads do to others: nothing. They run in a lane of their own, and end when their caller is gone.

use std::sync::Arc;

use guildhall::{
    base::error::{Code, Error, Result},
    db::{Db, Limits, Scope, Tx, sql},
};
use tokio::{sync::watch, task::JoinHandle};
use uuid::Uuid;

use crate::support::{TestApp, both_engines};

/// Two connections for light reads, one for heavy ones.
fn limits() -> Limits {
    Limits { connections: 3, wait: std::time::Duration::from_secs(20), ..Limits::default() }
}

async fn open(app: &TestApp) -> Arc<Db> {
    Arc::new(Db::open(&app.database.location(), &limits()).await.unwrap())
}

async fn user(app: &TestApp, name: &str) -> Uuid {
    app.signs_up(name).await.id.parse().unwrap()
}

async fn count(db: &Db, user: Uuid, to: i64) -> Result<i64> {
    let count = async move |tx: &Tx| {
        let sql = sql!(
            "with recursive n (i) as (
                 select cast(1 as bigint) from users where id = $1 union all select i + 1 from n where i < $2)
             select count(*) from n"
        );
        tx.one::<(i64,)>(sql, &[&to]).await
    };
    db.read(Scope::User(user), count).await.map(|(count,)| count)
}

/// A short read of a user's.
async fn name(db: &Db, user: Uuid) -> Result<String> {
    let name = async |tx: &Tx| tx.one::<(String,)>(sql!("select name from users where id = $1"), &[]).await;
    db.read(Scope::User(user), name).await.map(|(name,)| name)
}

/// Longer than a read may take in the light lane, and much shorter than in the heavy one.
const LONG: i64 = 1_000_000;

/// A read that has no end, and how often it was begun.
fn endless(db: &Arc<Db>, user: Uuid) -> (JoinHandle<Result<i64>>, watch::Receiver<u32>) {
    let (begun, beginnings) = watch::channel(0);
    let count = async move |tx: &Tx| {
        begun.send_modify(|begun| *begun += 1);
        let sql = sql!(
            "with recursive n (i) as (
                 select cast(1 as bigint) from users where id = $1 union all select -i from n)
             select count(*) from n"
        );
        tx.one::<(i64,)>(sql, &[]).await.map(|(count,)| count)
    };
    let db = db.clone();
    let reading = tokio::spawn(async move { db.read(Scope::User(user), count).await });
    (reading, beginnings)
}

async fn begun(beginnings: &mut watch::Receiver<u32>, times: u32) {
    beginnings.wait_for(|begun| *begun >= times).await.unwrap();
}

both_engines! {
    async fn a_long_read_runs_again_in_the_heavy_lane_and_answers(app: TestApp) {
        let db = open(&app).await;
        let ann = user(&app, "Ann").await;
        for _ in 0..2 {
            assert_eq!(count(&db, ann, LONG).await.unwrap(), LONG);
        }
        // What was long once is short another time.
        for _ in 0..3 {
            assert_eq!(count(&db, ann, 10).await.unwrap(), 10);
        }
    }

    async fn a_read_whose_caller_is_gone_ends(app: TestApp) {
        let db = open(&app).await;
        let (ann, bob) = (user(&app, "Ann").await, user(&app, "Bob").await);
        for times in [1, 2] {
            let (reading, mut beginnings) = endless(&db, if times == 1 { ann } else { bob });
            // The second time, it runs on the one connection for heavy reads.
            begun(&mut beginnings, times).await;
            reading.abort();
            assert_eq!(count(&db, ann, LONG).await.unwrap(), LONG, "the heavy lane is free");
        }
    }

    async fn heavy_reads_leave_the_light_lane_to_others(app: TestApp) {
        let db = open(&app).await;
        let (ann, bob) = (user(&app, "Ann").await, user(&app, "Bob").await);
        let (first, mut beginnings) = endless(&db, ann);
        begun(&mut beginnings, 2).await;
        let mut readings: Vec<_> = (0..10).map(|_| endless(&db, ann).0).collect();
        readings.push(first);
        for user in [bob, ann, bob, ann] {
            assert!(["Ann", "Bob"].contains(&name(&db, user).await.unwrap().as_str()));
        }
        let change = async |tx: &Tx| tx.execute(sql!("update users set name = 'Rob' where id = $1"), &[]).await;
        assert_eq!(db.write(Scope::User(bob), change).await.unwrap(), 1);
        for reading in &readings {
            assert!(!reading.is_finished());
            reading.abort();
        }
        assert_eq!(count(&db, bob, LONG).await.unwrap(), LONG);
    }

    async fn one_users_waiting_reads_are_bounded_and_others_come_in_between(app: TestApp) {
        let db = open(&app).await;
        let (ann, bob) = (user(&app, "Ann").await, user(&app, "Bob").await);
        let many: Vec<_> = (0..200).map(|_| endless(&db, ann).0).collect();
        // One runs and 64 wait; the others are told to come again. Meanwhile somebody else reads on.
        while many.iter().filter(|reading| reading.is_finished()).count() < 200 - 1 - 64 {
            name(&db, bob).await.unwrap();
        }
        for reading in many {
            if reading.is_finished() {
                assert_eq!(reading.await.unwrap().map_err(|error: Error| error.code()), Err(Code::Overloaded));
            } else {
                reading.abort();
            }
        }
        assert_eq!(count(&db, bob, LONG).await.unwrap(), LONG);
        assert_eq!(count(&db, ann, LONG).await.unwrap(), LONG, "it recovers");
    }
}
