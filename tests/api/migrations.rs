//! Bringing a database to this version, and refusing one whose row-level security is not in force.

use guildhall::db::{Db, Limits, Location, Migrations, Scope, Status, Tx, sql};
use tokio_postgres::Client;

use crate::support::{Cluster, Database, Engine, PASSWORD, Side};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs a body on a database of each engine that nothing was done to yet.
fn on_empty<F: Future<Output = ()>>(body: impl Fn(std::sync::Arc<Database>) -> F) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        runtime().block_on(async {
            let database = std::sync::Arc::new(Database::empty(engine).await);
            body(database.clone()).await;
            database.discard().await;
        });
    }
}

async fn opens(location: &Location) -> Result<(), String> {
    let limits = Limits { connections: 2, ..Limits::default() };
    Db::open(location, &limits).await.map(drop).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(opened: Result<(), String>, why: &str) {
    let told = opened.expect_err("it opens");
    assert!(told.contains(why), "{told}");
}

#[test]
fn many_starters_at_once_make_one_history() {
    on_empty(async |database| {
        let start = || runtime().block_on(Migrations::run(&database.location())).unwrap();
        let done: Vec<usize> = std::thread::scope(|scope| {
            let starting: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            starting.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let all = usize::try_from(database.number("select count(*) from schema_migrations").await).unwrap();
        assert!(all >= 3);
        assert_eq!((done.iter().sum::<usize>(), done.iter().filter(|n| **n > 0).count()), (all, 1));
        opens(&database.location()).await.unwrap();
    });
}

#[test]
fn a_database_that_is_not_migrated_is_not_opened() {
    on_empty(async |database| {
        let location = database.location();
        assert!(matches!(Migrations::status(&location).await.unwrap(), Status::Pending(3..)));
        refused(opens(&location).await, "guildhall migrate");
        if database.engine() == Engine::Sqlite {
            assert!(
                !std::path::Path::new(database.url().trim_start_matches("sqlite:")).exists(),
                "asking made a file"
            );
        }
        Migrations::run(&location).await.unwrap();
        assert_eq!(Migrations::status(&location).await.unwrap(), Status::Current);
        opens(&location).await.unwrap();
    });
}

#[test]
fn a_history_that_is_not_ours_is_refused() {
    for (change, why) in [
        (
            "update schema_migrations set checksum = 'edited' where version = 2",
            "isn't the one that was applied",
        ),
        (
            "insert into schema_migrations (version, name, checksum) values (9999, 'future', 'x')",
            "newer than this binary",
        ),
    ] {
        on_empty(async |database| {
            let location = database.location();
            Migrations::run(&location).await.unwrap();
            database.run(change).await;
            refused(opens(&location).await, why);
            refused(Migrations::run(&location).await.map(drop).map_err(|error| error.to_string()), why);
            refused(Migrations::status(&location).await.map(drop).map_err(|error| error.to_string()), why);
        });
    }
}

mod postgres {
    use super::*;

    fn on_postgres<F: Future<Output = ()>>(body: impl FnOnce(std::sync::Arc<Database>) -> F) {
        runtime().block_on(async {
            let database = std::sync::Arc::new(Database::empty(Engine::Postgres).await);
            Migrations::run(&database.location()).await.unwrap();
            body(database.clone()).await;
            database.discard().await;
        });
    }

    #[test]
    fn a_tenant_table_without_its_wall_is_refused() {
        for change in [
            "alter table tasks no force row level security",
            "alter table tasks disable row level security",
            "drop policy tenant on tasks",
            "drop policy tenant on user_orgs; alter table user_orgs disable row level security",
            "create table leaks (org_id uuid not null, id uuid not null, primary key (org_id, id))",
            "create table leaks (org_id uuid not null, id uuid not null, primary key (org_id, id)); alter table leaks enable row level security, force row level security",
            "alter table organizations no force row level security",
        ] {
            on_postgres(async |database| {
                opens(&database.location()).await.unwrap();
                database.run(change).await;
                refused(opens(&database.location()).await, "row-level security isn't forced on");
            });
        }
    }

    #[test]
    fn a_wall_with_a_hole_is_refused() {
        for change in [
            // Policies are joined by OR, so that this one opens what the other closes.
            "create policy too_much on tasks using (true)",
            "create policy too_much on organizations for select using (members_edit = 'any')",
            "drop policy tenant on memberships; create policy tenant on memberships using (ended_at is null)",
            "alter view project_sight set (security_invoker = false)",
            "alter view project_sight reset (security_invoker)",
        ] {
            on_postgres(async |database| {
                opens(&database.location()).await.unwrap();
                database.run(change).await;
                refused(opens(&database.location()).await, "row-level security");
            });
        }
    }

    const ACME: &str = "01890000-0000-7000-8000-00000000000a";
    const BETA: &str = "01890000-0000-7000-8000-00000000000b";

    /// Two organizations, put in by a superuser.
    async fn fills(admin: &Client) {
        let founded = |id: &str| {
            format!(
                "insert into organizations (id, slug, name, members_can_create_projects, members_edit, time_zone,
                                            version, created_at, updated_at)
                 values ('{id}', 'any', 'Any', false, 'assigned', 'UTC', 1, 0, 0);"
            )
        };
        admin.batch_execute(&(founded(ACME) + &founded(BETA))).await.unwrap();
    }

    /// That who serves so sees of both only the one that it is inside.
    async fn is_walled_in(location: &Location) {
        let db = Db::open(location, &Limits { connections: 1, ..Limits::default() }).await.unwrap();
        for inside in [ACME, BETA] {
            let all = async |tx: &Tx| {
                let ids = sql!("select id from organizations where id = $1 or id <> $1");
                tx.all::<(uuid::Uuid,)>(ids, &[]).await
            };
            let seen = db.read(Scope::Tenant(inside.parse().unwrap()), all).await.unwrap();
            assert_eq!(seen, [(inside.parse().unwrap(),)]);
        }
    }

    /// A server of one's own, because roles belong to all databases of a server.
    #[test]
    fn each_kind_of_login_serves_behind_the_wall_or_not_at_all() {
        runtime().block_on(async {
            let cluster = Cluster::start();
            let admin = cluster.admin().await;
            let run = async |sql: &str| admin.batch_execute(sql).await.unwrap();
            let location = |login: &str, database: &str| -> Location {
                let login = format!("{login}:{PASSWORD}").replace(' ', "%20");
                cluster.url_as(&login, database).parse().unwrap()
            };

            // A plain login that owns its database.
            run(&format!("create role owner login password '{PASSWORD}'")).await;
            run("create database owned owner owner").await;
            let owned = location("owner", "owned");
            assert!(Migrations::run(&owned).await.unwrap() >= 3);
            assert_eq!(Migrations::run(&owned).await.unwrap(), 0);
            fills(&cluster.admin_of("owned").await).await;
            is_walled_in(&owned).await;

            // A lesser login on what a superuser migrated, with the serving role's grants.
            let served: Location = cluster.url_of("served").parse().unwrap();
            run("create database served").await;
            Migrations::run(&served).await.unwrap();
            let inside = cluster.admin_of("served").await;
            fills(&inside).await;
            // The wall is in nobody's way who looks from outside.
            let all: i64 = inside.query_one("select count(*) from organizations", &[]).await.unwrap().get(0);
            assert_eq!(all, 2);
            is_walled_in(&served).await;
            run(&format!("create role web login password '{PASSWORD}' in role guildhall_app")).await;
            let web = location("web", "served");
            assert_eq!(Migrations::run(&web).await.unwrap(), 0);
            is_walled_in(&web).await;

            // One whose own schema hides where the tables are.
            inside.batch_execute("create schema authorization web").await.unwrap();
            is_walled_in(&web).await;
            inside.batch_execute("alter table tasks no force row level security").await.unwrap();
            refused(opens(&web).await, "row-level security isn't forced on: tasks");
            inside
                .batch_execute("alter table tasks force row level security; drop schema web")
                .await
                .unwrap();

            // One that may look at the history, and at nothing else.
            run(&format!("create role guest login password '{PASSWORD}'")).await;
            let guest = location("guest", "served");
            refused(opens(&guest).await, "permission denied");
            inside.batch_execute("grant select on schema_migrations to guest").await.unwrap();
            refused(opens(&guest).await, "this login may not read and write");
            inside.batch_execute("drop owned by guest; drop role guest").await.unwrap();

            // One that sees past row-level security but may not take the serving role.
            run(&format!("create role spy login bypassrls password '{PASSWORD}'")).await;
            let spy = location("spy", "served");
            refused(opens(&spy).await, "permission denied");
            inside.batch_execute("grant select on schema_migrations to spy").await.unwrap();
            refused(opens(&spy).await, "taking the role guildhall_app failed");
            run("grant guildhall_app to spy").await;
            is_walled_in(&spy).await;

            // The serving role itself sees too much.
            run("alter role guildhall_app bypassrls").await;
            refused(opens(&served).await, "the role guildhall_app could see past row-level security");
            run("alter role guildhall_app nobypassrls superuser").await;
            refused(opens(&served).await, "the role guildhall_app could see past row-level security");
            run("alter role guildhall_app nosuperuser").await;

            // A database that came from another server lacks the grants: migrating again gives them.
            inside.batch_execute("drop owned by guildhall_app; drop owned by spy").await.unwrap();
            run("drop role web; drop role spy").await;
            run("drop role guildhall_app").await;
            refused(opens(&served).await, "run `guildhall migrate`");
            assert_eq!(Migrations::run(&served).await.unwrap(), 0);
            opens(&served).await.unwrap();
        });
    }

    /// As docs/operate/backup.md tells it.
    #[test]
    fn a_login_that_only_reads_dumps_everything_and_no_server_may_be_it() {
        runtime().block_on(async {
            let cluster = Cluster::start();
            let admin = cluster.admin().await;
            let run = async |sql: &str| admin.batch_execute(sql).await.unwrap();
            for role in ["owner", "guildhall_backup"] {
                run(&format!("create role {role} login password '{PASSWORD}'")).await;
            }
            run("create database owned owner owner").await;
            run("create database empty owner owner").await;
            let url = |login: &str, database: &str| {
                cluster.url_as(&format!("{login}:{PASSWORD}").replace(' ', "%20"), database)
            };
            let (owned, restored): (Location, Location) =
                (url("owner", "owned").parse().unwrap(), url("owner", "empty").parse().unwrap());
            Migrations::run(&owned).await.unwrap();
            fills(&cluster.admin_of("owned").await).await;
            is_walled_in(&owned).await;

            let folder = tempfile::tempdir().unwrap();
            let dump = folder.path().join("guildhall.dump").into_os_string().into_string().unwrap();
            let does = |program: &str, args: &[&str]| {
                let output = std::process::Command::new(program).args(args).arg(&dump).output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            };
            let from = url("guildhall_backup", "owned");
            does("pg_dump", &["--enable-row-security", "--format=custom", &from, "--file"]);
            let to = format!("--dbname={}", url("owner", "empty"));
            does("pg_restore", &["--no-owner", "--no-privileges", "--exit-on-error", &to]);
            assert_eq!(Migrations::run(&restored).await.unwrap(), 0);
            is_walled_in(&restored).await;
            let (before, after) = (cluster.admin_of("owned").await, cluster.admin_of("empty").await);
            let stored = async |client| Side::Postgres(client).stored().await;
            assert_eq!(stored(before).await, stored(after).await);
            let inside = cluster.admin_of("empty").await;
            let may_change = "select has_table_privilege('owner', 'ledger', 'update')";
            assert!(!inside.query_one(may_change, &[]).await.unwrap().get::<_, bool>(0));

            // A table that comes later, as a migration's, can be dumped after the rights were given anew.
            inside.batch_execute("drop owned by guildhall_backup").await.unwrap();
            assert_eq!(Migrations::run(&restored).await.unwrap(), 0);
            does(
                "pg_dump",
                &["--enable-row-security", "--format=custom", &url("guildhall_backup", "empty"), "--file"],
            );

            refused(
                opens(&url("guildhall_backup", "owned").parse().unwrap()).await,
                "a policy of row-level security isn't about the tenant",
            );
            run("grant guildhall_backup to owner").await;
            refused(opens(&owned).await, "a policy of row-level security isn't about the tenant");
        });
    }

    #[test]
    fn tls_holds_what_its_mode_promises() {
        runtime().block_on(async {
            let cluster = Cluster::start();
            let admin = cluster.admin().await;
            let mode = |rest: &str| -> Location { format!("{}?{rest}", cluster.url).parse().unwrap() };
            let reached = async |rest: &str| Migrations::status(&mode(rest)).await.is_ok();

            for (rest, answer) in [("sslmode=disable", true), ("sslmode=prefer", true), ("sslmode=require", false), ("sslmode=verify-full", false)] {
                assert_eq!(reached(rest).await, answer, "without TLS, {rest}");
            }

            // Two authorities; the server's certificate is of the first, for another name than the one that is asked for.
            let folder = tempfile::tempdir().unwrap();
            let script = r#"
                for ca in ours theirs; do
                    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$ca" \
                        -keyout $ca.key -out $ca.pem -addext basicConstraints=critical,CA:TRUE
                done
                for name in DNS:elsewhere.example IP:127.0.0.1; do
                    out=${name%%:*}
                    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=db -keyout $out.key -out $out.csr
                    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' $name >$out.ext
                    openssl x509 -req -in $out.csr -CA ours.pem -CAkey ours.key -CAcreateserial -days 2 -extfile $out.ext -out $out.pem
                done"#;
            let output = std::process::Command::new("bash").args(["-euc", script]).current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
            let serve_as = async |name: &str| {
                for kind in ["key", "pem"] {
                    let text = read(&format!("{name}.{kind}"));
                    // The server's user owns what it writes, as the key must be.
                    admin.batch_execute(&format!("copy (select unnest(string_to_array('{text}', e'\\n'))) to program 'umask 077; cat >server.{kind}'")).await.unwrap();
                }
                for setting in ["ssl_cert_file = 'server.pem'", "ssl_key_file = 'server.key'", "ssl = on"] {
                    admin.batch_execute(&format!("alter system set {setting}")).await.unwrap();
                }
                admin.batch_execute("select pg_reload_conf()").await.unwrap();
            };
            let root = |name: &str| format!("sslrootcert={}", folder.path().join(name).display());
            let (ours, theirs) = (root("ours.pem"), root("theirs.pem"));

            serve_as("DNS").await;
            let patience = tokio::time::timeout(std::time::Duration::from_secs(20), async {
                while !reached("sslmode=require").await { tokio::task::yield_now().await; }
            });
            patience.await.expect("the server takes its certificate");
            for (rest, answer) in [
                ("sslmode=disable".to_owned(), true),
                ("sslmode=prefer".into(), true),
                ("sslmode=require".into(), true),
                (format!("sslmode=require&{ours}"), true),
                (format!("sslmode=require&{theirs}"), false),
                (format!("sslmode=verify-ca&{ours}"), true),
                (format!("sslmode=verify-ca&{theirs}"), false),
                ("sslmode=verify-ca".into(), false),
                (format!("sslmode=verify-full&{ours}"), false),
                (format!("sslmode=verify-full&{theirs}"), false),
            ] {
                assert_eq!(reached(&rest).await, answer, "for another name, {rest}");
            }

            serve_as("IP").await;
            let patience = tokio::time::timeout(std::time::Duration::from_secs(20), async {
                while !reached(&format!("sslmode=verify-full&{ours}")).await { tokio::task::yield_now().await; }
            });
            patience.await.expect("the server takes its other certificate");
            assert!(!reached(&format!("sslmode=verify-full&{theirs}")).await);
            assert!(!reached("sslmode=verify-full").await);

            // Behind TLS all else is as ever.
            let served = mode(&format!("sslmode=verify-full&{ours}"));
            Migrations::run(&served).await.unwrap();
            opens(&served).await.unwrap();
        });
    }

    #[test]
    fn a_url_that_asks_for_what_there_is_not_is_refused() {
        for (url, why) in [
            ("mysql://localhost/x", "sqlite: or postgres://"),
            ("sqlite:", "name a file"),
            ("sqlite::memory:", "name a file"),
            ("postgres://localhost/x?sslmode=sometimes", "sslmode is"),
            ("postgres://localhost/x?sslmode=", "sslmode is"),
            ("postgres://localhost/x?colour=red", "the parameter colour=red isn't supported"),
            ("postgres://localhost:port/x", "not a database URL"),
            (
                "postgres://localhost/x?sslmode=verify-full&sslrootcert=/nowhere/ca.pem",
                "sslrootcert /nowhere/ca.pem",
            ),
            ("postgres://localhost/x?sslmode=verify-ca&sslrootcert=/dev/null", "sslrootcert"),
        ] {
            let told = url.parse::<Location>().expect_err(url);
            assert!(told.contains(why), "{url}: {told}");
        }
        let secret: Location = "postgres://ann:hunter2@db.example/hall".parse().unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"), "{secret:?}");
    }
}
