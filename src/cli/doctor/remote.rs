//! What can be checked only by asking the server: whether it answers, takes the key, knows organization and team,
//! how long a round trip takes.

use std::time::Duration;

use secrecy::SecretString;

use crate::cli::exit::{Complaint, Exit, Failure};
use crate::cli::start;
use crate::clock;
use crate::config::{Config, FoundKey};
use crate::domain::{QuestId, SafeText};
use crate::ouro::{Client, ErrorKind, Memberships, OrgRef, OuroError};

use super::Report;
use super::local::fail;

/// A round trip that is longer makes the desk feel slow while it fetches.
const SLOW: Duration = Duration::from_secs(1);

/// Asks the server. Without a key it only finds out whether the server answers.
///
/// The questions are asked without the organization, so that a wrong one is found as such; then once with it.
pub(super) fn check(config: &Config, key: Option<FoundKey>, quests: &[QuestId], report: &mut Report) {
    let has_key = key.is_some();
    // A word that can't be a key: a server that refuses it is a server that answers.
    let key = key.map_or_else(|| SecretString::from("questdesk-doctor-has-no-key"), |found| found.key);
    let mut unpinned = config.clone();
    unpinned.server.org = None;
    let clients = start::client(&unpinned, key.clone())
        .and_then(|client| start::client(config, key).map(|pinned| (client, pinned)));
    let (client, pinned) = match clients {
        Ok(clients) => clients,
        Err(failure) => return fail(report, "server", &failure),
    };
    let asked = start::wait_for(async {
        match client.account().await {
            Ok(account) if has_key => {
                server_answers(config, report);
                report.ok("account", &format!("@{}", account.username));
                with_account(&client, &pinned, config, report).await;
                named_quests(&pinned, quests, report).await;
            }
            Ok(_) => server_answers(config, report),
            Err(error) => refused(config, error, has_key, report),
        }
    });
    if let Err(failure) = asked {
        fail(report, "server", &failure);
    }
}

fn server_answers(config: &Config, report: &mut Report) {
    report.ok("server", &format!("{} answers", config.server.base_url));
}

/// A refusal is an answer, too; only what never came back is the server's or the network's fault.
fn refused(config: &Config, error: OuroError, has_key: bool, report: &mut Report) {
    let about_the_key = matches!(error.kind, ErrorKind::KeyRefused | ErrorKind::Unauthorized);
    if !about_the_key && Failure::from(error.clone()).exit == Exit::OutOfReach {
        return fail(report, "server", &Failure::from(error));
    }
    server_answers(config, report);
    if has_key {
        fail(report, "account", &Failure::from(error));
    }
}

async fn with_account(client: &Client, pinned: &Client, config: &Config, report: &mut Report) {
    let before = clock::monotonic();
    match client.account().await {
        Ok(_) => link(before.elapsed(), report),
        Err(error) => fail(report, "link", &Failure::from(error)),
    }
    clock_skew(client, report);
    match client.memberships().await {
        Ok(memberships) => {
            organization(config, &memberships, pinned, report).await;
            team(config, &memberships, report);
        }
        Err(error) => fail(report, "team", &Failure::from(error)),
    }
}

/// The quests that `--quest` names.
async fn named_quests(client: &Client, quests: &[QuestId], report: &mut Report) {
    for id in quests {
        match client.quest(*id).await {
            Ok(found) => report.ok("quest", &format!("{} {id}", found.quest.name)),
            Err(error) => {
                let Failure { exit, complaints } = Failure::from(error);
                for complaint in complaints {
                    let what = SafeText::line(&format!("{id}: {}", complaint.what));
                    report.fail(exit, "quest", &Complaint { what, ..complaint });
                }
            }
        }
    }
}

/// What a wrong clock breaks: ages, and when a token is renewed.
fn clock_skew(client: &Client, report: &mut Report) {
    /// The header tells whole seconds, and the answer was on its way for a while.
    const TOLERANCE: Duration = Duration::from_secs(5);
    let Some(ahead) = client.server_clock_ahead() else {
        return report.skip("clock", "the server doesn't tell the time");
    };
    let off = Duration::from_millis(ahead.unsigned_abs());
    if off <= TOLERANCE {
        return report.ok("clock", "the same as the server's");
    }
    let direction = if ahead > 0 { "behind" } else { "ahead of" };
    let text = format!("{} s {direction} the server's", off.as_secs());
    report.warn("clock", &text, "set this machine's clock: ages are shown by it");
}

fn link(took: Duration, report: &mut Report) {
    let text = format!("{} ms for a round trip", took.as_millis());
    if took > SLOW {
        report.warn(
            "link",
            &text,
            "the desk stays usable; a [sync] focus_seconds of 15 or more eases a slow link",
        );
    } else {
        report.ok("link", &text);
    }
}

async fn organization(config: &Config, memberships: &Memberships, pinned: &Client, report: &mut Report) {
    let Some(asked) = &config.server.org else {
        return report.ok("org", "none: the personal context");
    };
    let found = memberships.orgs.iter().find(|org| match asked {
        OrgRef::Id(id) => org.id == *id,
        OrgRef::Name(name) => org.name.as_str().eq_ignore_ascii_case(name),
    });
    let personal = matches!(asked, OrgRef::Id(id) if id.uuid().is_nil());
    let name = match (asked, found) {
        (_, Some(org)) => format!("{} {}", org.name, org.id),
        (OrgRef::Id(_), None) if personal => "the personal context".to_owned(),
        (OrgRef::Id(id), None) => id.to_string(),
        (OrgRef::Name(name), None) => name.clone(),
    };
    if found.is_none() && !personal {
        let yours = memberships.orgs.iter().map(|org| format!("{} {}", org.name, org.id));
        return fail(report, "org", &not_yours("organization", &name, &yours.collect::<Vec<_>>()));
    }
    // A key can be bound to another organization than the ones its owner is in.
    match pinned.account().await {
        Ok(_) => report.ok("org", &name),
        Err(error) => fail(report, "org", &Failure::from(error)),
    }
}

fn team(config: &Config, memberships: &Memberships, report: &mut Report) {
    let Some(asked) = config.server.team else {
        return report.ok("team", "none: the quests of all teams");
    };
    if let Some(team) = memberships.teams.iter().find(|team| team.id == asked) {
        return report.ok("team", &format!("{} {}", team.name, team.id));
    }
    let yours = memberships.teams.iter().map(|team| format!("{} {}", team.name, team.id));
    let complaint = not_yours("team", &asked.to_string(), &yours.collect::<Vec<_>>());
    fail(report, "team", &complaint);
}

/// The configuration names something the account is not in.
fn not_yours(kind: &str, asked: &str, yours: &[String]) -> Failure {
    let mend = if yours.is_empty() {
        format!("join one on the site, or take the {kind} out of the configuration")
    } else {
        format!("name one you are in: {}", yours.join(", "))
    };
    Failure::new(Exit::Usage, &format!("you are in no {kind} `{asked}`"), &mend)
}
