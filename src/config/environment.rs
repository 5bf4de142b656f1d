//! The environment variables: those of the official SDK, and two of our own. Read once, at the start.

use std::ffi::OsString;
use std::path::PathBuf;

use secrecy::SecretString;

use super::problem::{Place, Problem};
use super::server::{self, ServerLayer};

/// What the environment says. Blank counts as not set, as in the SDK.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `OURO_API_KEY`.
    pub api_key: Option<SecretString>,
    /// `OURO_BACKEND_URL`, which wins over `OURO_BASE_URL`; with the name it came from.
    pub base_url: Option<(&'static str, String)>,
    /// `OURO_ORG_ID`: an id or a name.
    pub org: Option<String>,
    /// `OURO_TEAM_ID`.
    pub team: Option<String>,
    /// `QUESTDESK_CONFIG`: the configuration file.
    pub config_file: Option<PathBuf>,
    /// `QUESTDESK_STATE_DIR`: the state folder.
    pub state_dir: Option<PathBuf>,
}

impl Environment {
    /// Reads the variables through `read`, which is `std::env::var_os` outside tests.
    #[must_use]
    pub fn read(read: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name| read(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let text = |name| {
            let value = read(name)?.to_string_lossy().trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let named = |name: &'static str| text(name).map(|value| (name, value));
        Self {
            api_key: text("OURO_API_KEY").map(SecretString::from),
            base_url: named("OURO_BACKEND_URL").or_else(|| named("OURO_BASE_URL")),
            org: text("OURO_ORG_ID"),
            team: text("OURO_TEAM_ID"),
            config_file: path("QUESTDESK_CONFIG"),
            state_dir: path("QUESTDESK_STATE_DIR"),
        }
    }

    /// The part about the server, checked.
    pub(super) fn server(&self, problems: &mut Vec<Problem>) -> ServerLayer {
        let mut layer = ServerLayer::default();
        if let Some((name, given)) = &self.base_url {
            match server::base_url(given) {
                Ok(url) => layer.base_url = Some(url),
                Err(wanted) => problems.push(Problem::new(Place::Variable(name), &wanted, SET_OR_UNSET)),
            }
        }
        layer.org = self.org.as_deref().map(server::org).unwrap_or_default();
        match self.team.as_deref().map(server::team).transpose() {
            Ok(team) => layer.team = team.unwrap_or_default(),
            Err(wanted) => {
                let what = format!("`{}` is not {wanted}", self.team.as_deref().unwrap_or_default());
                problems.push(Problem::new(Place::Variable("OURO_TEAM_ID"), &what, SET_OR_UNSET));
            }
        }
        layer
    }
}

const SET_OR_UNSET: &str = "set the variable right, or unset it";

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Environment {
        Environment::read(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_backend_url_wins_and_blank_is_unset() {
        let both = with(&[("OURO_BASE_URL", "https://a.example"), ("OURO_BACKEND_URL", "https://b.example")]);
        assert_eq!(both.base_url, Some(("OURO_BACKEND_URL", "https://b.example".to_owned())));
        let blank = with(&[("OURO_BASE_URL", "https://a.example"), ("OURO_BACKEND_URL", " ")]);
        assert_eq!(blank.base_url, Some(("OURO_BASE_URL", "https://a.example".to_owned())));
        assert!(with(&[("OURO_API_KEY", "")]).api_key.is_none());
    }

    #[test]
    fn the_key_is_never_shown() {
        assert!(!format!("{:?}", with(&[("OURO_API_KEY", "pat-secret-1")])).contains("pat-secret"));
    }

    #[test]
    fn a_bad_team_names_its_variable() {
        let mut problems = Vec::new();
        with(&[("OURO_TEAM_ID", "materials")]).server(&mut problems);
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "environment OURO_TEAM_ID: `materials` is not the id of a team, like 0193b2aa-2222-7000-8000-0000000000c1"
            ]
        );
    }
}
