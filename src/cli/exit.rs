//! How a command ends: the exit code, and the error that goes with it.

use std::process::ExitCode;

use crate::config::{ConfigError, KeyError, Problem};
use crate::domain::SafeText;
use crate::ouro::{ErrorKind, OuroError, Why};

/// The exit codes, the same for every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done.
    Done,
    /// Something was refused.
    Refused,
    /// The command line or the configuration is wrong.
    Usage,
    /// Not signed in.
    NotSignedIn,
    /// The server is out of reach.
    OutOfReach,
}

impl Exit {
    /// The code: 0 to 4.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::NotSignedIn => 3,
            Self::OutOfReach => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// One thing that went wrong, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What happened.
    pub what: SafeText,
    /// How to mend it.
    pub mend: SafeText,
}

/// A command that could not do what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// What to say, in order.
    pub complaints: Vec<Complaint>,
}

impl Failure {
    /// One thing went wrong. Both texts may quote the user or the server.
    #[must_use]
    pub fn new(exit: Exit, what: &str, mend: &str) -> Self {
        let complaint = Complaint { what: SafeText::block(what), mend: SafeText::block(mend) };
        Self { exit, complaints: vec![complaint] }
    }
}

impl From<&Problem> for Complaint {
    fn from(problem: &Problem) -> Self {
        Self { what: SafeText::block(&problem.to_string()), mend: problem.mend.clone() }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self { exit: Exit::Usage, complaints: error.0.iter().map(Complaint::from).collect() }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::new(Exit::NotSignedIn, &error.to_string(), &error.mend())
    }
}

impl From<OuroError> for Failure {
    fn from(error: OuroError) -> Self {
        let (exit, mend) = match error.kind {
            ErrorKind::KeyRefused => (Exit::NotSignedIn, MAKE_A_KEY),
            ErrorKind::Unauthorized => (Exit::NotSignedIn, "sign in again with `questdesk login`"),
            ErrorKind::Unreachable(Why::Dns) => {
                (Exit::OutOfReach, "check the server's name (--base-url, base_url) and your network")
            }
            ErrorKind::Unreachable(Why::Tls) => (
                Exit::OutOfReach,
                "check the address (--base-url, base_url), this machine's date and certificates, and whether a proxy \
                 stands in between",
            ),
            ErrorKind::Unreachable(_) | ErrorKind::TimedOut => {
                (Exit::OutOfReach, "check your network and the server's address (--base-url, base_url)")
            }
            ErrorKind::Garbled => (
                Exit::OutOfReach,
                "check that the address leads to Ouro's API and not to a web site or a proxy's login page",
            ),
            ErrorKind::Server => (Exit::OutOfReach, "the server is in trouble: try again in a few minutes"),
            ErrorKind::RateLimited { .. } => (Exit::OutOfReach, "wait a minute, then try again"),
            ErrorKind::Forbidden => {
                (Exit::Refused, "check --org and --team: the key may be bound to another organization")
            }
            ErrorKind::NotFound => (Exit::Refused, "check the id or name, and that you may see it"),
            _ => (Exit::Refused, "the server's own words are above; `questdesk doctor` checks the rest"),
        };
        Self::new(exit, &error.to_string(), mend)
    }
}

const MAKE_A_KEY: &str = "make a key on the site under Settings, API keys, and sign in with `questdesk login`; a key in OURO_API_KEY or \
     from token_command goes before that one, so renew it there";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_network_does_ends_with_its_own_code() {
        let exit = |kind| Failure::from(OuroError::new(kind, "")).exit;
        assert_eq!(exit(ErrorKind::KeyRefused), Exit::NotSignedIn);
        assert_eq!(exit(ErrorKind::Unreachable(Why::Connect)), Exit::OutOfReach);
        assert_eq!(exit(ErrorKind::TimedOut), Exit::OutOfReach);
        assert_eq!(exit(ErrorKind::Forbidden), Exit::Refused);
    }

    #[test]
    fn the_worst_of_several_is_the_greatest() {
        assert!(
            Exit::OutOfReach > Exit::NotSignedIn
                && Exit::NotSignedIn > Exit::Usage
                && Exit::Usage > Exit::Done
        );
    }
}
