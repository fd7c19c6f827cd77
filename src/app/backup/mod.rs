//! Backups of the embedded database with its secret, made while a server runs; and what puts one back.

mod archive;
mod schedule;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

pub use schedule::{BackupArgs, Schedule};
use tempfile::TempDir;

use self::archive::{DATABASE, SECRET};
use crate::{
    base::{
        error::{Error, Result},
        pace::give_way,
    },
    db::{Location, Migrations, snapshot},
};

/// What the folders begin with in which backups are made and opened. One that is left was interrupted.
const UNFINISHED: &str = ".guildhall-unfinished-";

/// What is copied: the embedded database, and the secret if its file is the one beside the database.
#[derive(Debug, Clone)]
pub struct Source {
    database: PathBuf,
    secret: Option<PathBuf>,
}

impl Source {
    /// `secret` is the file with the secret, if it is to be in the backup.
    ///
    /// # Errors
    /// Returns an error if the database is on PostgreSQL.
    pub fn new(database: &Location, secret: Option<PathBuf>) -> Result<Self, String> {
        let file = database.file().ok_or("PostgreSQL is backed up with its own tools, such as pg_dump")?;
        Ok(Self { database: file.to_owned(), secret })
    }

    /// Makes a backup, on a thread that gives way to all others. Returns whether the secret is in it.
    ///
    /// # Errors
    /// Returns an error if there is a file of this name, if the database can't be read, or if the backup can't be
    /// written. Nothing is left of it then.
    pub async fn back_up(self, to: PathBuf) -> Result<bool> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let run = move || {
            give_way();
            let _ = answer.send(self.write(&to));
        };
        std::thread::Builder::new().name("backup".into()).spawn(run).map_err(Error::internal)?;
        answered.await.map_err(Error::internal)?
    }

    fn write(&self, to: &Path) -> Result<bool> {
        if !self.database.exists() {
            return Err(Error::internal(format!("{} doesn't exist", self.database.display())));
        }
        let folder = folder_of(to);
        let explain = |error: io::Error| Error::internal(format!("{}: {error}", to.display()));
        let held = hold(folder).map_err(explain)?;
        refuse_if_there(to)?;
        let unfinished = unfinished_in(folder).map_err(explain)?;
        let (copy, new) = (unfinished.path().join(DATABASE), unfinished.path().join("backup.zip"));
        snapshot::take(&self.database, &copy)?;
        let secret = self.secret.as_deref().filter(|secret| secret.exists()).map(|secret| (SECRET, secret));
        let files: Vec<_> = [(DATABASE, copy.as_path())].into_iter().chain(secret).collect();
        archive::pack(&files, &new).and_then(|()| archive::verify(&new)).map_err(explain)?;
        fs::rename(&new, to).and_then(|()| held.sync_all()).map_err(explain)?;
        Ok(secret.is_some())
    }
}

/// Puts a backup in the place of a database that isn't there, with its secret. Returns whether the backup has one.
///
/// Clients that have seen changes of after the backup notice it by themselves: their places aren't in its history.
///
/// # Errors
/// Returns an error if there is a database or another secret, or if the file isn't a sound backup that this version can
/// read. Nothing is changed then.
pub async fn restore(backup: &Path, database: &Location) -> Result<bool> {
    let to = database.file().ok_or_else(|| {
        Error::internal(
            "PostgreSQL is restored with its own tools, such as pg_restore; a backup goes into SQLite",
        )
    })?;
    let explain = |error: io::Error| Error::internal(format!("{}: {error}", backup.display()));
    let folder = folder_of(to);
    fs::create_dir_all(folder).map_err(explain)?;
    let held = hold(folder).map_err(explain)?;
    refuse_database(to)?;
    let unfinished = unfinished_in(folder).map_err(explain)?;
    archive::unpack(backup, unfinished.path()).map_err(explain)?;
    let (copy, secret) = (unfinished.path().join(DATABASE), unfinished.path().join(SECRET));
    let unsound = |error: Error| Error::internal(format!("{}: {error}", backup.display()));
    snapshot::verify(&copy).map_err(unsound)?;
    Migrations::status(&Location::Sqlite(copy.clone())).await.map_err(unsound)?;
    // A server may have been started meanwhile.
    refuse_database(to)?;
    let has_secret = secret.exists();
    if has_secret {
        put_secret(&secret, &to.with_file_name(SECRET))?;
    }
    let put = || {
        File::open(&copy)?.sync_all()?;
        fs::rename(&copy, to)?;
        held.sync_all()
    };
    put().map_err(explain)?;
    Ok(has_secret)
}

fn put_secret(from: &Path, to: &Path) -> Result<()> {
    let explain = |error: io::Error| Error::internal(format!("{}: {error}", to.display()));
    match fs::read(to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(explain(error)),
        Ok(there) if there == fs::read(from).map_err(explain)? => return Ok(()),
        Ok(_) => {
            return Err(Error::internal(format!("{} is another secret than the backup's", to.display())));
        }
    }
    File::open(from).and_then(|file| file.sync_all()).and_then(|()| fs::rename(from, to)).map_err(explain)
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Checks that there is nothing of a database. A log without its database would be applied to the new one.
fn refuse_database(database: &Path) -> Result<()> {
    ["", "-wal", "-shm", "-journal"].iter().try_for_each(|rest| {
        let mut file = database.as_os_str().to_owned();
        file.push(rest);
        refuse_if_there(Path::new(&file))
    })
}

fn refuse_if_there(file: &Path) -> Result<()> {
    let there = file.try_exists().map_err(|error| Error::internal(format!("{}: {error}", file.display())))?;
    if there {
        Err(Error::internal(format!("{} exists: nothing is overwritten", file.display())))
    } else {
        Ok(())
    }
}

/// Locks a folder for as long as the returned file lives, so that of several processes one makes backups in it.
fn hold(folder: &Path) -> io::Result<File> {
    let held = File::open(folder)?;
    match held.lock() {
        Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
        _ => Ok(held),
    }
}

/// Makes a folder for what isn't finished, in a folder that is held, and removes those of processes that were ended.
fn unfinished_in(folder: &Path) -> io::Result<TempDir> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(folder)
}
