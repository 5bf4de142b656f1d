//! The settings that say where Ouro is: the only ones that can come from three places. Each place gives a layer,
//! and [`ServerLayer::over`] puts one upon another, key by key; there is no other merging anywhere.

use crate::domain::{FeeRate, TeamId};
use crate::ouro::{BaseUrl, OrgRef};

use super::settings::Server;

/// What one place says about something that can also be expressly none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Said<T> {
    /// It doesn't mention it.
    #[default]
    Nothing,
    /// There is none: the place below is not asked.
    None,
    /// This one.
    This(T),
}

impl<T> Said<T> {
    fn or(self, below: Self) -> Self {
        if matches!(self, Self::Nothing) { below } else { self }
    }

    fn settled(self) -> Option<T> {
        match self {
            Self::This(one) => Some(one),
            Self::None | Self::Nothing => None,
        }
    }
}

/// What one place says about the server. `None`: it says nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ServerLayer {
    /// The API's address.
    pub(super) base_url: Option<BaseUrl>,
    /// The organization; none: the personal context.
    pub(super) org: Said<OrgRef>,
    /// The team; none: all teams.
    pub(super) team: Said<TeamId>,
    /// The program that prints the key; empty: expressly none.
    pub(super) token_command: Option<Vec<String>>,
    /// The platform's fee.
    pub(super) fee: Option<FeeRate>,
}

impl ServerLayer {
    /// This layer upon another one.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            base_url: self.base_url.or(below.base_url),
            org: self.org.or(below.org),
            team: self.team.or(below.team),
            token_command: self.token_command.or(below.token_command),
            fee: self.fee.or(below.fee),
        }
    }

    /// A profile upon the top level of the file. A profile with an address of its own inherits nothing: the
    /// organization, team, key and fee there belong to another server.
    pub(super) fn profile_over(self, top: Self) -> Self {
        if self.base_url.is_some() { self } else { self.over(top) }
    }

    /// The settings, with the defaults where nobody said anything.
    pub(super) fn settled(self) -> Server {
        Server {
            base_url: self.base_url.unwrap_or_default(),
            org: self.org.settled(),
            team: self.team.settled(),
            token_command: self.token_command.unwrap_or_default(),
            fee: self.fee,
        }
    }
}

/// An address as someone wrote it.
pub(super) fn base_url(given: &str) -> Result<BaseUrl, String> {
    BaseUrl::parse(given).map_err(|error| error.to_string())
}

/// An organization's id or name; blank: none.
pub(super) fn org(given: &str) -> Said<OrgRef> {
    if given.trim().is_empty() { Said::None } else { Said::This(OrgRef::from_text(given)) }
}

/// A team's id; blank: none.
pub(super) fn team(given: &str) -> Result<Said<TeamId>, String> {
    let given = given.trim();
    if given.is_empty() {
        return Ok(Said::None);
    }
    let wanted = |_| "the id of a team, like 0193b2aa-2222-7000-8000-0000000000c1".to_owned();
    given.parse().map(Said::This).map_err(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(org: &str) -> ServerLayer {
        ServerLayer { org: super::org(org), ..ServerLayer::default() }
    }

    #[test]
    fn the_layer_above_wins_key_by_key_and_can_say_none() {
        let below = ServerLayer { token_command: Some(vec!["pass".to_owned()]), ..named("acme") };
        assert_eq!(named("zeta").over(below.clone()).settled().org, Some(OrgRef::Name("zeta".to_owned())));
        assert_eq!(named("").over(below.clone()).settled().org, None);
        assert_eq!(named("zeta").over(below).settled().token_command, ["pass"]);
    }

    #[test]
    fn a_profile_with_its_own_server_takes_no_key_from_another() {
        let top = ServerLayer { token_command: Some(vec!["pass".to_owned()]), ..named("acme") };
        let own = ServerLayer { base_url: base_url("http://127.0.0.1:8003").ok(), ..ServerLayer::default() };
        assert!(own.base_url.is_some());
        assert!(own.clone().profile_over(top.clone()).settled().token_command.is_empty());
        assert_eq!(named("zeta").profile_over(top).settled().token_command, ["pass"]);
    }
}
