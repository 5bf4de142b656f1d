//! What is shown of an asset without leaving the desk: plain data, bounded, all text made safe.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Asset, AssetId, SafeText};

/// An asset as far as it could be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssetView {
    /// The asset's id.
    pub id: AssetId,
    /// What is known of it; nothing if it could not be read at all.
    pub asset: Option<Asset>,
    /// What there is to see.
    pub shown: Shown,
    /// It was kept from an earlier look, and could not be compared with the server's since.
    #[serde(skip)]
    pub old: bool,
}

/// What there is to see of an asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Shown {
    /// Its insides.
    Preview(Preview),
    /// We may not see it: private assets open with the acceptance.
    Closed,
    /// Not fetched, because it is an image and the line is dear: it is fetched when somebody asks.
    OnDemand,
    /// It was here, and made room for others: it is read again, from the disk if it was kept there, when somebody opens it.
    PutAway,
    /// Too large to be previewed.
    TooBig {
        /// The most that is fetched, in bytes.
        limit: u64,
    },
    /// Of a type that has nothing to be seen in a terminal: a route, a service.
    Nothing,
    /// It could not be fetched or read.
    Failed(SafeText),
}

impl Shown {
    /// About how many bytes of memory it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Preview(preview) => preview.inside.bytes(),
            _ => 0,
        }
    }

    /// Whether more is read of it to be compared.
    #[must_use]
    pub fn has_more_to_compare(&self) -> bool {
        match self {
            Self::Preview(Preview { inside: Inside::Table(table), .. }) => table.has_more_to_compare(),
            _ => false,
        }
    }
}

/// The insides of an asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// What was found.
    pub inside: Inside,
    /// What the reviewer should know about it: a part only, not what its name says, broken off.
    pub remarks: Vec<SafeText>,
}

/// What was found in an asset, by kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Inside {
    /// A post, as markdown.
    Post(SafeText),
    /// A dataset or a table in a file.
    Table(Table),
    /// Text, source code, or JSON that was set line by line.
    Text(TextBody),
    /// The names in an archive.
    Archive(Archive),
    /// A picture.
    Picture(Picture),
    /// The text of a document, page by page.
    Pages(Pages),
    /// Anything else: how it begins.
    Bytes(Head),
}

impl Inside {
    fn bytes(&self) -> usize {
        /// What a text takes beside its bytes, and where it is kept.
        const EACH: usize = 48;
        let texts = |texts: &[SafeText]| texts.iter().map(|text| text.as_str().len() + EACH).sum::<usize>();
        match self {
            Self::Post(text) | Self::Text(TextBody { text, .. }) => text.as_str().len(),
            Self::Table(table) => {
                let cells = table.rows.iter().flatten();
                let cell = |cell: &Option<SafeText>| {
                    cell.as_ref().map_or(EACH / 2, |text| text.as_str().len() + EACH)
                };
                cells.map(cell).sum::<usize>() + table.columns.len() * 4 * EACH
            }
            Self::Archive(archive) => {
                archive.entries.iter().map(|entry| entry.path.as_str().len() + 2 * EACH).sum()
            }
            Self::Picture(picture) => picture.pixels.rgb().len(),
            Self::Pages(pages) => texts(&pages.pages),
            Self::Bytes(head) => head.bytes.len(),
        }
    }
}

/// A table: its columns, and its first rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The first rows, a cell per column; `None` is null or left empty.
    pub rows: Vec<Vec<Option<SafeText>>>,
    /// Rows there are, if that is known.
    pub total: Option<u64>,
    /// The number of rows is the server's estimate.
    pub estimated: bool,
    /// Rows that the columns' figures were taken from.
    pub read: u64,
    /// Columns that are left out because there are too many.
    pub more_columns: u64,
    /// It was read to be compared: no more of its rows are ever kept.
    #[serde(default)]
    pub deep: bool,
}

impl Table {
    /// Rows there are, as far as is known.
    #[must_use]
    pub fn all_rows(&self) -> u64 {
        self.total.unwrap_or(self.read).max(self.rows.len() as u64)
    }

    /// Whether more of its rows are kept once it is read to be compared.
    #[must_use]
    pub fn has_more_to_compare(&self) -> bool {
        !self.deep && (self.total.is_none() || self.all_rows() > self.rows.len() as u64)
    }
}

/// A column of a table, with what was found in the rows that were read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: SafeText,
    /// Its type, as the server says it or as its cells look.
    pub kind: SafeText,
    /// Rows without a value.
    pub empty: u64,
    /// Different values.
    pub distinct: u64,
    /// There are more different values than were counted.
    pub distinct_more: bool,
    /// Smallest, largest and mean, if its values are numbers.
    pub numbers: Option<Numbers>,
}

/// Figures of a column of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
}

/// Text in lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextBody {
    /// The text.
    pub text: SafeText,
    /// The language it is written in, as code blocks name it; `None`: prose or unknown.
    pub language: Option<SafeText>,
    /// Markdown, to be set as such.
    pub markdown: bool,
}

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// `zip`, `tar`, `tar.gz`.
    pub format: SafeText,
    /// The first names in it.
    pub entries: Vec<ArchiveEntry>,
    /// How many there are, as far as it was read.
    pub count: u64,
    /// Bytes they unpack to, as the archive says.
    pub unpacked: u64,
    /// How names in it end, each once: lower case, without the dot.
    pub endings: Vec<SafeText>,
    /// All names were read, and all their endings are kept.
    pub whole: bool,
}

/// One name in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveEntry {
    /// Its path, as the archive has it.
    pub path: SafeText,
    /// Bytes unpacked.
    pub size: u64,
    /// A folder.
    pub folder: bool,
}

/// A picture, made small enough for a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// `PNG`, `JPEG`, …
    pub format: SafeText,
    /// Columns of pixels of the original.
    pub width: u32,
    /// Rows of pixels of the original.
    pub height: u32,
    /// The picture itself.
    pub pixels: Pixels,
}

/// Red, green and blue, row by row.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    width: u32,
    height: u32,
    rgb: Arc<[u8]>,
}

impl Pixels {
    /// The widest and highest there are, in pixels.
    pub const SIDE: u32 = 640;

    /// Pixels of these measures; `None` if they do not fit each other, or are too many.
    #[must_use]
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Option<Self> {
        let fits = width > 0 && height > 0 && width <= Self::SIDE && height <= Self::SIDE;
        (fits && rgb.len() == width as usize * height as usize * 3).then(|| Self {
            width,
            height,
            rgb: rgb.into(),
        })
    }

    /// Pixels in a row.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Rows of pixels.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// The bytes: three a pixel.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Whether they are the very same: kept once, not only alike.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.rgb, &other.rgb)
    }

    /// The mean colour of one field, if the picture is cut into `columns` by `rows` of them.
    #[must_use]
    pub fn mean(&self, (x, columns): (u32, u32), (y, rows): (u32, u32)) -> [u8; 3] {
        let mut sums = [0_u64; 3];
        let mut count = 0_u64;
        for y in part(y, rows, self.height) {
            for x in part(x, columns, self.width) {
                let at = (y as usize * self.width as usize + x as usize) * 3;
                for (sum, part) in sums.iter_mut().zip(self.rgb.get(at..at + 3).unwrap_or(&[0; 3])) {
                    *sum += u64::from(*part);
                }
                count += 1;
            }
        }
        sums.map(|sum| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX))
    }
}

/// The pixels of the `n`th of `parts` along `length`; one at least, even where there are more parts than pixels.
fn part(n: u32, parts: u32, length: u32) -> std::ops::Range<u32> {
    let place = |n: u32| {
        let at = u64::from(n) * u64::from(length) / u64::from(parts.max(1));
        u32::try_from(at).unwrap_or(length).min(length)
    };
    let start = place(n).min(length.saturating_sub(1));
    start..place(n.saturating_add(1)).max(start + 1)
}

impl fmt::Debug for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pixels({} × {})", self.width, self.height)
    }
}

/// As kept in the cache: measures and the bytes in base 64.
#[derive(Serialize, Deserialize)]
struct KeptPixels {
    width: u32,
    height: u32,
    rgb: String,
}

impl Serialize for Pixels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        KeptPixels { width: self.width, height: self.height, rgb: STANDARD.encode(&self.rgb) }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Pixels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let kept = KeptPixels::deserialize(deserializer)?;
        let rgb = STANDARD.decode(kept.rgb).map_err(D::Error::custom)?;
        Self::new(kept.width, kept.height, rgb).ok_or_else(|| D::Error::custom("pixels that do not fit"))
    }
}

/// Text of a document, page by page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pages {
    /// The first pages.
    pub pages: Vec<SafeText>,
    /// How many there are.
    pub count: u64,
}

/// How some bytes begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// What they are taken for, if they are known: `gzip`, `an ELF program`.
    pub guess: Option<SafeText>,
    /// The first bytes.
    pub bytes: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_must_fit_their_measures() {
        assert!(Pixels::new(2, 2, vec![0; 12]).is_some());
        assert!(Pixels::new(2, 2, vec![0; 11]).is_none());
        assert!(Pixels::new(0, 2, Vec::new()).is_none());
        assert!(Pixels::new(Pixels::SIDE + 1, 1, vec![0; (Pixels::SIDE as usize + 1) * 3]).is_none());
    }

    #[test]
    fn pixels_survive_the_cache_and_lies_do_not() {
        let pixels = Pixels::new(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let json = serde_json::to_string(&pixels).unwrap();
        assert_eq!(serde_json::from_str::<Pixels>(&json).unwrap(), pixels);
        assert!(serde_json::from_str::<Pixels>(&json.replace("\"width\":2", "\"width\":600")).is_err());
    }

    #[test]
    fn a_mean_is_taken_over_what_a_cell_covers() {
        let pixels = Pixels::new(2, 1, vec![0, 0, 0, 100, 200, 50]).unwrap();
        assert_eq!(pixels.mean((0, 1), (0, 1)), [50, 100, 25]);
        assert_eq!(pixels.mean((1, 2), (0, 9)), [100, 200, 50]);
        assert_eq!(pixels.mean((9, 2), (9, 9)), [100, 200, 50], "beyond its edges are its edges");
    }
}
