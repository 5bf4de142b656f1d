//! `login`: checks a key against the server and keeps it. `logout`: forgets it.

use crate::config::{self, Loaded};
use crate::domain::{Account, SafeText};

use super::exit::{Exit, Failure};
use super::start::Start;
use super::{print, prompt, start};

/// Asks for the key, asks the server whose it is, and only then keeps it.
pub(super) fn login(start: &Start) -> Result<Exit, Failure> {
    let Loaded { config, places, .. } = start.begin()?;
    let key = prompt::ask_for_key()?;
    let client = start::client(&config, key.clone())?;
    let account = start::wait_for(async move { client.account().await })??;
    let file = places.key_file(&config.profile);
    config::keep_key(&file, &key, &config.server.base_url)
        .map_err(|error| Failure::new(Exit::Usage, &error.to_string(), &error.mend()))?;
    tracing::info!("signed in as {}", account.username);
    print::line(&SafeText::block(&format!(
        "signed in as @{} on {}\nthe key is kept in {}",
        account.username,
        config.server.base_url,
        file.display()
    )));
    note_what_wins(start, &config, Some(&account));
    Ok(Exit::Done)
}

/// Forgets the kept key; says which other key still applies.
pub(super) fn logout(start: &Start) -> Result<Exit, Failure> {
    let Loaded { config, places, .. } = start.load()?;
    let file = places.key_file(&config.profile);
    let forgotten = config::forget_key(&file)
        .map_err(|error| Failure::new(Exit::Usage, &error.to_string(), &error.mend()))?;
    let profile = config.profile.as_str();
    print::line(&SafeText::line(&if forgotten {
        format!(
            "signed out: the key of profile {profile} is forgotten here; revoke it on the site to end it everywhere"
        )
    } else {
        format!("no key was kept for profile {profile}")
    }));
    note_what_wins(start, &config, None);
    Ok(Exit::Done)
}

/// A key from the environment or a command wins over the kept one: whoever signs in or out should know.
fn note_what_wins(start: &Start, config: &config::Config, kept: Option<&Account>) {
    let winner = if start.environment.api_key.is_some() {
        "OURO_API_KEY is set"
    } else if !config.server.token_command.is_empty() {
        "token_command is configured"
    } else {
        return;
    };
    let effect = if kept.is_some() { "it wins over the kept key" } else { "it still signs you in" };
    print::note(&SafeText::line(&format!("note: {winner}; {effect}")));
}
