//! Archives: the names in them. Nothing is unpacked but tables of contents, and of gzip a bounded beginning.

use std::io::{Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::{Job, kind, size_words};
use crate::domain::{Archive, ArchiveEntry, Inside, SafeText};

/// Names that are kept to be shown.
const NAMES: usize = 1_000;

/// Names that are counted.
const COUNTED: u64 = 100_000;

/// Different endings of names that are kept.
const ENDINGS: usize = 100;

/// Bytes that are unpacked of a packed tar archive to find its names.
const UNPACKED: u64 = 64 << 20;

/// The names in a zip archive, from its table of contents.
pub(super) fn zip(bytes: &[u8], remarks: &mut Vec<SafeText>) -> Result<Archive, SafeText> {
    let broken = |error: &dyn std::fmt::Display| SafeText::line(&format!("the archive is broken: {error}"));
    let mut archive = ::zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let count = archive.len();
    let mut listing = Listing::new("zip");
    let mut locked = false;
    for index in 0..count {
        // A broken entry costs itself alone.
        let Ok(file) = archive.by_index_raw(index) else {
            listing.archive.whole = false;
            continue;
        };
        locked |= file.encrypted();
        listing.add(&String::from_utf8_lossy(file.name_raw()), file.size(), file.is_dir());
        if listing.archive.count >= COUNTED {
            listing.archive.whole = listing.archive.count == count as u64;
            break;
        }
    }
    if locked {
        remarks.push("files in it are locked with a password".into());
    }
    listing.warn(bytes.len() as u64, remarks);
    Ok(Archive { count: count as u64, ..listing.archive })
}

/// The names in a tar archive.
pub(super) fn tar(bytes: &[u8], whole: bool, remarks: &mut Vec<SafeText>) -> Result<Archive, SafeText> {
    let listing = tar_names(bytes, "tar", whole, remarks)?;
    Ok(listing.archive)
}

/// Gzip: the names in a packed tar archive, else what it unpacks to.
pub(super) fn gzip(job: &Job, bytes: &[u8], remarks: &mut Vec<SafeText>) -> Result<Inside, SafeText> {
    let mut beginning = Vec::new();
    let unpacked = MultiGzDecoder::new(bytes).take(super::BEGINNING).read_to_end(&mut beginning);
    let broken = unpacked.is_err();
    if broken && beginning.is_empty() {
        return Err("the gzip file is broken".into());
    }
    let inner = Job {
        compared: job.compared,
        name: inner_name(&job.name),
        mime: None,
        whole: job.whole && !broken && (beginning.len() as u64) < super::BEGINNING,
    };
    if kind::of(&inner, &beginning) == kind::Kind::Tar {
        let unpacked = MultiGzDecoder::new(bytes).take(UNPACKED);
        let listing = tar_names(unpacked, "tar.gz", job.whole, remarks)?;
        listing.warn(bytes.len() as u64, remarks);
        return Ok(Inside::Archive(listing.archive));
    }
    if kind::of(&inner, &beginning) == kind::Kind::Gzip {
        return Err("gzip within gzip is not unpacked".into());
    }
    let inside = super::extract(&inner, &beginning)?;
    remarks.push(if broken {
        "unpacked from gzip, which breaks off".into()
    } else {
        "unpacked from gzip".into()
    });
    remarks.extend(inside.remarks);
    Ok(inside.inside)
}

/// `data.csv.gz` packs `data.csv`, `data.tgz` a tar archive.
fn inner_name(name: &str) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    if ending.eq_ignore_ascii_case("tgz") { format!("{stem}.tar") } else { stem.to_owned() }
}

fn tar_names(
    reader: impl Read,
    format: &'static str,
    whole: bool,
    remarks: &mut Vec<SafeText>,
) -> Result<Listing, SafeText> {
    let mut archive = ::tar::Archive::new(reader);
    let mut listing = Listing::new(format);
    let entries =
        archive.entries().map_err(|error| SafeText::line(&format!("the archive is broken: {error}")))?;
    for entry in entries {
        let Ok(entry) = entry else {
            // A part ends in the middle of something; a whole archive should not.
            let words = if whole {
                "the list breaks off: the archive is broken or very large"
            } else {
                "the list breaks off"
            };
            remarks.push(words.into());
            listing.archive.whole = false;
            break;
        };
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        listing.add(&path, entry.size(), entry.header().entry_type().is_dir());
        if listing.archive.count >= COUNTED {
            listing.archive.whole = false;
            break;
        }
    }
    Ok(listing)
}

impl Archive {
    /// Notes how a name ends.
    fn end_with(&mut self, path: &str) {
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let Some((_, ending)) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else { return };
        // As the server writes endings (contract, 4.4).
        let fits =
            (1..=12).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let ending = SafeText::line(&ending.to_ascii_lowercase());
        if fits && !self.endings.contains(&ending) {
            if self.endings.len() < ENDINGS {
                self.endings.push(ending);
            } else {
                self.whole = false;
            }
        }
    }
}

struct Listing {
    archive: Archive,
    /// Names that would leave the folder they are unpacked in.
    escaping: u64,
}

impl Listing {
    fn new(format: &'static str) -> Self {
        let archive = Archive {
            format: format.into(),
            entries: Vec::new(),
            count: 0,
            unpacked: 0,
            endings: Vec::new(),
            whole: true,
        };
        Self { archive, escaping: 0 }
    }

    fn add(&mut self, path: &str, size: u64, folder: bool) {
        let archive = &mut self.archive;
        archive.count += 1;
        archive.unpacked = archive.unpacked.saturating_add(size);
        let climbs = path.split(['/', '\\']).any(|part| part == "..") || path.starts_with(['/', '\\']);
        self.escaping += u64::from(climbs);
        if !folder {
            archive.end_with(path);
        }
        if archive.entries.len() < NAMES {
            archive.entries.push(ArchiveEntry { path: SafeText::line(path), size, folder });
        }
    }

    /// Says what is suspicious about it.
    fn warn(&self, packed: u64, remarks: &mut Vec<SafeText>) {
        let unpacked = self.archive.unpacked;
        if unpacked / 200 > packed.max(1) {
            let words =
                format!("unpacks to {}, {} times its size", size_words(unpacked), unpacked / packed.max(1));
            remarks.push(SafeText::line(&words));
        }
        if self.escaping > 0 {
            let lead = if self.escaping == 1 { "leads" } else { "lead" };
            remarks.push(SafeText::line(&format!(
                "{} of its names {lead} out of the folder it is unpacked in",
                self.escaping
            )));
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;

    use super::*;

    pub(in crate::preview) fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, ::zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    pub(in crate::preview) fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = ::tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = ::tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    pub(in crate::preview) fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    fn job(name: &str) -> Job {
        Job { name: name.to_owned(), mime: None, whole: true, compared: false }
    }

    #[test]
    fn names_are_listed_and_those_that_climb_are_said() {
        let files: &[(&str, &[u8])] =
            &[("data/run7.csv", b"a,b"), ("../../etc/passwd", b"x"), ("\x1b[2Jx", b"")];
        for (archive, format) in [
            (super::super::extract(&job("a.zip"), &zipped(files)).unwrap(), "zip"),
            (super::super::extract(&job("a.tgz"), &gzipped(&tarred(files))).unwrap(), "tar.gz"),
        ] {
            let Inside::Archive(found) = &archive.inside else { panic!("{archive:?}") };
            assert_eq!((found.format.as_str(), found.count, found.unpacked), (format, 3, 4));
            assert_eq!(found.entries[0].path.as_str(), "data/run7.csv");
            assert_eq!((found.endings.as_slice(), found.whole), ([SafeText::from("csv")].as_slice(), true));
            assert_eq!(found.entries[2].path.as_str(), "\u{FFFD}[2Jx");
            assert!(
                archive.remarks.iter().any(|remark| remark.as_str().contains(" out of the folder")),
                "{archive:?}"
            );
        }
    }

    #[test]
    fn endings_are_counted_in_every_name_and_a_list_that_breaks_off_says_so() {
        let many: Vec<String> =
            (0..NAMES + 5).map(|n| format!("f{n}.CSV")).chain(["z/last.json".into()]).collect();
        let files: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
        let whole = tarred(&files);
        let read = |bytes: &[u8], whole: bool| {
            let job = Job { name: "a.tar".to_owned(), mime: None, whole, compared: false };
            match super::super::extract(&job, bytes).unwrap().inside {
                Inside::Archive(archive) => archive,
                other => panic!("{other:?}"),
            }
        };
        let archive = read(&whole, true);
        assert_eq!(archive.entries.len(), NAMES);
        assert_eq!(archive.endings, ["csv", "json"].map(SafeText::from));
        assert!(archive.whole);
        let torn = read(&whole[..512 * 9 + 100], false);
        assert!(!torn.whole && torn.endings == ["csv"].map(SafeText::from), "{torn:?}");
    }

    #[test]
    fn a_packed_table_is_a_table() {
        let preview = super::super::extract(&job("run.csv.gz"), &gzipped(b"a,b\n1,2\n")).unwrap();
        assert!(matches!(preview.inside, Inside::Table(_)), "{preview:?}");
        assert_eq!(preview.remarks, ["unpacked from gzip".into()]);
    }
}
