//! Ids of everything that has one. Ouro's ids are UUIDs: compared without regard to case, written in lower case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that was given as an id and is no UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not an id of a {kind}: ids look like 0193b2aa-2222-7000-8000-0000000000c1")]
pub struct IdError {
    kind: &'static str,
    given: super::SafeText,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// The 16 bytes, as the databases keep it.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// From the 16 bytes of [`Self::bytes`].
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($kind, " {}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(given: &str) -> Result<Self, IdError> {
                Uuid::try_parse(given.trim())
                    .map(Self)
                    .map_err(|_| IdError { kind: $kind, given: super::SafeText::line(given) })
            }
        }
    };
}

id!(
    /// A quest (also its id as an asset).
    QuestId, "quest");
id!(
    /// An item of a quest.
    ItemId, "item");
id!(
    /// An entry submitted to an item.
    EntryId, "entry");
id!(
    /// A person or an agent.
    UserId, "user");
id!(
    /// A team of an organization.
    TeamId, "team");
id!(
    /// An organization. All zeros is the global one: the personal context.
    OrgId, "organization");
id!(
    /// Any asset: a file, dataset, post, route, …
    AssetId, "asset");
id!(
    /// A run of an eval route.
    ActionId, "action");
id!(
    /// One decision of ours, made when the key is pressed; never sent to the server.
    DecisionId, "decision");
id!(
    /// One act on several entries or items at once: its decisions share it. Never sent to the server.
    BatchId, "bulk");
id!(
    /// One run of this program: tells what a dead session left behind.
    SessionId, "session");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_without_regard_to_case_and_written_lower() {
        let id: QuestId = " 0193B2AA-2222-7000-8000-0000000000C1 ".parse().unwrap();
        assert_eq!(id.to_string(), "0193b2aa-2222-7000-8000-0000000000c1");
        assert_eq!(QuestId::from_bytes(*id.bytes()), id);
    }

    #[test]
    fn a_bad_id_says_what_an_id_looks_like() {
        let error = "curie".parse::<QuestId>().unwrap_err().to_string();
        assert!(error.starts_with("`curie` is not an id of a quest: ids look like"), "{error}");
    }
}
