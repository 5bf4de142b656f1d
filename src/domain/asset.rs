//! An asset that an entry submits: what is known of it without opening it, and whether it is what was asked for.

use serde::{Deserialize, Serialize};

use super::{AssetId, SafeText, SubmissionKey, Timestamp};

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

/// Whether an asset is what an item asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It meets everything that can be checked.
    Fits,
    /// It does not, and how.
    Misfit(Vec<SafeText>),
    /// Too little is known to tell.
    Unsaid,
}

impl SubmissionKey {
    /// Whether an asset meets this declaration (contract, 4.4): its type, the ending of its name, its category. The
    /// server checks that at submission; what changed since, or was declared later, shows here.
    #[must_use]
    pub fn fit(&self, asset: &Asset) -> Fit {
        let mut wrong = Vec::new();
        let mut unsaid = false;
        if !self.asset_type.is_empty() && !asset.kind.is_empty() && self.asset_type != asset.kind {
            wrong.push(format!("a {} was asked for, this is a {}", self.asset_type, asset.kind));
        }
        if !self.extensions.is_empty() {
            match &asset.extension {
                Some(extension) if self.extensions.contains(extension) => {}
                Some(extension) => {
                    wrong.push(format!("{} was asked for, not .{extension}", endings(&self.extensions)));
                }
                None => unsaid = true,
            }
        }
        if let Some(wanted) = &self.category {
            match is_of_category(asset, wanted.as_str()) {
                Some(true) => {}
                Some(false) => wrong.push(format!("something of the category {wanted} was asked for")),
                None => unsaid = true,
            }
        }
        match (wrong.is_empty(), unsaid) {
            (false, _) => Fit::Misfit(wrong.iter().map(|words| SafeText::line(words)).collect()),
            (true, true) => Fit::Unsaid,
            (true, false) => Fit::Fits,
        }
    }

    /// What it asks for, in words: `file · .cif or .xyz · image`.
    #[must_use]
    pub fn asks(&self) -> SafeText {
        let mut parts = vec![self.asset_type.to_string()];
        if !self.extensions.is_empty() {
            parts.push(endings(&self.extensions));
        }
        parts.extend(self.category.as_ref().map(ToString::to_string));
        if !self.contains.is_empty() {
            parts.push(format!("with {} inside", endings(&self.contains)));
        }
        if !self.required {
            parts.push("optional".to_owned());
        }
        parts.retain(|part| !part.is_empty());
        SafeText::line(&parts.join(", "))
    }
}

/// `.cif or .xyz`.
fn endings(extensions: &[SafeText]) -> String {
    let dotted: Vec<String> = extensions.iter().map(|extension| format!(".{extension}")).collect();
    dotted.join(" or ")
}

/// The server's category, else the MIME type's first half. `None`: neither says anything about that category.
fn is_of_category(asset: &Asset, wanted: &str) -> Option<bool> {
    if let Some(category) = &asset.category {
        return Some(category.as_str() == wanted);
    }
    let (kind, rest) = asset.mime.as_ref()?.as_str().split_once('/')?;
    match wanted {
        "image" | "audio" | "video" => Some(kind == wanted),
        "pdf" => Some(rest == "pdf"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(kind: &'static str, extension: Option<&'static str>, mime: Option<&'static str>) -> Asset {
        Asset {
            id: AssetId::from_bytes([1; 16]),
            kind: kind.into(),
            name: "run7".into(),
            owner: None,
            access: Access::Public,
            size: None,
            mime: mime.map(Into::into),
            extension: extension.map(Into::into),
            category: None,
            unfinished: false,
            changed_at: Timestamp::default(),
        }
    }

    fn key(extensions: &[&'static str], category: Option<&'static str>) -> SubmissionKey {
        SubmissionKey {
            key: "data".into(),
            label: None,
            required: true,
            asset_type: "file".into(),
            extensions: extensions.iter().map(|&extension| extension.into()).collect(),
            contains: Vec::new(),
            category: category.map(Into::into),
        }
    }

    #[test]
    fn type_ending_and_category_are_checked() {
        let csv = asset("file", Some("csv"), Some("text/csv"));
        assert_eq!(key(&["cif", "csv"], None).fit(&csv), Fit::Fits);
        assert_eq!(
            key(&["cif", "xyz"], None).fit(&csv),
            Fit::Misfit(vec![".cif or .xyz was asked for, not .csv".into()])
        );
        assert!(matches!(key(&[], Some("image")).fit(&csv), Fit::Misfit(_)));
        let png = asset("file", Some("png"), Some("image/png"));
        assert_eq!(key(&[], Some("image")).fit(&png), Fit::Fits);
        assert_eq!(
            key(&[], None).fit(&asset("post", None, None)),
            Fit::Misfit(vec!["a file was asked for, this is a post".into()])
        );
    }

    #[test]
    fn what_nobody_said_is_not_called_wrong() {
        assert_eq!(key(&["csv"], None).fit(&asset("file", None, None)), Fit::Unsaid);
        let xyz = asset("file", Some("xyz"), Some("chemical/x-xyz"));
        assert_eq!(key(&[], Some("atomic structure")).fit(&xyz), Fit::Unsaid);
        let known = Asset { category: Some("atomic structure".into()), ..xyz };
        assert_eq!(key(&[], Some("atomic structure")).fit(&known), Fit::Fits);
    }

    #[test]
    fn what_is_asked_for_is_said_in_words() {
        assert_eq!(key(&["cif", "xyz"], None).asks().as_str(), "file, .cif or .xyz");
    }
}
