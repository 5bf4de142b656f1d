//! An asset that an entry submits: what is known of it without opening it.

use serde::{Deserialize, Serialize};

use super::{AssetId, SafeText, Timestamp};

/// Who can see an asset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Access {
    /// Everybody.
    Public,
    /// Its owner, and whoever it was shared with.
    Private,
    /// The organization's members.
    Organization,
    /// Whoever pays for it.
    Monetized,
    /// As what it belongs to.
    Inherited,
    /// A word this version does not know, or none at all.
    Other(SafeText),
}

impl Access {
    /// From the wire's word.
    #[must_use]
    pub fn from_word(word: Option<&str>) -> Self {
        match word {
            Some("public") => Self::Public,
            Some("private") => Self::Private,
            Some("organization") => Self::Organization,
            Some("monetized") => Self::Monetized,
            Some("inherit") => Self::Inherited,
            other => Self::Other(SafeText::line(other.unwrap_or_default())),
        }
    }

    /// As it is shown; empty if the server did not say.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Organization => "organization",
            Self::Monetized => "for sale",
            Self::Inherited => "as its parent",
            Self::Other(word) => word.as_str(),
        }
    }
}

/// What is known of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// `post`, `dataset`, `file`, or another word of the server's.
    pub kind: SafeText,
    /// What it is called.
    pub name: SafeText,
    /// Whose it is, if the server said so.
    pub owner: Option<SafeText>,
    /// Who can see it.
    pub access: Access,
    /// Bytes, of a file.
    pub size: Option<u64>,
    /// The MIME type that the server keeps.
    pub mime: Option<SafeText>,
    /// The ending of the file's name: lower case, without the dot.
    pub extension: Option<SafeText>,
    /// `image`, `video`, `pdf`, …: what kind of file the server takes it for.
    pub category: Option<SafeText>,
    /// The server is still working on it: not all is there yet.
    pub unfinished: bool,
    /// When it last changed.
    pub changed_at: Timestamp,
}
