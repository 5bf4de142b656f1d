//! Who may come into a team and who may create in it (3.13). A team's own word counts, else its organization's.

use crate::backend::error::Refusal;

/// The words of each policy.
pub(crate) const JOIN: &[&str] = &["open", "request", "invite_only"];
pub(crate) const SOURCE: &[&str] = &["any", "web_only", "api_only"];
pub(crate) const ACTOR_TYPE: &[&str] = &["any", "verified_only", "agents_only"];

/// What joining comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joining {
    /// One is in at once.
    In,
    /// One has asked.
    Asked,
}

/// A team's policy, its organization's, or the default.
pub(crate) fn effective<'a>(team: Option<&'a str>, org: Option<&'a str>, default: &'a str) -> &'a str {
    team.or(org).unwrap_or(default)
}

/// What joining comes to under a policy.
pub(crate) fn joining(policy: &str) -> Result<Joining, Refusal> {
    match policy {
        "open" => Ok(Joining::In),
        "request" => Ok(Joining::Asked),
        _ => Err(Refusal::new(403, "invite_only", "This team takes members by invitation only")),
    }
}

/// Whether work may come from there: `web` or `api`.
pub(crate) fn source_fits(policy: &str, source: &str) -> Result<(), Refusal> {
    let fits = match policy {
        "web_only" => source == "web",
        "api_only" => source == "api",
        _ => true,
    };
    fits.then_some(()).ok_or_else(|| {
        let words = if policy == "web_only" { "from the web site only" } else { "through the API only" };
        Refusal::new(403, "source_policy", format!("This team takes work {words}"))
    })
}

/// Whether somebody of that kind may create.
pub(crate) fn actor_fits(policy: &str, actor_type: &str) -> Result<(), Refusal> {
    let fits = match policy {
        "verified_only" => actor_type == "verified",
        "agents_only" => actor_type == "agent",
        _ => true,
    };
    fits.then_some(()).ok_or_else(|| {
        let words = if policy == "agents_only" { "agents" } else { "verified people" };
        Refusal::new(403, "actor_type_policy", format!("This team takes work of {words} only"))
    })
}

/// A slug: lower-case letters and digits, single dashes between.
pub(crate) fn is_slug(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.len() <= 64 && name.split('-').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_teams_word_comes_before_the_organizations() {
        assert_eq!(effective(Some("open"), Some("request"), "any"), "open");
        assert_eq!(effective(None, Some("request"), "any"), "request");
        assert_eq!(effective(None, None, "any"), "any");
    }

    #[test]
    fn policies_let_in_whom_they_name() {
        assert_eq!(joining("open"), Ok(Joining::In));
        assert_eq!(joining("request"), Ok(Joining::Asked));
        assert_eq!(joining("invite_only").unwrap_err().status(), 403);
        for (policy, web, api) in [("any", true, true), ("web_only", true, false), ("api_only", false, true)]
        {
            assert_eq!(source_fits(policy, "web").is_ok(), web);
            assert_eq!(source_fits(policy, "api").is_ok(), api);
        }
        assert!(
            actor_fits("verified_only", "base").is_err() && actor_fits("verified_only", "verified").is_ok()
        );
        assert!(actor_fits("agents_only", "verified").is_err() && actor_fits("agents_only", "agent").is_ok());
    }

    #[test]
    fn slugs() {
        for good in ["a", "a-1", "powder-diffraction-2"] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "A", "a b", "a--b", "-a", "a-", "ä", "a_b", "../x"] {
            assert!(!is_slug(bad), "{bad}");
        }
    }
}
