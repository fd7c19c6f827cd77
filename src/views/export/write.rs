//! Writes an archive, page by page, from one snapshot of the database, to a file without a name.

use std::{
    fs::File,
    io::{self, BufWriter, Seek as _, Write as _},
};

use serde::Serialize;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    rows::{FORMAT, Manifest, VERSION},
    store::{self, PAGE},
};
use crate::{
    access::OrgTx,
    base::error::{Code, Error, Result},
};

/// Returns the organization's archive, a zip file, at its beginning. It lies in the system's temporary folder, so that a
/// large one takes no memory, and that a slow client doesn't hold the snapshot.
pub async fn archive(tx: &OrgTx) -> Result<File> {
    let file = tempfile::tempfile().map_err(failed)?;
    let mut archive = Archive(ZipWriter::new(BufWriter::new(file)));
    archive.manifest(tx)?;
    archive.file("organization.ndjson", async |_| store::organization(tx).await).await?;
    archive.file("people.ndjson", async |last| store::people(tx, last).await).await?;
    archive.file("members.ndjson", async |last| store::members(tx, last).await).await?;
    archive.file("invitations.ndjson", async |last| store::invitations(tx, last).await).await?;
    archive.file("projects.ndjson", async |last| store::projects(tx, last).await).await?;
    archive.file("project_keys.ndjson", async |last| store::keys(tx, last).await).await?;
    archive.file("project_members.ndjson", async |last| store::insiders(tx, last).await).await?;
    archive.file("columns.ndjson", async |last| store::columns(tx, last).await).await?;
    archive.file("tasks.ndjson", async |last| store::tasks(tx, last).await).await?;
    archive.file("task_numbers.ndjson", async |last| store::numbers(tx, last).await).await?;
    archive.file("task_assignees.ndjson", async |last| store::assignees(tx, last).await).await?;
    archive.file("labels.ndjson", async |last| store::labels(tx, last).await).await?;
    archive.file("task_labels.ndjson", async |last| store::task_labels(tx, last).await).await?;
    archive.file("task_links.ndjson", async |last| store::links(tx, last).await).await?;
    archive.file("comments.ndjson", async |last| store::comments(tx, last).await).await?;
    archive.file("comment_reactions.ndjson", async |last| store::reactions(tx, last).await).await?;
    archive.file("ledger.ndjson", async |last| store::entries(tx, last).await).await?;
    let written = archive.0.finish().map_err(failed)?;
    let mut file = written.into_inner().map_err(failed)?;
    file.rewind().map_err(failed)?;
    Ok(file)
}

fn failed(error: impl Into<io::Error>) -> Error {
    let error = error.into();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::StorageFull.into(),
        _ => Error::internal(error),
    }
}

struct Archive(ZipWriter<BufWriter<File>>);

impl Archive {
    fn begin(&mut self, name: &str) -> Result<()> {
        let options = SimpleFileOptions::default().large_file(true);
        self.0.start_file(name, options).map_err(failed)
    }

    fn manifest(&mut self, tx: &OrgTx) -> Result<()> {
        let manifest = Manifest {
            format: FORMAT.into(),
            version: VERSION,
            exported_at: tx.now(),
            guildhall: env!("CARGO_PKG_VERSION").into(),
        };
        self.begin("manifest.json")?;
        self.line(&manifest)
    }

    /// Writes a file with all rows. `page` returns the rows after the given one, or the first rows for `None`.
    async fn file<R: Serialize>(
        &mut self,
        name: &str,
        page: impl AsyncFn(Option<&R>) -> Result<Vec<R>>,
    ) -> Result<()> {
        self.begin(name)?;
        let mut rows = page(None).await?;
        loop {
            for row in &rows {
                self.line(row)?;
            }
            if rows.len() < PAGE {
                return Ok(());
            }
            rows = page(rows.last()).await?;
        }
    }

    fn line(&mut self, row: &impl Serialize) -> Result<()> {
        let mut line = serde_json::to_vec(row).map_err(Error::internal)?;
        line.push(b'\n');
        self.0.write_all(&line).map_err(failed)
    }
}
