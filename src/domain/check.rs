//! Whether a submitted asset is what an item asked for: one check for each thing that the declaration says.

use super::{Access, Asset, AssetSlot, Inside, SafeText, Shown, SubmissionKey, Timestamp};

/// One thing that was asked for, and whether the asset is that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was asked for: `.cif or .xyz`.
    pub asks: SafeText,
    /// What became of it.
    pub outcome: Outcome,
}

/// Whether something that was asked for is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is.
    Met,
    /// It is not, and what is there instead.
    NotMet(SafeText),
    /// It can't be told, or not yet, and why.
    Unknown(SafeText),
}

impl SubmissionKey {
    /// Checks an asset against this declaration (contract, 4.4): its type, the ending of its name, its category, what
    /// is in it. The server checks the first three at submission; what changed since, or was declared later, shows here.
    #[must_use]
    pub fn checks(&self, asset: &Asset, shown: &Shown) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut add = |asks: SafeText, outcome| checks.push(Check { asks, outcome });
        if !self.asset_type.is_empty() {
            add(self.asset_type.clone(), self.type_of(asset));
        }
        if !self.extensions.is_empty() {
            add(SafeText::line(&endings(&self.extensions)), self.ending_of(asset));
        }
        if let Some(wanted) = &self.category {
            add(wanted.clone(), category_of(asset, wanted.as_str(), shown));
        }
        if !self.contains.is_empty() {
            let asks = format!("{} inside", endings(&self.contains));
            add(SafeText::line(&asks), self.inside_of(asset, shown));
        }
        checks
    }

    fn type_of(&self, asset: &Asset) -> Outcome {
        if asset.kind.is_empty() {
            return Outcome::Unknown("the server does not say what it is".into());
        }
        if self.asset_type == asset.kind {
            Outcome::Met
        } else {
            not_met(&format!("a {} was asked for, this is a {}", self.asset_type, asset.kind))
        }
    }

    fn ending_of(&self, asset: &Asset) -> Outcome {
        match &asset.extension {
            Some(extension) if self.extensions.contains(extension) => Outcome::Met,
            Some(extension) => {
                not_met(&format!("{} was asked for, not .{extension}", endings(&self.extensions)))
            }
            None => Outcome::Unknown("the server does not say how its name ends".into()),
        }
    }

    /// Whether an archive holds what it should, by the names in it.
    fn inside_of(&self, asset: &Asset, shown: &Shown) -> Outcome {
        let wanted = endings(&self.contains);
        let preview = match shown {
            Shown::Preview(preview) => preview,
            Shown::Closed => return Outcome::Unknown("it is closed, and its signals don't say".into()),
            Shown::OnDemand => return Outcome::Unknown("it is not fetched yet".into()),
            Shown::PutAway => return Outcome::Unknown("it was put away: open it".into()),
            Shown::TooBig { .. } => return Outcome::Unknown("it is too large to be fetched".into()),
            Shown::Nothing => return Outcome::Unknown("nothing of it can be read here".into()),
            Shown::Failed(_) => return Outcome::Unknown("it could not be read".into()),
        };
        match &preview.inside {
            Inside::Archive(archive) => {
                if self.contains.iter().any(|ending| archive.endings.contains(ending)) {
                    Outcome::Met
                } else if !archive.whole {
                    Outcome::Unknown("its list of names breaks off before one is found".into())
                } else if archive.endings.is_empty() {
                    not_met(&format!("no {wanted} is in it"))
                } else {
                    let there: Vec<SafeText> = archive.endings.iter().take(6).cloned().collect();
                    let more = if archive.endings.len() > there.len() { " and more" } else { "" };
                    let there = endings(&there).replace(" or ", ", ");
                    not_met(&format!("no {wanted} is in it, but {there}{more}"))
                }
            }
            Inside::Bytes(head) => {
                let guess = head.guess.as_ref().map_or("such data", SafeText::as_str);
                unknown(&format!("{guess} can't be looked into here"))
            }
            // One file in gzip: what it packs is what its name says without the last ending.
            _ if asset.name.as_str().to_lowercase().ends_with(".gz") => {
                let name = asset.name.as_str().to_lowercase();
                let packed = name.trim_end_matches(".gz").rsplit_once('.').map_or("", |(_, ending)| ending);
                if self.contains.iter().any(|ending| ending.as_str() == packed) {
                    Outcome::Met
                } else {
                    not_met(&format!("no {wanted} is in it: it packs one file"))
                }
            }
            _ => not_met(&format!("{wanted} was asked for in an archive, this is none")),
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
            parts.push(format!("{} inside", endings(&self.contains)));
        }
        if !self.required {
            parts.push("optional".to_owned());
        }
        parts.retain(|part| !part.is_empty());
        SafeText::line(&parts.join(", "))
    }
}

impl Asset {
    /// What the judge signals say of an asset that may not be seen: its type, the ending of its name, its MIME type,
    /// its size.
    #[must_use]
    pub fn of_signals(slot: &AssetSlot, signals: &[(SafeText, SafeText, SafeText)]) -> Self {
        let said = |wanted: &str| {
            let is_it = |(group, name, _): &&(SafeText, SafeText, SafeText)| {
                *group == slot.key && name.as_str() == wanted
            };
            signals.iter().find(is_it).map(|(_, _, value)| value.clone()).filter(|value| !value.is_empty())
        };
        Self {
            id: slot.asset,
            kind: slot.asset_type.clone(),
            name: said("name").or_else(|| slot.name.clone()).unwrap_or_default(),
            owner: None,
            access: Access::Other(SafeText::default()),
            size: said("size_bytes").and_then(|size| size.as_str().parse().ok()),
            mime: said("mime_type"),
            extension: said("extension"),
            category: None,
            unfinished: false,
            changed_at: Timestamp::default(),
        }
    }
}

fn not_met(words: &str) -> Outcome {
    Outcome::NotMet(SafeText::line(words))
}

fn unknown(words: &str) -> Outcome {
    Outcome::Unknown(SafeText::line(words))
}

/// `.cif or .xyz`.
fn endings(extensions: &[SafeText]) -> String {
    let dotted: Vec<String> = extensions.iter().map(|extension| format!(".{extension}")).collect();
    dotted.join(" or ")
}

/// The server's category, else the MIME type's first half: both go by the name. What is in it goes before them.
fn category_of(asset: &Asset, wanted: &str, shown: &Shown) -> Outcome {
    match (category_by_name(asset, wanted), shown) {
        (Outcome::Met, Shown::Preview(preview)) => match belies(wanted, &preview.inside, asset) {
            Some(what) => not_met(&format!("it is called {wanted}, but it is {what}")),
            None => Outcome::Met,
        },
        (outcome, _) => outcome,
    }
}

/// What was found in an asset that is called an image, a recording or a PDF, if it can't be that.
fn belies(wanted: &str, inside: &Inside, asset: &Asset) -> Option<SafeText> {
    if !matches!(wanted, "image" | "audio" | "video" | "pdf") {
        return None;
    }
    let drawn = || asset.mime.as_ref().is_some_and(|mime| mime.as_str().contains("xml"));
    match (wanted, inside) {
        ("image", Inside::Picture(_)) | ("pdf", Inside::Pages(_)) => None,
        // Pictures may be drawn in words.
        ("image", Inside::Text(_)) if drawn() => None,
        (_, Inside::Picture(picture)) => Some(SafeText::line(&format!("a {} picture", picture.format))),
        (_, Inside::Pages(_)) => Some("a PDF".into()),
        (_, Inside::Text(_) | Inside::Post(_)) => Some("text".into()),
        (_, Inside::Table(_)) => Some("a table".into()),
        (_, Inside::Archive(archive)) => Some(SafeText::line(&format!("a {} archive", archive.format))),
        ("image" | "pdf", Inside::Bytes(head)) => {
            // Of the others it is not told what they hold.
            let is_other = |guess: &&SafeText| {
                ["program", "SQLite", "zip", "archive"].iter().any(|word| guess.as_str().contains(word))
            };
            head.guess.as_ref().filter(is_other).cloned()
        }
        _ => None,
    }
}

fn category_by_name(asset: &Asset, wanted: &str) -> Outcome {
    let told = |is_it: bool| {
        if is_it {
            Outcome::Met
        } else {
            not_met(&format!("something of the category {wanted} was asked for"))
        }
    };
    if let Some(category) = &asset.category {
        return told(category.as_str() == wanted);
    }
    let parts = asset.mime.as_ref().and_then(|mime| mime.as_str().split_once('/'));
    match (wanted, parts) {
        ("image" | "audio" | "video", Some((kind, _))) => told(kind == wanted),
        ("pdf", Some((_, rest))) => told(rest == "pdf"),
        _ => Outcome::Unknown("the server does not say of what category it is".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Archive, AssetId, Head, Preview};

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

    fn key(
        extensions: &[&'static str],
        category: Option<&'static str>,
        contains: &[&'static str],
    ) -> SubmissionKey {
        SubmissionKey {
            key: "data".into(),
            label: None,
            required: true,
            asset_type: "file".into(),
            extensions: extensions.iter().map(|&extension| extension.into()).collect(),
            contains: contains.iter().map(|&extension| extension.into()).collect(),
            category: category.map(Into::into),
        }
    }

    fn archive(endings: &[&'static str], whole: bool) -> Shown {
        let endings = endings.iter().map(|&ending| ending.into()).collect();
        let archive =
            Archive { format: "zip".into(), entries: Vec::new(), count: 3, unpacked: 9, endings, whole };
        of(Inside::Archive(archive))
    }

    fn of(inside: Inside) -> Shown {
        Shown::Preview(Preview { inside, remarks: Vec::new() })
    }

    /// `file met, .csv not: …`.
    fn said(key: &SubmissionKey, asset: &Asset, shown: &Shown) -> String {
        let check = |check: Check| match check.outcome {
            Outcome::Met => format!("{} met", check.asks),
            Outcome::NotMet(words) => format!("{} not: {words}", check.asks),
            Outcome::Unknown(words) => format!("{} unknown: {words}", check.asks),
        };
        key.checks(asset, shown).into_iter().map(check).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_is_in_it_goes_before_what_it_is_called() {
        use crate::domain::TextBody;
        let preview = |inside| Shown::Preview(Preview { inside, remarks: Vec::new() });
        let text = || preview(Inside::Text(TextBody { text: "x".into(), language: None, markdown: false }));
        let bytes = |guess: &'static str| {
            preview(Inside::Bytes(Head { guess: Some(guess.into()), bytes: Vec::new() }))
        };
        let png = asset("file", Some("png"), Some("image/png"));
        let image = key(&[], Some("image"), &[]);
        assert_eq!(said(&image, &png, &text()), "file met; image not: it is called image, but it is text");
        assert_eq!(
            said(&image, &png, &bytes("an ELF program")),
            "file met; image not: it is called image, but it is an ELF program"
        );
        let tiff = asset("file", Some("tiff"), Some("image/tiff"));
        assert_eq!(said(&image, &tiff, &bytes("TIFF")), "file met; image met");
        let svg = asset("file", Some("svg"), Some("image/svg+xml"));
        assert_eq!(said(&image, &svg, &text()), "file met; image met");
        let pdf = asset("file", Some("pdf"), Some("application/pdf"));
        assert_eq!(
            said(&key(&[], Some("pdf"), &[]), &pdf, &text()),
            "file met; pdf not: it is called pdf, but it is text"
        );
    }

    #[test]
    fn type_ending_and_category_are_checked() {
        let csv = asset("file", Some("csv"), Some("text/csv"));
        assert_eq!(
            said(&key(&["cif", "csv"], None, &[]), &csv, &Shown::Nothing),
            "file met; .cif or .csv met"
        );
        assert_eq!(
            said(&key(&["cif", "xyz"], Some("image"), &[]), &csv, &Shown::Nothing),
            "file met; .cif or .xyz not: .cif or .xyz was asked for, not .csv; \
             image not: something of the category image was asked for"
        );
        let png = asset("file", Some("png"), Some("image/png"));
        assert_eq!(said(&key(&[], Some("image"), &[]), &png, &Shown::Nothing), "file met; image met");
        assert_eq!(
            said(&key(&[], None, &[]), &asset("post", None, None), &Shown::Nothing),
            "file not: a file was asked for, this is a post"
        );
    }

    #[test]
    fn what_nobody_said_is_not_called_wrong() {
        let nameless = asset("file", None, None);
        assert_eq!(
            said(&key(&["csv"], Some("image"), &[]), &nameless, &Shown::Nothing),
            "file met; .csv unknown: the server does not say how its name ends; \
             image unknown: the server does not say of what category it is"
        );
        let xyz = asset("file", Some("xyz"), Some("chemical/x-xyz"));
        let structure = key(&[], Some("atomic structure"), &[]);
        assert!(said(&structure, &xyz, &Shown::Nothing).contains("unknown"));
        let known = Asset { category: Some("atomic structure".into()), ..xyz };
        assert_eq!(said(&structure, &known, &Shown::Nothing), "file met; atomic structure met");
    }

    #[test]
    fn archives_are_checked_by_the_names_in_them() {
        let (zip, key) = (asset("file", Some("zip"), None), key(&[], None, &["csv", "json"]));
        let inside = |shown: &Shown| said(&key, &zip, shown).replace("file met; .csv or .json inside ", "");
        assert_eq!(inside(&archive(&["md", "json"], true)), "met");
        assert_eq!(inside(&archive(&["json"], false)), "met", "one that is found is enough");
        assert_eq!(inside(&archive(&["md", "py"], true)), "not: no .csv or .json is in it, but .md, .py");
        assert_eq!(inside(&archive(&[], true)), "not: no .csv or .json is in it");
        assert_eq!(
            inside(&archive(&["md"], false)),
            "unknown: its list of names breaks off before one is found"
        );
        let head = Head { guess: Some("7-Zip".into()), bytes: vec![7] };
        assert_eq!(inside(&of(Inside::Bytes(head))), "unknown: 7-Zip can't be looked into here");
        assert_eq!(
            inside(&of(Inside::Post("x".into()))),
            "not: .csv or .json was asked for in an archive, this is none"
        );
        for (shown, why) in [
            (Shown::Closed, "closed"),
            (Shown::OnDemand, "not fetched yet"),
            (Shown::TooBig { limit: 1 }, "too large"),
            (Shown::Failed("x".into()), "could not be read"),
        ] {
            assert!(
                inside(&shown).starts_with("unknown: ") && inside(&shown).contains(why),
                "{}",
                inside(&shown)
            );
        }
        let packed = Asset { name: "Runs.CSV.gz".into(), ..zip.clone() };
        assert!(said(&key, &packed, &of(Inside::Post("x".into()))).ends_with("inside met"));
    }

    #[test]
    fn what_is_closed_is_checked_by_its_signals() {
        let slot = AssetSlot {
            key: "data".into(),
            asset: AssetId::from_bytes([1; 16]),
            asset_type: "file".into(),
            name: None,
        };
        let signal = |group: &'static str, name: &'static str, value: &'static str| {
            (group.into(), name.into(), value.into())
        };
        let signals = [
            signal("other", "extension", "png"),
            signal("data", "extension", "csv"),
            signal("data", "mime_type", "text/csv"),
            signal("data", "size_bytes", "1043"),
        ];
        let asset = Asset::of_signals(&slot, &signals);
        assert_eq!(asset.size, Some(1_043));
        assert_eq!(said(&key(&["csv"], None, &[]), &asset, &Shown::Closed), "file met; .csv met");
    }

    #[test]
    fn what_is_asked_for_is_said_in_words() {
        assert_eq!(key(&["cif", "xyz"], None, &[]).asks().as_str(), "file, .cif or .xyz");
        assert_eq!(key(&["zip"], None, &["csv"]).asks().as_str(), "file, .zip, .csv inside");
    }
}
