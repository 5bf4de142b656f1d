//! What some bytes are: by their own first bytes, then by their name. Names lie.

use super::{Job, text};
use crate::domain::SafeText;

/// The formats of pictures that are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Png,
    Jpeg,
    Gif,
    Webp,
}

/// What some bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Picture(Format),
    Pdf,
    Zip,
    Gzip,
    Tar,
    Csv,
    Json,
    Text,
    /// Nothing that can be shown; with what it looks like.
    Unknown(Option<&'static str>),
}

/// How known formats begin: where, with what, and what they are called.
const BEGINNINGS: &[(usize, &[u8], &str)] = &[
    (0, b"\x7fELF", "an ELF program"),
    (0, b"MZ", "a Windows program"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (0, b"Rar!\x1a\x07", "RAR"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5"),
    (0, b"CDF", "NetCDF"),
    (0, b"PAR1", "Parquet"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\0asm", "WebAssembly"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"BM", "BMP"),
    (0, b"OggS", "Ogg"),
    (0, b"ID3", "MP3"),
    (0, b"fLaC", "FLAC"),
    (4, b"ftyp", "MP4"),
    (8, b"WAVE", "WAV"),
    (0, b"\x1aE\xdf\xa3", "Matroska or WebM"),
    (0, b"glTF", "glTF"),
];

impl Kind {
    /// Whether a part of it can't be read.
    pub(super) const fn needs_all(&self) -> bool {
        matches!(self, Self::Picture(_) | Self::Pdf | Self::Zip)
    }

    /// What it is called.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Picture(format) => format.words(),
            Self::Pdf => "a PDF",
            Self::Zip => "a zip archive",
            Self::Gzip => "gzip",
            Self::Tar => "a tar archive",
            Self::Csv => "a table",
            Self::Json => "JSON",
            Self::Text => "text",
            Self::Unknown(Some(guess)) => guess,
            Self::Unknown(None) => "binary data",
        }
    }
}

impl Format {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::Webp => "WebP",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Png => "a PNG picture",
            Self::Jpeg => "a JPEG picture",
            Self::Gif => "a GIF picture",
            Self::Webp => "a WebP picture",
        }
    }
}

/// What these bytes are.
pub(super) fn of(job: &Job, bytes: &[u8]) -> Kind {
    if let Some(kind) = by_beginning(bytes) {
        return kind;
    }
    if !text::is_text(bytes) {
        let known = |(at, mark, _): &&(usize, &[u8], &str)| {
            bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark))
        };
        return Kind::Unknown(BEGINNINGS.iter().find(known).map(|(_, _, name)| *name));
    }
    let extension = job.extension();
    let mime = job.mime.as_deref().unwrap_or_default();
    match extension.as_str() {
        "csv" | "tsv" => Kind::Csv,
        "json" | "geojson" | "ipynb" => Kind::Json,
        // `run7.csv (final)` ends in nothing that is known.
        "txt" | "md" | "log" => Kind::Text,
        _ if matches!(mime, "text/csv" | "text/tab-separated-values") => Kind::Csv,
        _ if mime == "application/json" => Kind::Json,
        _ => Kind::Text,
    }
}

fn by_beginning(bytes: &[u8]) -> Option<Kind> {
    let begins = |mark: &[u8]| bytes.starts_with(mark);
    let at = |place: usize, mark: &[u8]| bytes.get(place..).is_some_and(|rest| rest.starts_with(mark));
    let kind = if begins(b"\x89PNG\r\n\x1a\n") {
        Kind::Picture(Format::Png)
    } else if begins(b"\xff\xd8\xff") {
        Kind::Picture(Format::Jpeg)
    } else if begins(b"GIF87a") || begins(b"GIF89a") {
        Kind::Picture(Format::Gif)
    } else if begins(b"RIFF") && at(8, b"WEBP") {
        Kind::Picture(Format::Webp)
    } else if begins(b"%PDF-") {
        Kind::Pdf
    } else if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        Kind::Zip
    } else if begins(b"\x1f\x8b") {
        Kind::Gzip
    } else if at(257, b"ustar") {
        Kind::Tar
    } else {
        return None;
    };
    Some(kind)
}

/// Says that a name promises something else than what is there, if it does.
pub(super) fn lie(job: &Job, kind: &Kind) -> Option<SafeText> {
    let extension = job.extension();
    let honest = match extension.as_str() {
        "png" => *kind == Kind::Picture(Format::Png),
        "jpg" | "jpeg" => *kind == Kind::Picture(Format::Jpeg),
        "gif" => *kind == Kind::Picture(Format::Gif),
        "webp" => *kind == Kind::Picture(Format::Webp),
        "pdf" => *kind == Kind::Pdf,
        "zip" | "docx" | "xlsx" | "odt" | "ods" | "npz" => *kind == Kind::Zip,
        "gz" | "tgz" => *kind == Kind::Gzip,
        "tar" => *kind == Kind::Tar,
        "csv" | "tsv" | "json" | "txt" | "md" | "log" | "cif" | "xyz" | "py" | "rs" | "svg" | "html"
        | "toml" | "yaml" | "yml" | "xml" => matches!(kind, Kind::Csv | Kind::Json | Kind::Text),
        _ => true,
    };
    (!honest).then(|| SafeText::line(&format!("its name ends in .{extension}, but it is {}", kind.words())))
}

/// Whether a name or type promises a picture that can be decoded.
pub(super) fn is_picture(extension: &str, mime: &str) -> bool {
    matches!(extension, "png" | "jpg" | "jpeg" | "gif" | "webp")
        || matches!(mime, "image/png" | "image/jpeg" | "image/gif" | "image/webp")
}

/// Whether a name or type promises something else that can't be read in part.
pub(super) fn needs_all(extension: &str, mime: &str) -> bool {
    matches!(extension, "pdf" | "zip" | "docx" | "xlsx" | "odt" | "ods" | "npz" | "jar")
        || matches!(mime, "application/pdf" | "application/zip")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str) -> Job {
        Job { name: name.to_owned(), mime: None, whole: true, compared: false }
    }

    #[test]
    fn bytes_go_before_names() {
        for (name, bytes, kind) in [
            ("a.csv", &b"a,b\n1,2\n"[..], Kind::Csv),
            ("a.csv", b"\x89PNG\r\n\x1a\n....", Kind::Picture(Format::Png)),
            ("a.png", b"%PDF-1.7\n", Kind::Pdf),
            ("a.txt", b"PK\x03\x04rest", Kind::Zip),
            ("a.json", b"{\"a\": 1}", Kind::Json),
            ("a.cif", b"data_x\n", Kind::Text),
            ("a.bin", b"\x7fELF\x02\x01\0\0", Kind::Unknown(Some("an ELF program"))),
            ("a.txt", b"a\0b\0", Kind::Unknown(None)),
            ("empty.csv", b"", Kind::Csv),
        ] {
            assert_eq!(of(&job(name), bytes), kind, "{name}");
        }
        let typed =
            |name: &str, mime: &str| of(&Job { mime: Some(mime.to_owned()), ..job(name) }, b"a,b\n1,2\n");
        assert_eq!(typed("run7.csv (final)", "text/csv"), Kind::Csv);
        assert_eq!(typed("run7.txt", "text/csv"), Kind::Text);
    }

    #[test]
    fn a_lying_name_is_called_one() {
        let said =
            |name: &str, bytes: &[u8]| lie(&job(name), &of(&job(name), bytes)).map(|words| words.to_string());
        assert_eq!(said("a.png", b"%PDF-1.7").as_deref(), Some("its name ends in .png, but it is a PDF"));
        assert_eq!(
            said("a.csv", b"\x7fELF\0").as_deref(),
            Some("its name ends in .csv, but it is an ELF program")
        );
        assert_eq!(said("a.csv", b"a,b"), None);
        assert_eq!(said("model.weights", b"\0\0"), None);
    }
}
