//! Reads an archive row by row. Bounds how much it unpacks, so that a small file can't fill the memory or the disk.

use std::io::{BufRead as _, BufReader, Read, Seek, SeekFrom};

use serde::de::DeserializeOwned;
use zip::{ZipArchive, read::ZipFile, result::ZipError};

use super::rows::{FILES, LATER_FILES};
use crate::base::json;

/// The most bytes that an archive may unpack to: 16 GiB.
const UNPACKED_MOST: u64 = 16 << 30;
/// The most bytes that an archive may unpack to for each of its own bytes. Deflate alone allows 1032; a real archive
/// holds ids, which compress badly.
const RATIO_MOST: u64 = 100;
/// What an archive of any size may unpack to, because little data may well be repetitive: 64 MiB.
const UNPACKED_ALWAYS: u64 = 64 << 20;
/// The most bytes in a line, which is as much as the API accepts in a request: 1 MiB.
const LINE_MOST: u64 = 1 << 20;

/// An archive that is being read.
pub(super) struct Archive<R> {
    zip: ZipArchive<R>,
    /// The number of bytes that it may unpack to.
    most: u64,
    /// The number of bytes that may still be unpacked.
    left: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive, and checks its files and their declared sizes. Unpacks nothing.
    ///
    /// # Errors
    /// A message if it isn't a zip file, a file is missing or unknown, or it would unpack to too much.
    pub(super) fn open(mut archive: R) -> Result<Self, String> {
        let packed = archive.seek(SeekFrom::End(0)).map_err(|e| format!("the archive can't be read: {e}"))?;
        let mut zip = ZipArchive::new(archive).map_err(|e| format!("this is no archive: {e}"))?;
        if zip.len() > FILES.len() {
            return Err(format!("this is no archive: it has {} files instead of {}", zip.len(), FILES.len()));
        }
        let mut declared: u64 = 0;
        for file in FILES {
            match zip.by_name(file) {
                Ok(file) => declared = declared.saturating_add(file.size()),
                Err(ZipError::FileNotFound) if LATER_FILES.contains(&file) => {}
                Err(error) => return Err(format!("{file}: {error}")),
            }
        }
        let most = packed.saturating_mul(RATIO_MOST).clamp(UNPACKED_ALWAYS, UNPACKED_MOST);
        if declared > most {
            return Err(too_large(most));
        }
        Ok(Self { zip, most, left: most })
    }

    /// Starts over: everything may be unpacked once more.
    pub(super) const fn rewind(&mut self) {
        self.left = self.most;
    }

    /// Opens one of the archive's files. One that an earlier version didn't write is empty.
    pub(super) fn rows(&mut self, file: &'static str) -> Result<Rows<'_, R>, String> {
        let reader = match self.zip.by_name(file) {
            Ok(unpacked) => Some(BufReader::new(unpacked)),
            Err(ZipError::FileNotFound) if LATER_FILES.contains(&file) => None,
            Err(error) => return Err(format!("{file}: {error}")),
        };
        Ok(Rows { reader, left: &mut self.left, most: self.most, file, line: 0 })
    }
}

fn too_large(most: u64) -> String {
    format!("the archive unpacks to more than {} MiB, {RATIO_MOST} times its size", most >> 20)
}

/// The rows of one file of an archive.
pub(super) struct Rows<'a, R: Read> {
    reader: Option<BufReader<ZipFile<'a, R>>>,
    left: &'a mut u64,
    most: u64,
    file: &'static str,
    line: u64,
}

impl<R: Read> Rows<'_, R> {
    /// Reads the next row. Returns `None` at the end of the file.
    ///
    /// # Errors
    /// A message with the file and the line if the row can't be read, or the archive unpacks to too much.
    pub(super) fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, String> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        self.line += 1;
        let most = LINE_MOST.min(*self.left);
        let mut line = Vec::new();
        let read = reader.by_ref().take(most + 1).read_until(b'\n', &mut line);
        let read = u64::try_from(read.map_err(|e| self.place(e))?).unwrap_or(u64::MAX);
        if read > *self.left {
            return Err(too_large(self.most));
        }
        if read > LINE_MOST {
            return Err(self.place(format!("the line is longer than {} KiB", LINE_MOST >> 10)));
        }
        *self.left -= read;
        if line.is_empty() {
            return Ok(None);
        }
        json::read(&line).map(Some).map_err(|e| self.place(e))
    }

    /// Adds the file and the line of the last row to a message.
    pub(super) fn place(&self, why: impl std::fmt::Display) -> String {
        format!("{}, line {}: {why}", self.file, self.line)
    }
}
