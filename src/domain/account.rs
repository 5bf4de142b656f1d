//! Who is at the desk, and the people whose entries lie on it.

use serde::{Deserialize, Serialize};

use super::{SafeText, UserId};

/// The account that is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's user id.
    pub id: UserId,
    /// Its user name, without the `@`. Falls back to the e-mail address, then the id.
    pub username: SafeText,
}

/// A contributor or reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The person's user id.
    pub id: UserId,
    /// The user name, without the `@`.
    pub username: SafeText,
    /// Whether it is a program (`actor_type = "agent"`).
    pub is_agent: bool,
}
