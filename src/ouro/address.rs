//! Where the server is. An API key is worth money, so plain `http` is only allowed to this very machine.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

use crate::domain::SafeText;

/// A checked base URL: `https` anywhere, `http` only to this machine; no user name, query or fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why a text is no base URL, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It cannot be read as a URL at all.
    #[error("`{0}` is not a URL: it should look like https://api.ouro.foundation")]
    NotAUrl(SafeText),
    /// Neither `https` nor `http`.
    #[error("`{0}:` is not spoken here: use https:// (or http:// for a backend on this machine)")]
    Scheme(SafeText),
    /// Plain `http` to another machine.
    #[error(
        "http://{0} would send the API key unencrypted: use https://, or http:// only to localhost, 127.0.0.1 or [::1]"
    )]
    PlainHttp(SafeText),
    /// A user name or password in the URL.
    #[error(
        "a user name or password does not belong in the URL: leave out what stands before the `@`, and keep the API key in OURO_API_KEY or `questdesk login`"
    )]
    UserInfo,
    /// A query or a fragment.
    #[error("the base URL ends with its path: leave out everything from `?` or `#` on")]
    Trailing,
}

impl BaseUrl {
    /// Reads and checks a base URL. A path in front of the API's own paths is kept.
    pub fn parse(given: &str) -> Result<Self, BaseUrlError> {
        let given = given.trim();
        let url =
            Url::parse(given).map_err(|_| BaseUrlError::NotAUrl(SafeText::line(&without_userinfo(given))))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(BaseUrlError::Scheme(SafeText::line(url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Trailing);
        }
        let host = url.host_str().unwrap_or_default();
        if url.scheme() == "http" && !is_this_machine(host) {
            return Err(BaseUrlError::PlainHttp(SafeText::line(host)));
        }
        Ok(Self(url))
    }

    /// Whether it leads to this machine (loopback).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.host_str().is_some_and(is_this_machine)
    }

    /// The URL of a path below the base; each segment is escaped as needed.
    pub(super) fn join<S: AsRef<str>>(&self, segments: &[S]) -> Url {
        let mut url = self.0.clone();
        // `http` and `https` URLs always have segments; there is nothing to do for others.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Whether it is encrypted.
    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// Loopback addresses, and `localhost`, which the client resolves to them itself.
pub(super) fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A text that is no URL may still hold a password before an `@`.
fn without_userinfo(given: &str) -> String {
    given.rsplit_once('@').map_or_else(|| given.to_owned(), |(_, rest)| format!("…@{rest}"))
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;
    fn from_str(given: &str) -> Result<Self, BaseUrlError> {
        Self::parse(given)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

/// Ouro itself.
impl Default for BaseUrl {
    #[expect(clippy::expect_used, reason = "a literal; a test of the configuration reads it")]
    fn default() -> Self {
        Self::parse("https://api.ouro.foundation").expect("the literal is a URL")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_fine_anywhere_and_http_only_here() {
        for fine in [
            "https://api.ouro.foundation",
            "https://example.org:8443/ouro/",
            "http://localhost:8003",
            "http://LOCALHOST",
            "http://127.0.0.1:1",
            "http://127.9.9.9",
            "http://[::1]:8003",
        ] {
            assert!(BaseUrl::parse(fine).is_ok(), "{fine}");
        }
        for plain in [
            "http://api.ouro.foundation",
            "http://10.0.0.1",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://[::ffff:10.0.0.1]",
            "http://0.0.0.0",
        ] {
            assert!(matches!(BaseUrl::parse(plain), Err(BaseUrlError::PlainHttp(_))), "{plain}");
        }
    }

    #[test]
    fn what_does_not_belong_is_refused_and_passwords_are_not_repeated() {
        assert_eq!(BaseUrl::parse("https://ana:pw@example.org"), Err(BaseUrlError::UserInfo));
        assert_eq!(BaseUrl::parse("https://example.org/?a=b"), Err(BaseUrlError::Trailing));
        assert!(matches!(BaseUrl::parse("ftp://example.org"), Err(BaseUrlError::Scheme(_))));
        let words = BaseUrl::parse("ana:hunter2@@@ host").unwrap_err().to_string();
        assert!(!words.contains("hunter2"), "{words}");
    }

    #[test]
    fn segments_are_escaped_and_a_path_prefix_is_kept() {
        let base = BaseUrl::parse("https://example.org/api/").unwrap();
        assert_eq!(
            base.join(&["organizations", "by-name", "a/b c"]).as_str(),
            "https://example.org/api/organizations/by-name/a%2Fb%20c"
        );
        assert_eq!(base.to_string(), "https://example.org/api");
        let local = BaseUrl::parse("http://localhost:8003").unwrap();
        assert_eq!(local.join(&["user"]).as_str(), "http://localhost:8003/user");
    }
}
