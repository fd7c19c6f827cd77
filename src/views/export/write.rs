//! Writes an archive, page by page, from one snapshot of the database.

use std::io::{Cursor, Write as _};

use serde::Serialize;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    rows::{FORMAT, Manifest, VERSION},
    store::{self, PAGE},
};
use crate::{
    access::OrgTx,
    base::error::{Error, Result},
};

/// Returns the organization's archive, a zip file.
pub async fn archive(tx: &OrgTx) -> Result<Vec<u8>> {
    let mut archive = Archive(ZipWriter::new(Cursor::default()));
    archive.manifest(tx)?;
    archive.file("organization.ndjson", async |_| store::organization(tx).await).await?;
    archive.file("people.ndjson", async |last| store::people(tx, last).await).await?;
    archive.file("members.ndjson", async |last| store::members(tx, last).await).await?;
    archive.file("invitations.ndjson", async |last| store::invitations(tx, last).await).await?;
    archive.file("projects.ndjson", async |last| store::projects(tx, last).await).await?;
    archive.file("project_keys.ndjson", async |last| store::keys(tx, last).await).await?;
    archive.file("project_members.ndjson", async |last| store::insiders(tx, last).await).await?;
    archive.file("tasks.ndjson", async |last| store::tasks(tx, last).await).await?;
    archive.file("task_numbers.ndjson", async |last| store::numbers(tx, last).await).await?;
    archive.file("task_assignees.ndjson", async |last| store::assignees(tx, last).await).await?;
    archive.file("ledger.ndjson", async |last| store::entries(tx, last).await).await?;
    Ok(archive.0.finish().map_err(Error::internal)?.into_inner())
}

struct Archive(ZipWriter<Cursor<Vec<u8>>>);

impl Archive {
    fn begin(&mut self, name: &str) -> Result<()> {
        self.0.start_file(name, SimpleFileOptions::default()).map_err(Error::internal)
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
        self.0.write_all(&line).map_err(Error::internal)
    }
}
