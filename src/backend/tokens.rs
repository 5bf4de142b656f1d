//! Access tokens: shaped as JWTs, so that clients find their expiry, and kept in memory only: a restarted backend
//! knows none, answers 401, and clients exchange their key again (contract, 1.4).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore as _;
use serde_json::json;

use super::ids::Id;
use crate::domain::Timestamp;

/// The tokens of one kind that are good now.
pub(crate) struct Tokens {
    ttl: Duration,
    known: Mutex<HashMap<String, (Holder, Timestamp)>>,
}

/// What a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The user, or the asset of a ticket.
    pub(crate) id: Id,
    /// The only organization it acts in, if its key is bound to one (contract, 1.6).
    pub(crate) bound: Option<Id>,
}

/// Tokens are secrets: only how many there are.
impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        write!(f, "Tokens({} known)", known.len())
    }
}

impl Tokens {
    /// None yet; those to come live so long.
    pub(crate) fn new(ttl: Duration) -> Self {
        Self { ttl, known: Mutex::new(HashMap::new()) }
    }

    /// A new token for somebody.
    pub(crate) fn issue(&self, user: Id, now: Timestamp) -> String {
        self.issue_to(Holder { id: user, bound: None }, now)
    }

    /// A new token for the holder of a key.
    pub(crate) fn issue_to(&self, holder: Holder, now: Timestamp) -> String {
        let expires = now + self.ttl;
        let mut secret = [0_u8; 32];
        rand::rng().fill_bytes(&mut secret);
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!(
            "{}.{}.{}",
            part(json!({"alg": "none", "typ": "JWT"})),
            part(json!({"sub": holder.id, "iat": now.millis() / 1_000, "exp": expires.millis() / 1_000})),
            URL_SAFE_NO_PAD.encode(secret),
        );
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (_, expires)| *expires > now);
        known.insert(token.clone(), (holder, expires));
        token
    }

    /// Whose token it is, if it is good.
    pub(crate) fn holder(&self, token: &str, now: Timestamp) -> Option<Id> {
        self.find(token, now).map(|holder| holder.id)
    }

    /// What a token stands for, if it is good.
    pub(crate) fn find(&self, token: &str, now: Timestamp) -> Option<Holder> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(token).filter(|(_, expires)| *expires > now).map(|(holder, _)| *holder)
    }

    /// Makes all tokens unknown, as if they had expired.
    pub(crate) fn forget_all(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_until_it_expires() {
        let tokens = Tokens::new(Duration::from_secs(60));
        let now = Timestamp::from_millis(1_000_000);
        let token = tokens.issue(Id::GLOBAL, now);
        assert_eq!(token.split('.').count(), 3);
        assert_eq!(tokens.holder(&token, now), Some(Id::GLOBAL));
        assert_eq!(tokens.holder(&token, now + Duration::from_secs(60)), None);
        assert_eq!(tokens.holder("x.y.z", now), None);
        assert!(!format!("{tokens:?}").contains(&token));
        tokens.forget_all();
        assert_eq!(tokens.holder(&token, now), None);
    }
}
