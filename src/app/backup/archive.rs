//! The file that a backup is: a zip archive with the checksums of what is in it, as `sha256sum` writes them.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, BufWriter, Read as _, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::base::secret::Digest;

/// The names of the files in a backup.
pub(super) const DATABASE: &str = "guildhall.db";
pub(super) const SECRET: &str = "secret";
const SUMS: &str = "SHA256SUMS";

/// Creates a file that its owner only can read.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes the files, each under its name, and their checksums. The archive is on the disk when this returns.
pub(super) fn pack(files: &[(&'static str, &Path)], to: &Path) -> io::Result<()> {
    let mut archive = ZipWriter::new(BufWriter::new(create(to)?));
    let options = SimpleFileOptions::default().large_file(true).unix_permissions(0o600);
    let mut sums = Vec::new();
    for (name, path) in files {
        archive.start_file(*name, options)?;
        sums.push(format!("{}  {name}\n", copy(&mut File::open(path)?, &mut archive)?));
    }
    archive.start_file(SUMS, options)?;
    archive.write_all(sums.concat().as_bytes())?;
    archive.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// Writes the files of an archive into a folder, and compares them with their checksums.
pub(super) fn unpack(archive: &Path, folder: &Path) -> io::Result<()> {
    read(archive, |name| create(&folder.join(name)))
}

/// Reads an archive, and compares the files with their checksums.
pub(super) fn verify(archive: &Path) -> io::Result<()> {
    read(archive, |_| Ok(io::sink()))
}

fn read<W: Write>(archive: &Path, to: impl Fn(&str) -> io::Result<W>) -> io::Result<()> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(archive)?))?;
    let mut sums = String::new();
    archive.by_name(SUMS)?.take(1024).read_to_string(&mut sums)?;
    let listed: Vec<(&str, &str)> = sums.lines().filter_map(|line| line.split_once("  ")).collect();
    let is_backup = listed.iter().all(|(_, name)| [DATABASE, SECRET].contains(name));
    if !is_backup || !listed.iter().any(|(_, name)| *name == DATABASE) {
        return Err(io::Error::other("it isn't a backup"));
    }
    for (sum, name) in listed {
        if copy(&mut archive.by_name(name)?, &mut to(name)?)? != sum {
            return Err(io::Error::other(format!("{name} isn't what its checksum says")));
        }
    }
    Ok(())
}

/// Copies everything, and returns its checksum.
fn copy(from: &mut impl io::Read, to: &mut impl Write) -> io::Result<String> {
    let (mut digest, mut part) = (Digest::default(), vec![0; 128 * 1024]);
    loop {
        match from.read(&mut part)? {
            0 => break,
            length => {
                let read = part.get(..length).unwrap_or_default();
                digest.write_all(read)?;
                to.write_all(read)?;
            }
        }
    }
    to.flush()?;
    Ok(digest.hex())
}
