//! Backups of the embedded database: made under load, regularly, and put back; and what is refused.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use guildhall::base::secret;
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    process::{BINARY, Load, Server, TASKS, finds_all, runtime, with_a_project},
    support::{SECRET, Side},
};

/// A folder with a database in it, or none, on which commands are run.
struct Place(TempDir);

impl Place {
    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn migrated() -> Self {
        let place = Self::empty();
        place.run(&["migrate"]).does();
        fs::write(place.path("data/secret"), SECRET).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.path("data/guildhall.db").display())
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran(Command::new(BINARY).args(args).current_dir(self.0.path()).output().unwrap())
    }

    /// The names of the files in a folder.
    fn files(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    async fn stored(&self) -> crate::support::Stored {
        Side::Sqlite(rusqlite::Connection::open(self.path("data/guildhall.db")).unwrap()).stored().await
    }
}

struct Ran(Output);

impl Ran {
    #[track_caller]
    fn does(self) -> String {
        assert!(self.0.status.success(), "{}", String::from_utf8_lossy(&self.0.stderr));
        String::from_utf8(self.0.stdout).unwrap()
    }

    #[track_caller]
    fn fails(self, status: i32, why: &str) {
        let told = String::from_utf8(self.0.stderr).unwrap();
        assert_eq!(self.0.status.code(), Some(status), "{told}");
        assert!(told.contains(why), "{told}");
    }
}

/// The name of a file in an archive, and what is in it.
type Entry<'a> = (&'a str, &'a [u8]);

/// An archive with these files.
fn zip(at: &Path, files: &[Entry<'_>]) {
    let mut archive = ZipWriter::new(fs::File::create(at).unwrap());
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn a_backup_under_load_has_all_that_was_acknowledged_before_it_began() {
    runtime().block_on(async {
        let (old, new) = (Place::migrated(), Place::empty());
        let server = Server::start_with(&old.url(), &old.path("log"), &["--rate-limit", "off"]);
        let token = with_a_project(&server).await;
        let load = Load::start(&server, &token).await;
        let changes = "/v1/orgs/acme/changes?limit=1&since=";
        let place = server.gets(Method::GET, "/v1/orgs/acme/activity?limit=1", &token, json!({}), 200).await;
        let since = async |place: &serde_json::Value| {
            format!("{}-{}", place["items"][0]["seq"], place["items"][0]["id"].as_str().unwrap())
        };
        let kept = since(&place).await;
        let before = load.acknowledged();
        let backup = new.path("backup.zip");
        let mut command = tokio::process::Command::new(BINARY);
        let command = command
            .args(["backup", "--database-url", &old.url()])
            .arg(&backup)
            .env("GUILDHALL_SECRET", SECRET);
        Ran(command.output().await.unwrap()).does();
        let meanwhile = load.acknowledged().len();
        assert!(meanwhile > before.len(), "nobody was served while the backup was made");
        while load.acknowledged().len() == meanwhile {
            tokio::task::yield_now().await;
        }
        let place = server.gets(Method::GET, "/v1/orgs/acme/activity?limit=1", &token, json!({}), 200).await;
        let lost = since(&place).await;
        let all = load.until(async { drop(server) }).await;
        finds_all(&Server::start(&old.url(), &old.path("log")), &token, &all).await;

        new.run(&["restore", "backup.zip"]).does();
        let server = Server::start(&new.url(), &new.path("log"));
        finds_all(&server, &token, &before).await;
        // Who has seen what came after it begins anew; nobody else.
        for (since, is_reset) in [(kept, false), (lost, true)] {
            let answer = server.gets(Method::GET, &format!("{changes}{since}"), &token, json!({}), 200).await;
            assert_eq!(answer["reset"], is_reset, "{since}");
        }
        server.gets(Method::POST, TASKS, &token, json!({ "title": "Afterwards" }), 201).await;
    });
}

#[test]
fn a_backup_is_a_zip_with_checksums_and_gives_back_every_row_and_the_secret() {
    runtime().block_on(async {
        let (old, new) = (Place::migrated(), Place::empty());
        let server = Server::start(&old.url(), &old.path("log"));
        let token = with_a_project(&server).await;
        server.gets(Method::POST, TASKS, &token, json!({ "title": "A task" }), 201).await;
        drop(server);
        // What an interrupted one left.
        fs::create_dir(old.path(".guildhall-unfinished-x")).unwrap();
        fs::write(old.path(".guildhall-unfinished-x/guildhall.db"), "half").unwrap();
        assert_eq!(old.run(&["backup", "backup.zip"]).does(), "made the backup backup.zip\n");
        assert_eq!(old.files("."), ["backup.zip", "data", "log"]);
        assert_eq!(fs::metadata(old.path("backup.zip")).unwrap().permissions().mode() & 0o777, 0o600);
        let opens = "python3 -m zipfile -e backup.zip out && cd out && sha256sum --check --strict SHA256SUMS";
        let opened = Command::new("bash").args(["-ec", opens]).current_dir(old.0.path()).output().unwrap();
        assert_eq!(Ran(opened).does(), "guildhall.db: OK\nsecret: OK\n");

        fs::copy(old.path("backup.zip"), new.path("backup.zip")).unwrap();
        assert_eq!(new.run(&["restore", "backup.zip"]).does(), "restored the backup backup.zip\n");
        assert_eq!(new.files("data"), ["guildhall.db", "secret"]);
        for file in ["guildhall.db", "secret"] {
            let mode = fs::metadata(new.path("data").join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
        assert_eq!(fs::read_to_string(new.path("data/secret")).unwrap(), SECRET);
        assert_eq!(new.stored().await, old.stored().await);

        // A secret that doesn't lie beside the database stays where it is.
        let given = Place::migrated();
        assert!(
            given.run(&["backup", "b.zip", "--secret", SECRET]).does().contains("the secret isn't in it")
        );
        fs::remove_dir_all(given.path("data")).unwrap();
        assert!(given.run(&["restore", "b.zip"]).does().contains("the secret isn't in it"));
        assert_eq!(given.files("data"), ["guildhall.db"]);
    });
}

#[test]
fn a_backup_that_fails_leaves_nothing() {
    let place = Place::empty();
    place.run(&["backup", "backup.zip"]).fails(1, "data/guildhall.db doesn't exist");
    let place = Place::migrated();
    place.run(&["backup", "missing/backup.zip"]).fails(1, "missing/backup.zip: No such file");
    fs::write(place.path("there.zip"), "precious").unwrap();
    place.run(&["backup", "there.zip"]).fails(1, "there.zip exists: nothing is overwritten");
    assert_eq!(fs::read_to_string(place.path("there.zip")).unwrap(), "precious");
    let full = "exec prlimit --fsize=65536 env --ignore-signal=XFSZ \"$0\" backup full.zip";
    let full = Command::new("bash").args(["-c", full, BINARY]).current_dir(place.0.path()).output().unwrap();
    assert_eq!(full.status.code(), Some(1), "{}", String::from_utf8_lossy(&full.stderr));
    assert_eq!(place.files("."), ["data", "there.zip"]);
    let elsewhere = ["backup", "b.zip", "--database-url", "postgres://localhost/x"];
    place.run(&elsewhere).fails(2, "PostgreSQL is backed up with its own tools");
    let every = ["doctor", "--backup-every", "2h"];
    place.run(&every).fails(2, "--backup-dir");
    let both = ["serve", "--backup-dir", "b", "--secret", SECRET, "--database-url", "postgres://localhost/x"];
    place.run(&both).fails(2, "--backup-dir: PostgreSQL is backed up with its own tools");
}

#[test]
fn nothing_is_put_back_over_what_is_there_nor_from_what_is_damaged() {
    let (old, new) = (Place::migrated(), Place::empty());
    let backup = old.path("backup.zip").into_os_string().into_string().unwrap();
    old.run(&["backup", &backup]).does();
    old.run(&["restore", &backup]).fails(1, "data/guildhall.db exists: nothing is overwritten");
    fs::create_dir(new.path("data")).unwrap();
    let postgres = ["restore", &backup, "--database-url", "postgres://localhost/x"];
    new.run(&postgres).fails(1, "PostgreSQL is restored with its own tools");
    for (file, why) in [
        ("guildhall.db-wal", "data/guildhall.db-wal exists: nothing is overwritten"),
        ("secret", "data/secret is another secret than the backup's"),
    ] {
        fs::write(new.path("data").join(file), "another").unwrap();
        new.run(&["restore", &backup]).fails(1, why);
        assert_eq!(new.files("data"), [file]);
        fs::remove_file(new.path("data").join(file)).unwrap();
    }

    let sum = |bytes: &[u8]| format!("{}  guildhall.db\n", secret::hex(&secret::digest(bytes))).into_bytes();
    let database = fs::read(old.path("data/guildhall.db")).unwrap();
    let mut torn = database.clone();
    torn[5000..].fill(7);
    let wrong: [(&[Entry<'_>], &str); 6] = [
        (&[("guildhall.db", &database)], "file not found"),
        (&[("guildhall.db", &database), ("SHA256SUMS", b"")], "it isn't a backup"),
        (&[("SHA256SUMS", &sum(&database))], "file not found"),
        (
            &[("guildhall.db", &torn), ("SHA256SUMS", &sum(&database))],
            "guildhall.db isn't what its checksum says",
        ),
        (
            &[("guildhall.db", &torn), ("SHA256SUMS", &sum(&torn))],
            "wrong.zip: database disk image is malformed",
        ),
        (
            &[("../secret", b"x"), ("SHA256SUMS", &[sum(&database), b"x  ../secret\n".to_vec()].concat())],
            "it isn't a backup",
        ),
    ];
    for (files, why) in wrong {
        zip(&new.path("wrong.zip"), files);
        new.run(&["restore", "wrong.zip"]).fails(1, why);
        assert!(new.files("data").is_empty(), "{:?}", new.files("data"));
    }
    let mut bytes = fs::read(&backup).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(new.path("wrong.zip"), &bytes).unwrap();
    new.run(&["restore", "wrong.zip"]).fails(1, "wrong.zip: ");
    fs::write(new.path("wrong.zip"), "no zip").unwrap();
    new.run(&["restore", "wrong.zip"]).fails(1, "wrong.zip: ");
    new.run(&["restore", "missing.zip"]).fails(1, "missing.zip: No such file");

    let newer = "insert into schema_migrations (version, name, checksum) values (9999, 'future', 'x')";
    rusqlite::Connection::open(old.path("data/guildhall.db")).unwrap().execute_batch(newer).unwrap();
    old.run(&["backup", "newer.zip"]).does();
    let newer = old.path("newer.zip").into_os_string().into_string().unwrap();
    new.run(&["restore", &newer]).fails(1, "the database is newer than this binary");
    assert!(new.files("data").is_empty());

    // The same secret is no other.
    fs::write(new.path("data/secret"), SECRET).unwrap();
    new.run(&["restore", &backup]).does();
    assert_eq!(new.run(&["migrate", "--check"]).does(), "the database schema is up to date\n");
}

#[test]
fn a_server_makes_regular_backups_and_deletes_the_oldest() {
    runtime().block_on(async {
        let (place, new) = (Place::migrated(), Place::empty());
        fs::create_dir(place.path("backups")).unwrap();
        let old = ["guildhall-2026-01-01T000000.000Z.zip", "guildhall-2026-01-02T000000.000Z.zip"];
        for name in old.into_iter().chain(["guildhall-notes.zip", "zebra"]) {
            fs::write(place.path("backups").join(name), "").unwrap();
        }
        let folder = place.path("backups").into_os_string().into_string().unwrap();
        let options = ["--backup-dir", &folder, "--backup-every", "1h", "--backup-keep", "2"];
        let doctor = || {
            let ran =
                place.run(&[&["doctor", "--public-url", "https://a.example"], options.as_slice()].concat());
            String::from_utf8(ran.0.stdout).unwrap()
        };
        assert!(
            doctor().contains("warn  backups       the newest is of 2026-01-02T00:00:00.000Z; look at"),
            "{}",
            doctor()
        );

        let log = place.path("log");
        let server = Server::start_with(&place.url(), &log, &options);
        let token = with_a_project(&server).await;
        while !fs::read_to_string(&log).unwrap().contains("made a backup") {
            tokio::task::yield_now().await;
        }
        server.gets(Method::POST, TASKS, &token, json!({ "title": "A task" }), 201).await;
        drop(server);
        let files = place.files("backups");
        assert_eq!(files.len(), 4, "{files:?}");
        assert_eq!(
            (&files[0], &files[2], &files[3]),
            (&old[1].to_owned(), &"guildhall-notes.zip".to_owned(), &"zebra".to_owned())
        );
        assert!(doctor().contains("ok    backups       the newest is of 20"), "{}", doctor());
        new.run(&["restore", &format!("{folder}/{}", files[1])]).does();
        Server::start(&new.url(), &new.path("log")).gets(Method::GET, "/readyz", "", json!({}), 200).await;
    });
}
