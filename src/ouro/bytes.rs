//! The bytes of assets: from signed addresses, which need no credentials and get none, and as downloads. Both are
//! read bit by bit, so that whoever reads decides how much is enough.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, LOCATION};

use super::address::is_this_machine;
use super::transport::Transport;
use super::{Client, ErrorKind, OuroError};

/// Redirects of a storage that are followed, each checked like the first address.
const REDIRECTS: usize = 3;

/// For the bytes of a preview, from the first to the last.
const PREVIEW_WITHIN: Duration = Duration::from_secs(60);

/// For a whole download.
pub(super) const DOWNLOAD_WITHIN: Duration = Duration::from_secs(60 * 60);

/// An address that opens an asset's bytes to whoever has it, for a while: a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(Url);

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUrl(…)")
    }
}

impl SignedUrl {
    /// Reads an address that the server gave. https only; plain http to this machine alone, and only if the server
    /// is there too (`local`).
    pub(super) fn read(given: &str, local: bool) -> Result<Self, OuroError> {
        let refused = |words: &str| OuroError::new(ErrorKind::Garbled, words);
        let url = Url::parse(given).map_err(|_| refused("the server gave no address of the file's bytes"))?;
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if local && url.host_str().is_some_and(is_this_machine) => Ok(Self(url)),
            _ => Err(refused("the file's address is not https: it is not opened")),
        }
    }
}

/// The beginning of something, perhaps all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The first bytes.
    pub bytes: Vec<u8>,
    /// Nothing comes after them.
    pub whole: bool,
}

/// Bytes on their way.
#[derive(Debug)]
pub struct Download {
    response: reqwest::Response,
    /// How many bytes there are, if the server says so.
    pub size: Option<u64>,
}

impl Download {
    pub(super) fn new(response: reqwest::Response) -> Self {
        let size = length(response.headers());
        Self { response, size }
    }

    /// The next bytes; `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, OuroError> {
        match self.response.chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| chunk.to_vec())),
            Err(error) if error.is_timeout() => {
                Err(OuroError::new(ErrorKind::TimedOut, "the file did not arrive in time"))
            }
            Err(_) => Err(OuroError::new(ErrorKind::Garbled, "the file broke off on its way")),
        }
    }
}

impl Client {
    /// The first `limit` bytes behind a signed address.
    pub async fn fetch(&self, url: &SignedUrl, limit: u64) -> Result<Fetched, OuroError> {
        let range = format!("bytes=0-{}", limit.saturating_sub(1));
        let response = follow(self.caller().transport(), url, Some(range), PREVIEW_WITHIN).await?;
        let partial = response.status().as_u16() == 206;
        let total = if partial { range_total(response.headers()) } else { length(response.headers()) };
        let mut download = Download::new(response);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let mut cut = false;
        while let Some(chunk) = download.chunk().await? {
            let room = limit - bytes.len();
            bytes.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if chunk.len() > room {
                cut = true;
                break;
            }
        }
        let all_came = total.is_none_or(|total| total == bytes.len() as u64);
        Ok(Fetched { whole: !cut && all_came, bytes })
    }

    /// Opens what lies behind a signed address, to be read to its end.
    pub(super) async fn follow(&self, url: &SignedUrl) -> Result<Download, OuroError> {
        follow(self.caller().transport(), url, None, DOWNLOAD_WITHIN).await.map(Download::new)
    }
}

/// Asks along redirects, as far as they may lead.
async fn follow(
    transport: &Transport,
    url: &SignedUrl,
    range: Option<String>,
    timeout: Duration,
) -> Result<reqwest::Response, OuroError> {
    let mut at = url.clone();
    for _ in 0..=REDIRECTS {
        let response = transport.get_bytes(at.0.clone(), range.clone(), timeout).await?;
        let status = response.status();
        if status.is_redirection()
            && let Some(next) = response.headers().get(LOCATION).and_then(|next| next.to_str().ok())
        {
            let next = at.0.join(next).map_err(|_| {
                OuroError::new(
                    ErrorKind::Garbled,
                    "the file storage redirected to something that is no address",
                )
            })?;
            at = SignedUrl::read(next.as_str(), transport.is_local())?;
            continue;
        }
        // An empty file has no first byte to begin a range with.
        if status.is_success() || status.as_u16() == 416 {
            return Ok(response);
        }
        let kind = ErrorKind::from_status(status.as_u16(), None);
        let error = OuroError::new(kind, &format!("the server's file storage answered {status}"));
        return Err(OuroError { status: Some(status.as_u16()), elsewhere: true, ..error });
    }
    Err(OuroError::new(ErrorKind::Garbled, "the file storage redirected again and again"))
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// The size behind the slash of `bytes 0-99/1234`.
fn range_total(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_RANGE)?.to_str().ok()?.rsplit_once('/')?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_addresses_are_https_or_on_this_machine_with_the_server() {
        let fine = |url: &str, local: bool| SignedUrl::read(url, local).is_ok();
        assert!(fine("https://storage.example.org/a?token=b", false));
        assert!(fine("http://127.0.0.1:9000/a", true) && fine("http://localhost/a", true));
        assert!(!fine("http://127.0.0.1:9000/a", false), "a far server must not send us here");
        for bad in
            ["http://storage.example.org/a", "file:///etc/passwd", "ftp://example.org/a", "data:,a", ""]
        {
            assert!(!fine(bad, true), "{bad}");
        }
        let secret = SignedUrl::read("https://example.org/?token=hunter2", false).unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
