//! Ids as the backend keeps them: one type for everything that has one, since every asset shares one space of ids.
//!
//! New ids are UUIDs of version 7, as the platform mints them (contract, 1.7).

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rand::rngs::SmallRng;
use rand::{RngCore, SeedableRng};
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use uuid::Uuid;

use super::error::Refusal;
use crate::domain::{AssetId, EntryId, OrgId, TeamId, Timestamp, UserId};

/// Any id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct Id(Uuid);

impl Id {
    /// All zeros: the global organization and its catch-all team (contract, 1.6).
    pub(crate) const GLOBAL: Self = Self(Uuid::nil());

    /// Reads an id out of a path, query or body.
    pub(crate) fn parse(given: &str) -> Result<Self, Refusal> {
        Uuid::try_parse(given.trim()).map(Self).map_err(|_| Refusal::malformed_id(given))
    }

    /// The id in `text`, if it is one.
    pub(crate) fn find(text: &str) -> Option<Self> {
        Uuid::try_parse(text.trim()).ok().map(Self)
    }

    /// As the id of an asset.
    pub(crate) fn asset(self) -> AssetId {
        AssetId::new(self.0)
    }

    /// As the id of a user.
    pub(crate) fn user(self) -> UserId {
        UserId::new(self.0)
    }

    /// As the id of an entry.
    pub(crate) fn entry(self) -> EntryId {
        EntryId::new(self.0)
    }

    /// As the id of an organization.
    pub(crate) fn org(self) -> OrgId {
        OrgId::new(self.0)
    }

    /// As the id of a team.
    pub(crate) fn team(self) -> TeamId {
        TeamId::new(self.0)
    }

    /// An id for the pair of this and another, always the same.
    pub(crate) fn beside(self, other: Self) -> Self {
        Self(Uuid::from_u128(self.0.as_u128().rotate_left(1) ^ other.0.as_u128()))
    }

    /// The 16 bytes.
    pub(crate) fn bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl From<Uuid> for Id {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(|bytes| Self(Uuid::from_bytes(bytes)))
    }
}

/// Makes new ids, from a seed.
#[derive(Debug)]
pub(crate) struct Mint {
    state: Mutex<(SmallRng, u32)>,
    /// Whether ids carry the time they were asked for, or only their number: then the same seed gives the same ids
    /// whenever it is.
    timeless: bool,
}

/// What timeless ids count from: a day in 2026, in milliseconds since 1970.
const EPOCH: u64 = 1_767_225_600_000;

impl Mint {
    /// A mint whose ids carry the time they were made.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: Mutex::new((SmallRng::seed_from_u64(seed), 0)), timeless: false }
    }

    /// A mint whose ids depend on the seed only.
    pub(crate) fn timeless(seed: u64) -> Self {
        Self { timeless: true, ..Self::new(seed) }
    }

    /// A new id; a counter keeps ids of one millisecond in order.
    pub(crate) fn next(&self, at: Timestamp) -> Id {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut random = [0_u8; 10];
        state.0.fill_bytes(&mut random);
        state.1 = state.1.wrapping_add(1);
        let [_, _, high, low] = state.1.to_be_bytes();
        random[0] = high;
        random[1] = low;
        let millis =
            if self.timeless { EPOCH + u64::from(state.1) } else { u64::try_from(at.millis()).unwrap_or(0) };
        Id(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeless_ids_of_a_seed_are_the_same_at_any_time() {
        let (one, two) = (Mint::timeless(7), Mint::timeless(7));
        let mut last = Id::GLOBAL;
        for second in 0..3 {
            let id = one.next(Timestamp::from_millis(second * 1_000));
            assert_eq!(id, two.next(Timestamp::from_millis(0)));
            assert_eq!(id.0.get_version_num(), 7);
            assert!(id > last, "ids grow");
            last = id;
        }
        let at = Timestamp::from_millis(1_700_000_000_000);
        assert_ne!(Mint::new(8).next(at), Mint::new(7).next(at));
    }

    #[test]
    fn a_bad_id_is_a_bad_request() {
        assert_eq!(Id::parse("abc").unwrap_err().status(), 400);
    }
}
