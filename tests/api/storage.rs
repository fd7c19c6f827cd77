//! The seam by itself: what a transaction promises, on both engines.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use futures_util::future::join_all;
use guildhall::{
    base::error::{Code, Error, Result},
    db::{Db, Limits, Scope, Tx, sql},
};
use serde_json::json;
use tokio::sync::oneshot;

use crate::support::{Engine, TestApp, both_engines, run};

const ONE: i64 = 1;
const TWO: i64 = 2;

fn limits() -> Limits {
    Limits { connections: 4, wait: Duration::from_secs(30), ..Limits::default() }
}

/// The test's own table: two counters at nought.
async fn counters(app: &TestApp, limits: &Limits) -> Db {
    let database = &app.database;
    database
        .run("create table counters (id bigint primary key, n bigint not null); insert into counters values (1, 0), (2, 0);")
        .await;
    if database.engine() == Engine::Postgres {
        database.run("grant select, insert, update, delete on counters to guildhall_app").await;
    }
    Db::open(&database.location(), limits).await.unwrap()
}

async fn add(tx: &Tx, id: i64, by: i64) -> Result<u64> {
    tx.execute(sql!("update counters set n = n + $2 where id = $1"), &[&id, &by]).await
}

async fn value(tx: &Tx, id: i64) -> Result<i64> {
    tx.one::<(i64,)>(sql!("select n from counters where id = $1"), &[&id]).await.map(|(n,)| n)
}

async fn stored(app: &TestApp) -> i64 {
    app.database.number("select n from counters where id = 1").await
}

/// A transaction that holds its thread: it tells when it has begun, and ends with a value when it is told to.
fn holds<T: 'static>(
    value: fn() -> T,
) -> (impl AsyncFn(&Tx) -> Result<T> + Send + 'static, oneshot::Receiver<()>, mpsc::Sender<()>) {
    let (there, arrived) = oneshot::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let there = Mutex::new(Some(there));
    let hold = async move |_: &Tx| {
        there.lock().unwrap().take().unwrap().send(()).unwrap();
        wait.recv().unwrap();
        Ok(value())
    };
    (hold, arrived, go_on)
}

/// A mistake of the test's own, unlike any of the seam's.
fn mistake() -> Error {
    Code::SlugTaken.into()
}

#[track_caller]
fn failed_with<T>(result: Result<T>, code: Code) {
    assert_eq!(result.err().map(|error| error.code()), Some(code));
}

both_engines! {
    async fn ok_commits_and_err_rolls_back(app: TestApp) {
        let db = counters(&app, &limits()).await;
        let seen = db.write(Scope::System, async |tx: &Tx| { add(tx, ONE, 1).await?; value(tx, ONE).await }).await;
        assert_eq!(seen.unwrap(), 1);
        assert_eq!(stored(&app).await, 1);
        let seen = db.write(Scope::System, async |tx: &Tx| { add(tx, ONE, 10).await?; Err::<(), _>(mistake()) }).await;
        failed_with(seen, Code::SlugTaken);
        assert_eq!(stored(&app).await, 1);
    }

    async fn a_panic_rolls_back_and_the_engine_goes_on(app: TestApp) {
        let db = counters(&app, &limits()).await;
        for _ in 0..10 {
            let wrote = async |tx: &Tx| -> Result<()> { add(tx, ONE, 1).await?; std::panic::panic_any("on purpose") };
            failed_with(db.write(Scope::System, wrote).await, Code::Internal);
            let read = async |_: &Tx| -> Result<()> { std::panic::panic_any("on purpose") };
            failed_with(db.read(Scope::System, read).await, Code::Internal);
        }
        assert_eq!(db.write(Scope::System, async |tx: &Tx| add(tx, ONE, 1).await).await.unwrap(), 1);
        assert_eq!(stored(&app).await, 1);
    }

    async fn a_swallowed_mistake_of_a_statement_is_not_committed(app: TestApp) {
        let db = counters(&app, &limits()).await;
        let swallow = async |tx: &Tx| {
            add(tx, ONE, 1).await?;
            let _ = tx.execute(sql!("insert into counters (id, n) values ($1, 0)"), &[&TWO]).await;
            Ok(())
        };
        failed_with(db.write(Scope::System, swallow).await, Code::Internal);
        assert_eq!(stored(&app).await, 0);
    }

    async fn a_statement_must_say_whose_data_it_is_about(app: TestApp) {
        let db = counters(&app, &limits()).await;
        let id = app.signs_up("Ann").await.id.parse().unwrap();
        for scope in [Scope::Tenant(id), Scope::User(id)] {
            let ask = async |tx: &Tx| tx.all::<(i64,)>(sql!(unowned "select n from counters"), &[]).await.map(drop);
            failed_with(db.read(scope, ask).await, Code::Internal);
            let change = async |tx: &Tx| tx.execute(sql!(unowned "update counters set n = 9"), &[]).await;
            failed_with(db.write(scope, change).await, Code::Internal);
        }
        assert_eq!(stored(&app).await, 0);
        let name = async |tx: &Tx| tx.one::<(String,)>(sql!("select name from users where id = $1"), &[]).await;
        assert_eq!(db.read(Scope::User(id), name).await.unwrap().0, "Ann");
    }

    async fn values_must_be_as_many_as_the_statement_has(app: TestApp) {
        let db = counters(&app, &limits()).await;
        for _ in 0..10 {
            let few = async |tx: &Tx| tx.execute(sql!("update counters set n = $2 where id = $1"), &[&ONE]).await;
            failed_with(db.write(Scope::System, few).await, Code::Internal);
            let many = async |tx: &Tx| tx.execute(sql!("update counters set n = 7 where id = $1"), &[&ONE, &TWO]).await;
            failed_with(db.write(Scope::System, many).await, Code::Internal);
            let wrong = async |tx: &Tx| tx.one::<(String,)>(sql!("select n from counters where id = $1"), &[&ONE]).await;
            failed_with(db.read(Scope::System, wrong).await, Code::Internal);
            let none = async |tx: &Tx| tx.one::<(i64,)>(sql!("select n from counters where id = $1"), &[&77i64]).await;
            failed_with(db.read(Scope::System, none).await, Code::Internal);
        }
        assert_eq!(stored(&app).await, 0);
        assert_eq!(db.read(Scope::System, async |tx: &Tx| value(tx, ONE).await).await.unwrap(), 0);
    }

    async fn values_are_bound_by_their_number(app: TestApp) {
        let db = counters(&app, &limits()).await;
        let turned = async |tx: &Tx| tx.one::<(i64, i64)>(sql!("select $2 + 0 * n, $1 + 0 * n from counters where id = $1 and id <> $2"), &[&ONE, &TWO]).await;
        assert_eq!(db.read(Scope::System, turned).await.unwrap(), (TWO, ONE));
    }

    async fn a_read_sees_one_moment(app: TestApp) {
        let db = counters(&app, &limits()).await;
        let (seen_once, wait_for_once) = oneshot::channel();
        let (go_on, wait_to_go_on) = mpsc::channel::<()>();
        let seen_once = Mutex::new(Some(seen_once));
        let twice = async move |tx: &Tx| {
            let before = value(tx, ONE).await?;
            if let Some(once) = seen_once.lock().unwrap().take() { once.send(()).unwrap(); }
            wait_to_go_on.recv().unwrap();
            Ok((before, value(tx, ONE).await?, value(tx, TWO).await?))
        };
        let reading = tokio::spawn(async move { db.read(Scope::System, twice).await });
        wait_for_once.await.unwrap();
        app.database.run("update counters set n = 5").await;
        go_on.send(()).unwrap();
        assert_eq!(reading.await.unwrap().unwrap(), (0, 0, 0));
        assert_eq!(stored(&app).await, 5);
    }

    async fn a_write_that_nobody_waits_for_any_more_is_not_begun(app: TestApp) {
        let db = Arc::new(counters(&app, &Limits { connections: 1, ..limits() }).await);
        let (hold, arrived, go_on) = holds(|| ());
        let holding = tokio::spawn({ let db = db.clone(); async move { db.write(Scope::System, hold).await } });
        arrived.await.unwrap();
        let mut abandoned = Box::pin(db.write(Scope::System, async |tx: &Tx| add(tx, ONE, 10).await));
        assert!(futures_util::poll!(&mut abandoned).is_pending());
        drop(abandoned);
        go_on.send(()).unwrap();
        holding.await.unwrap().unwrap();
        db.write(Scope::System, async |tx: &Tx| add(tx, ONE, 1).await).await.unwrap();
        assert_eq!(stored(&app).await, 1);
    }

    async fn a_read_cannot_write(app: TestApp) {
        let db = counters(&app, &limits()).await;
        for sql in [
            sql!("update counters set n = 9 where id = $1"),
            sql!("insert into counters (id, n) values ($1 + 5, 0)"),
            sql!("delete from counters where id = $1"),
        ] {
            let sneak = async move |tx: &Tx| tx.execute(sql, &[&ONE]).await;
            assert!(db.read(Scope::System, sneak).await.is_err(), "{sql:?}");
        }
        assert_eq!(stored(&app).await, 0);
        assert_eq!(app.database.number("select count(*) from counters").await, 2);
        assert_eq!(db.write(Scope::System, async |tx: &Tx| add(tx, ONE, 1).await).await.unwrap(), 1);
    }

    async fn five_hundred_writers_at_once_lose_nothing(app: TestApp) {
        let db = counters(&app, &limits()).await;
        // Every fifth thinks better of it, some by a mistake and some by a panic; those beside it stay.
        let write = |n: usize| db.write(Scope::System, async move |tx: &Tx| {
            add(tx, ONE, 1).await?;
            match n % 10 {
                0 => Err(mistake()),
                5 => std::panic::panic_any("on purpose"),
                _ => value(tx, ONE).await,
            }
        });
        let answers = join_all((0..500).map(write)).await;
        let mut seen: Vec<i64> = answers.into_iter().filter_map(Result::ok).collect();
        seen.sort_unstable();
        assert_eq!(seen, (1..=400).collect::<Vec<_>>());
        assert_eq!(stored(&app).await, 400);
    }

    async fn a_thread_of_the_engine_that_ends_is_noticed(app: TestApp) {
        /// What panics where it is dropped outside of a transaction.
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                if std::thread::current().name().is_some_and(|name| name.starts_with("db-")) {
                    std::panic::panic_any("on purpose");
                }
            }
        }
        for mode in ["read", "write"] {
            let db = Arc::new(Db::open(&app.database.location(), &limits()).await.unwrap());
            let (hold, arrived, go_on) = holds(|| Bomb);
            let asking = tokio::spawn({
                let db = db.clone();
                async move {
                    match mode {
                        "read" => db.read(Scope::System, hold).await,
                        _ => db.write(Scope::System, hold).await,
                    }
                }
            });
            arrived.await.unwrap();
            assert!(futures_util::poll!(&mut Box::pin(db.lost())).is_pending());
            asking.abort();
            assert!(asking.await.is_err());
            go_on.send(()).unwrap();
            tokio::time::timeout(Duration::from_secs(20), db.lost()).await.expect("nobody notices");
        }
    }

    async fn what_is_answered_is_seen_by_the_next_read(app: TestApp) {
        let db = counters(&app, &limits()).await;
        for n in 1..=100 {
            db.write(Scope::System, async |tx: &Tx| add(tx, ONE, 1).await).await.unwrap();
            assert_eq!(db.read(Scope::System, async |tx: &Tx| value(tx, ONE).await).await.unwrap(), n);
        }
    }
}

/// What only a server of its own can do.
mod postgres {
    use super::*;

    const END_CONNECTIONS: &str = "select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity
                                   where datname = current_database() and application_name = 'guildhall'";

    #[test]
    fn two_that_take_two_rows_in_opposite_order_both_succeed() {
        run(Engine::Postgres, async |app| {
            // A cycle is looked for after this long.
            let name = app.database.text("select current_database()::text").await;
            app.database.run(&format!("alter database {name} set deadlock_timeout = '50ms'")).await;
            let db = counters(&app, &limits()).await;
            let meeting = Arc::new(tokio::sync::Barrier::new(2));
            let tries = Arc::new(AtomicUsize::new(0));
            let take = |first: i64, second: i64| {
                let (meeting, tries) = (meeting.clone(), tries.clone());
                db.write(Scope::System, async move |tx: &Tx| {
                    add(tx, first, 1).await?;
                    // Only the first two meet: who is run again goes straight on.
                    if tries.fetch_add(1, Ordering::SeqCst) < 2 {
                        meeting.wait().await;
                    }
                    add(tx, second, 1).await
                })
            };
            let (one, two) = tokio::join!(take(ONE, TWO), take(TWO, ONE));
            assert_eq!((one.unwrap(), two.unwrap()), (1, 1));
            assert_eq!(tries.load(Ordering::SeqCst), 3);
            assert_eq!(app.database.number("select sum(n)::bigint from counters").await, 4);
        });
    }

    #[test]
    fn who_waits_too_long_for_a_connection_is_told_to_come_again() {
        run(Engine::Postgres, async |app| {
            let db = counters(&app, &Limits { connections: 1, wait: Duration::from_millis(100), ..limits() })
                .await;
            let (go_on, wait) = oneshot::channel::<()>();
            let (there, arrived) = oneshot::channel::<()>();
            let (wait, there) = (Mutex::new(Some(wait)), Mutex::new(Some(there)));
            let db = Arc::new(db);
            let holding = tokio::spawn({
                let db = db.clone();
                async move {
                    db.write(Scope::System, async move |tx: &Tx| {
                        add(tx, ONE, 1).await?;
                        let (wait, there) =
                            (wait.lock().unwrap().take().unwrap(), there.lock().unwrap().take().unwrap());
                        there.send(()).unwrap();
                        wait.await.map_err(Error::internal)
                    })
                    .await
                }
            });
            arrived.await.unwrap();
            failed_with(db.read(Scope::System, async |tx: &Tx| value(tx, ONE).await).await, Code::Overloaded);
            go_on.send(()).unwrap();
            holding.await.unwrap().unwrap();
            assert_eq!(db.read(Scope::System, async |tx: &Tx| value(tx, ONE).await).await.unwrap(), 1);
        });
    }

    #[test]
    fn a_statement_that_takes_too_long_is_broken_off() {
        run(Engine::Postgres, async |app| {
            let db = counters(&app, &Limits { statement: Duration::from_millis(200), ..limits() }).await;
            let doze = async |tx: &Tx| {
                add(tx, ONE, 1).await?;
                tx.all::<(i64,)>(sql!("select $1::bigint from pg_sleep(60)"), &[&ONE]).await
            };
            failed_with(db.write(Scope::System, doze).await, Code::Unavailable);
            assert_eq!(db.read(Scope::System, async |tx: &Tx| value(tx, ONE).await).await.unwrap(), 0);
        });
    }

    #[test]
    fn a_database_that_is_read_only_for_a_while_refuses_writes_and_no_longer() {
        run(Engine::Postgres, async |app| {
            let ann = app.signs_up("Ann").await;
            let change = async || ann.patch("/v1/me", json!({ "time_zone": "Europe/Zurich" })).await;
            let name = app.database.text("select current_database()::text").await;
            let becomes = async |setting: &str| {
                app.database.run(&format!("begin read write; alter database {name} {setting}; commit")).await;
                app.database.number(END_CONNECTIONS).await;
            };
            becomes("set default_transaction_read_only = on").await;
            // At most each connection finds out by itself that it was ended.
            join_all((0..20).map(|_| change())).await;
            for _ in 0..10 {
                change().await.refuses(503, "unavailable");
                app.anon().get("/readyz").await.refuses(503, "unavailable");
                ann.get("/v1/me").await.is(200);
            }
            // As after a failover: the connections stay, and lead to a server that can't be written. They are given up.
            app.database
                .run(&format!(
                    "begin read write; alter database {name} reset default_transaction_read_only; commit"
                ))
                .await;
            join_all((0..20).map(|_| async { app.anon().get("/readyz").await })).await;
            for _ in 0..10 {
                change().await.is(200);
                app.anon().get("/readyz").await.is(200);
            }
        });
    }

    #[test]
    fn connections_that_the_server_ended_are_made_anew() {
        run(Engine::Postgres, async |app| {
            let ann = app.signs_up("Ann").await;
            for _ in 0..5 {
                join_all((0..20).map(|_| ann.get("/v1/me"))).await;
                assert!(app.database.number(END_CONNECTIONS).await > 0);
                // Nobody notices.
                for answer in join_all((0..20).map(|_| ann.get("/v1/me"))).await {
                    answer.is(200);
                }
                ann.patch("/v1/me", json!({ "time_zone": "Europe/Zurich" })).await.is(200);
            }
        });
    }

    #[test]
    fn a_transaction_whose_connection_ends_happened_once_or_not_at_all() {
        run(Engine::Postgres, async |app| {
            let db = Arc::new(counters(&app, &limits()).await);
            let (there, arrived) = oneshot::channel();
            let (go_on, wait) = oneshot::channel::<()>();
            let between = Mutex::new(Some((there, wait)));
            let twice = async move |tx: &Tx| {
                add(tx, ONE, 1).await?;
                let between = between.lock().unwrap().take();
                if let Some((there, wait)) = between {
                    there.send(()).unwrap();
                    wait.await.unwrap();
                }
                add(tx, ONE, 1).await
            };
            let writing = tokio::spawn({
                let db = db.clone();
                async move { db.write(Scope::System, twice).await }
            });
            arrived.await.unwrap();
            app.database.number(END_CONNECTIONS).await;
            go_on.send(()).unwrap();
            failed_with(writing.await.unwrap(), Code::Unavailable);
            assert_eq!(stored(&app).await, 0);
            assert_eq!(db.write(Scope::System, async |tx: &Tx| add(tx, ONE, 1).await).await.unwrap(), 1);
        });
    }
}
