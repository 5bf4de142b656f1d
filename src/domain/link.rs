//! Where a link in foreign text really leads, and what is suspicious about it.
//!
//! What is shown is what the browser would be given: the address as a URL parser reads it, its host in ASCII. Only
//! http and https are ever opened; an asset of Ouro (`post:0193…`) is found by its id; everything else is just text.

use unicode_security::MixedScript as _;
use unicode_security::confusable_detection::skeleton;
use url::{Host, Url};

use super::{AssetId, SafeText, TextLimit};

/// Longer addresses are never opened: nobody can read them.
const LONGEST: usize = 2_048;

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A page on the web.
    Web {
        /// The whole address, as a browser would be given it: ASCII.
        address: SafeText,
        /// Its host, in ASCII.
        host: SafeText,
        /// What to beware of.
        doubt: Option<Doubt>,
    },
    /// An asset of Ouro.
    Asset {
        /// Its type as the link says it: `post`, `dataset`, …; `asset` if it doesn't.
        kind: SafeText,
        /// Its id.
        id: AssetId,
    },
    /// Neither: shown, never opened.
    Other(SafeText),
}

/// What is suspicious about an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// `https://bank.example@evil.example`: what stands before the `@` is no site.
    User,
    /// The host has letters beyond ASCII that can be taken for these.
    LooksLike(SafeText),
    /// The host mixes scripts, or has letters beyond ASCII.
    Letters(SafeText),
    /// The text of the link names this other site.
    SaysOther(SafeText),
}

impl Doubt {
    /// In words, after the address.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::User => "what stands before the @ is not the site".to_owned(),
            Self::LooksLike(other) => format!("made to look like {other}"),
            Self::Letters(host) => format!("its letters are not all what they seem: {host}"),
            Self::SaysOther(other) => format!("its text says {other}"),
        }
    }
}

/// The types of assets that links name, besides the old `asset`.
const KINDS: [&str; 9] =
    ["post", "file", "dataset", "route", "service", "quest", "action", "comment", "asset"];

impl Target {
    /// Reads the address of a link whose text is `text`.
    #[must_use]
    pub fn read(address: &str, text: &str) -> Self {
        let address = address.trim();
        if let Some(asset) = asset(address) {
            return asset;
        }
        let shown = || Self::Other(SafeText::line_within(address, TextLimit(LONGEST)));
        if address.len() > LONGEST || !is_web(address) {
            return shown();
        }
        let Ok(url) = Url::parse(address) else { return shown() };
        let Some(host) = url.host_str() else { return shown() };
        Self::Web {
            address: SafeText::line_within(url.as_str(), TextLimit(4 * LONGEST)),
            host: SafeText::line(host),
            doubt: doubt(&url, host, text),
        }
    }

    /// The whole address.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Self::Web { address, .. } | Self::Other(address) => address.to_string(),
            Self::Asset { kind, id } => format!("{kind}:{id}"),
        }
    }

    /// What to beware of.
    #[must_use]
    pub const fn doubt(&self) -> Option<&Doubt> {
        match self {
            Self::Web { doubt, .. } => doubt.as_ref(),
            Self::Asset { .. } | Self::Other(_) => None,
        }
    }
}

/// Whether it is an address of the web, by its scheme.
fn is_web(address: &str) -> bool {
    let scheme = |name: &str| {
        address.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            && address[name.len()..].starts_with("://")
    };
    scheme("http") || scheme("https")
}

fn asset(address: &str) -> Option<Target> {
    let (kind, id) = address.split_once(':')?;
    let kind = KINDS.iter().find(|known| **known == kind)?;
    Some(Target::Asset { kind: SafeText::from(*kind), id: id.parse().ok()? })
}

fn doubt(url: &Url, host: &str, text: &str) -> Option<Doubt> {
    if !url.username().is_empty() || url.password().is_some() {
        return Some(Doubt::User);
    }
    if host.split('.').any(|label| label.starts_with("xn--")) {
        let (letters, _) = idna::domain_to_unicode(host);
        let alike: String = letters.chars().map(in_ascii).collect();
        if alike.is_ascii() {
            return Some(Doubt::LooksLike(SafeText::line(&alike)));
        }
        // One script throughout is how most of the world writes its names; it is told all the same.
        let words = if letters.is_single_script() { letters } else { format!("{letters} (mixed scripts)") };
        return Some(Doubt::Letters(SafeText::line(&words)));
    }
    let said = named_site(text)?;
    let same =
        said == host || host.strip_prefix("www.") == Some(&said) || said.strip_prefix("www.") == Some(host);
    (!same).then(|| Doubt::SaysOther(SafeText::line(&said)))
}

/// A letter as the one of ASCII that it can be taken for.
fn in_ascii(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    let mut alike = skeleton(letter.encode_utf8(&mut [0; 4])).collect::<Vec<_>>();
    if alike.len() == 1 { alike.remove(0) } else { letter }
}

/// The site that a text names, if it reads like an address.
fn named_site(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains(char::is_whitespace) {
        return None;
    }
    let address = if is_web(text) { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&address).ok()?;
    let Some(Host::Domain(host)) = url.host() else { return None };
    let (_, end) = host.rsplit_once('.')?;
    // `run7.csv` is no site; what ends like a common one is.
    let common =
        matches!(end, "com" | "org" | "net" | "io" | "dev" | "ai" | "edu" | "gov" | "example" | "foundation");
    (is_web(text) || common).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubt_of(address: &str, text: &str) -> Option<String> {
        Target::read(address, text).doubt().map(Doubt::words)
    }

    #[test]
    fn only_the_web_and_assets_lead_anywhere() {
        let web = Target::read("HTTPS://Example.org/a b?q=ü", "x");
        assert_eq!(web.address(), "https://example.org/a%20b?q=%C3%BC");
        let id = "0193b2aa-8888-7000-8000-000000000002";
        assert!(matches!(Target::read(&format!("dataset:{id}"), "x"), Target::Asset { .. }));
        for other in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "data:text/html,x",
            "vbscript:x",
            "mailto:a@b.org",
            "/relative",
            "//evil.example",
            "https:evil.example",
            "ftp://x.org",
            "dataset:nonsense",
            "http://",
            "https://[::1",
            "",
        ] {
            assert!(matches!(Target::read(other, "x"), Target::Other(_)), "{other}");
        }
        assert!(matches!(
            Target::read(&format!("https://a.org/{}", "x".repeat(5_000)), ""),
            Target::Other(_)
        ));
    }

    #[test]
    fn tricks_with_addresses_are_told() {
        assert_eq!(doubt_of("https://example.org/paper", "paper"), None);
        assert_eq!(doubt_of("https://example.org/paper", "https://example.org"), None);
        assert_eq!(doubt_of("https://www.example.org/paper", "example.org"), None);
        assert_eq!(doubt_of("https://example.org/run7.csv", "run7.csv"), None);
        let user = doubt_of("https://ouro.foundation@evil.example/x", "x").unwrap();
        assert!(user.contains("before the @"), "{user}");
        // A Cyrillic a.
        let alike = doubt_of("https://ex\u{0430}mple.org", "x").unwrap();
        assert_eq!(alike, "made to look like example.org");
        let whole = doubt_of("https://xn--80ak6aa92e.com", "x").unwrap();
        assert!(whole.starts_with("made to look like") || whole.contains("not all"), "{whole}");
        let honest = doubt_of("https://münchen.example", "x").unwrap();
        assert!(honest.contains("münchen"), "{honest}");
        assert_eq!(
            doubt_of("https://evil.example/login", "https://ouro.foundation/login").unwrap(),
            "its text says ouro.foundation"
        );
        assert_eq!(
            doubt_of("https://evil.example", "ouro.foundation").unwrap(),
            "its text says ouro.foundation"
        );
    }
}
