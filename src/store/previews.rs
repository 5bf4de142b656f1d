//! Previews of assets on the disk, so that they are there at the next start and without a network: one packed file
//! an asset, for its owner's eyes only, the least lately used removed when all together are too many bytes.
//!
//! Nothing here is needed: what is missing or damaged is fetched again. All of it blocks; callers see to that.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::clock;
use crate::domain::{AssetId, AssetView};

/// The form of the files: another one is not read, but replaced.
const FORM: &str = "questdesk preview 1\n";

/// The largest file that is read, unpacked.
const LARGEST: u64 = 16 << 20;

/// The folder of kept previews.
#[derive(Debug, Clone)]
pub struct PreviewCache {
    folder: PathBuf,
    limit: u64,
}

impl PreviewCache {
    /// Previews in this folder, of at most `limit` bytes together. It is made when the first is kept.
    #[must_use]
    pub const fn new(folder: PathBuf, limit: u64) -> Self {
        Self { folder, limit }
    }

    /// What was kept of an asset; it counts as used.
    #[must_use]
    pub fn get(&self, id: AssetId) -> Option<AssetView> {
        let path = self.path(id);
        let file = File::open(&path).ok()?;
        // Whether it could be marked as used says nothing about its use.
        let _ = file.set_modified(now());
        match read(file) {
            Ok(view) if view.id == id => Some(view),
            _ => {
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Keeps an asset's preview instead of what was kept of it, and makes room.
    pub fn put(&self, view: &AssetView) -> io::Result<()> {
        if self.limit == 0 {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        // Two desks may keep the same at once: each writes a file of its own first.
        let aside = self.folder.join(format!("{}.{}.new", view.id, std::process::id()));
        let written = write(&aside, view).and_then(|()| fs::rename(&aside, self.path(view.id)));
        if written.is_err() {
            let _ = fs::remove_file(&aside);
        }
        written?;
        self.make_room()
    }

    /// Forgets what was kept of an asset.
    pub fn forget(&self, id: AssetId) {
        let _ = fs::remove_file(self.path(id));
    }

    fn path(&self, id: AssetId) -> PathBuf {
        self.folder.join(format!("{id}.gz"))
    }

    /// Removes what was not used for longest until all together fit, and a tenth is free.
    fn make_room(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // One that another desk removed meanwhile takes no room.
            if let Ok(found) = entry.metadata() {
                files.push((found.modified().unwrap_or(UNIX_EPOCH), found.len(), entry.path()));
            }
        }
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        if total <= self.limit {
            return Ok(());
        }
        files.sort();
        for (_, size, path) in files {
            if total <= self.limit - self.limit / 10 {
                break;
            }
            let _ = fs::remove_file(path);
            total -= size;
        }
        Ok(())
    }
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(clock::now().millis().unsigned_abs())
}

fn read(file: File) -> io::Result<AssetView> {
    let mut text = String::new();
    GzDecoder::new(BufReader::new(file)).take(LARGEST).read_to_string(&mut text)?;
    let json = text.strip_prefix(FORM).ok_or_else(|| io::Error::other("of another form"))?;
    Ok(serde_json::from_str(json)?)
}

fn write(path: &std::path::Path, view: &AssetView) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let mut packer = GzEncoder::new(BufWriter::new(file), Compression::fast());
    packer.write_all(FORM.as_bytes())?;
    serde_json::to_writer(&mut packer, view)?;
    packer.finish()?.flush()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::domain::{Head, Inside, Preview, Shown};
    use tempfile::TempDir;

    fn id(n: u8) -> AssetId {
        AssetId::from_bytes([n; 16])
    }

    fn view(n: u8, bytes: usize) -> AssetView {
        // Hardly packed: each byte differs from its neighbours.
        let noise = (0..bytes).map(|at| (at * at % 251) as u8 ^ n).collect();
        let preview =
            Preview { inside: Inside::Bytes(Head { guess: None, bytes: noise }), remarks: Vec::new() };
        AssetView { id: id(n), asset: None, shown: Shown::Preview(preview), old: false }
    }

    #[test]
    fn what_is_kept_is_there_again_and_private() {
        let folder = TempDir::new().unwrap();
        let cache = PreviewCache::new(folder.path().join("previews"), 1 << 20);
        assert_eq!(cache.get(id(1)), None);
        cache.put(&view(1, 100)).unwrap();
        assert_eq!(cache.get(id(1)), Some(view(1, 100)));
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(cache.folder.clone()), mode(cache.path(id(1)))), (0o700, 0o600));
        cache.forget(id(1));
        assert_eq!(cache.get(id(1)), None);
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let folder = TempDir::new().unwrap();
        let cache = PreviewCache::new(folder.path().to_owned(), 1 << 20);
        for n in 0..4 {
            cache.put(&view(n, 1_000)).unwrap();
            let day = UNIX_EPOCH + Duration::from_secs(86_400 * (u64::from(n) + 1));
            File::open(cache.path(id(n))).unwrap().set_modified(day).unwrap();
        }
        assert!(cache.get(id(0)).is_some(), "used now: it stays");
        let each = fs::metadata(cache.path(id(0))).unwrap().len();
        let small = PreviewCache { limit: each * 3, ..cache.clone() };
        small.put(&view(9, 1_000)).unwrap();
        let left: Vec<u8> = (0..10).filter(|n| cache.get(id(*n)).is_some()).collect();
        assert!(left.contains(&0) && left.contains(&9) && !left.contains(&1), "{left:?}");
    }

    #[test]
    fn what_is_damaged_or_a_bomb_is_removed() {
        let folder = TempDir::new().unwrap();
        let cache = PreviewCache::new(folder.path().to_owned(), 1 << 20);
        let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
        bomb.write_all(FORM.as_bytes()).unwrap();
        bomb.write_all(&vec![b' '; 20 << 20]).unwrap();
        for bytes in [b"nonsense".to_vec(), bomb.finish().unwrap()] {
            fs::write(cache.path(id(1)), bytes).unwrap();
            assert_eq!(cache.get(id(1)), None);
            assert!(!cache.path(id(1)).exists());
        }
        cache.put(&view(2, 10)).unwrap();
        fs::rename(cache.path(id(2)), cache.path(id(3))).unwrap();
        assert_eq!(cache.get(id(3)), None, "another asset's preview is none of its own");
    }
}
