//! What can be checked on this machine: configuration, state folder, key, terminal.

use std::fs;

use crate::cli::args::Common;
use crate::cli::desk;
use crate::cli::exit::{Complaint, Exit, Failure};
use crate::cli::logging;
use crate::cli::start::Start;
use crate::cli::terminal::{self, TerminalFacts};
use crate::config::{self, FoundKey, Images, KeySource, Loaded, make_private_dir};
use crate::term::abilities::is_far;
use crate::term::pictures::protocol::Choice;
use crate::term::pictures::{Protocol, Way};
use crate::term::signals::cell_size;

use crate::store::{self, Health};

use super::Report;

/// Reads the configuration. `None`: nothing that depends on it can be checked.
pub(super) fn configuration(start: &Start, report: &mut Report) -> Option<Loaded> {
    let loaded = config::load(&start.overrides(), &start.environment);
    match loaded {
        Ok(loaded) => {
            let file = loaded.places.config_file.as_ref().map(|file| file.display().to_string());
            let profile = loaded.config.profile.as_str();
            let text = match file {
                Some(file) if loaded.file_found => file,
                Some(file) => format!("the defaults: there is no {file}"),
                None => "the defaults: there is no home folder".to_owned(),
            };
            report.ok("config", &format!("{text} (profile {profile})"));
            Some(loaded)
        }
        Err(error) => {
            for problem in &error.0 {
                report.fail(Exit::Usage, "config", &Complaint::from(problem));
            }
            None
        }
    }
}

/// Whether the state folder can be written, by writing; then the log can begin.
pub(super) fn state_folder(loaded: &Loaded, report: &mut Report) {
    let places = &loaded.places;
    let probe = places.state_dir.join(format!(".writable-{}", std::process::id()));
    let tried = make_private_dir(&places.state_dir)
        .and_then(|()| fs::write(&probe, b"questdesk doctor"))
        .and_then(|()| fs::remove_file(&probe))
        .map_err(|why| logging::cannot_write(&places.state_dir, &why));
    match tried.and_then(|()| logging::start(&places.log_file(), &places.state_dir, loaded.config.log)) {
        Ok(()) => report.ok("state", &places.state_dir.display().to_string()),
        Err(failure) => fail(report, "state", &failure),
    }
}

/// How the profile's database is, and whether there is room to write decisions down.
pub(super) fn database(loaded: &Loaded, report: &mut Report) {
    /// A day's decisions and a queue's cache, in bytes.
    const ROOM: u64 = 16 << 20;
    let (file, health) = store::health(&loaded.places.profile_dir(&loaded.config.profile));
    let name = file.display();
    match health {
        Ok(Health::None) => report.ok("database", "none yet: the desk makes it"),
        Ok(Health::Sound) => report.ok("database", &name.to_string()),
        Ok(Health::SetAside(why)) => report.warn(
            "database",
            &format!("{name} {why}"),
            "start the desk: it sets the file aside and keeps the decisions that can be read",
        ),
        Err(error) => {
            let (what, mend) = error.what_and_mend();
            report.fail(Exit::Usage, "database", &Complaint { what, mend });
        }
    }
    if let Some(free) = store::free_space(&file).filter(|free| *free < ROOM) {
        report.warn(
            "disk",
            &format!("{} KiB left where {name} lies", free >> 10),
            "free some space: a decision counts only once it is on the disk",
        );
    }
}

/// Where the key comes from and who else could read it.
pub(super) fn key(start: &Start, loaded: &Loaded, report: &mut Report) -> Option<FoundKey> {
    match config::find_key(&loaded.config, &loaded.places, &start.environment) {
        Ok(Some(found)) => {
            let from = match &found.source {
                KeySource::Environment => "from OURO_API_KEY".to_owned(),
                KeySource::TokenCommand => "from token_command".to_owned(),
                KeySource::File(file) => format!("from {}", file.display()),
            };
            if found.tightened {
                let mend = "done just now (0600); if others use this machine, make a new key on the site";
                report.warn("key", &format!("{from}, which others could read"), mend);
            } else {
                report.ok("key", &from);
            }
            Some(found)
        }
        Ok(None) => {
            fail(report, "key", &desk::not_signed_in());
            None
        }
        Err(error) => {
            fail(report, "key", &Failure::from(error));
            None
        }
    }
}

/// What the terminal can do, as far as the environment says.
pub(super) fn terminal(common: &Common, report: &mut Report) {
    const SMALLEST: (u16, u16) = (40, 10);
    let facts = TerminalFacts::read();
    if !facts.is_terminal {
        report.warn(
            "terminal",
            "input or output is a file or a pipe",
            "the desk needs a terminal at both ends",
        );
    }
    match facts.kind.as_deref() {
        None | Some("dumb") => report.warn(
            "terminal",
            "TERM is not set, or `dumb`",
            "set TERM to your terminal's kind, like xterm-256color",
        ),
        Some(kind) => report.ok("terminal", &format!("TERM {kind}, colours: {}", facts.colors())),
    }
    match facts.size {
        Some((columns, rows)) if columns < SMALLEST.0 || rows < SMALLEST.1 => {
            report.warn(
                "size",
                &format!("{columns}×{rows}"),
                "make it at least 40×10; 80×24 and more is better",
            );
        }
        Some((columns, rows)) => report.ok("size", &format!("{columns}×{rows}")),
        None => report.skip("size", "not known here"),
    }
    let locale = facts.locale.as_deref().unwrap_or("none");
    if facts.speaks_unicode() {
        report.ok("locale", locale);
    } else if common.ascii {
        report.ok("locale", &format!("{locale}, but --ascii needs no other"));
    } else {
        report.warn(
            "locale",
            &format!("{locale}, not UTF-8"),
            "set LANG to a UTF-8 locale, like C.UTF-8, or use --ascii",
        );
    }
}

/// How pictures are drawn, why, and when.
pub(super) fn pictures(common: &Common, loaded: &Loaded, report: &mut Report) {
    let wanted = loaded.config.previews;
    let variable = |name: &str| std::env::var(name).ok();
    let never = match wanted.images {
        _ if common.plain => Some("--plain shows none"),
        _ if common.no_images => Some("--no-images shows none"),
        Images::Never => Some("the configuration shows none"),
        Images::Auto | Images::Always | Images::Open => None,
    };
    if let Some(why) = never {
        report.ok("pictures", why);
        return;
    }
    let way = if common.no_color && wanted.pictures == Way::Auto { Way::Blocks } else { wanted.pictures };
    let choice = Choice::new(way, variable);
    let colour = !common.no_color && !terminal::no_color_asked();
    let instead = if colour { "half blocks" } else { "their measures only" };
    let how = choice.protocol.map_or(instead, Protocol::name);
    let why = if common.no_color && choice.protocol.is_none() { "--no-color" } else { choice.why.as_str() };
    let far = wanted.images == Images::Auto && is_far(variable);
    let when = if far || wanted.images == Images::Open { "; fetched when an asset is opened" } else { "" };
    let cell = choice.protocol.map_or_else(String::new, |protocol| cell_words(protocol, wanted.cell));
    let when = format!("{cell}{when}");
    let mend = "set `pictures` in [previews] to \"sixel\" if it was built with that, else to \"blocks\"";
    match (choice.protocol, way) {
        // Somebody asked for it and does not get it.
        (None, Way::By(_)) => report.warn("pictures", &format!("{how}: {why}{when}"), mend),
        _ => report.ok("pictures", &format!("{how}: {why}{when}")),
    }
}

/// `; cells of 10x20 pixels, as the terminal says`
fn cell_words(protocol: Protocol, configured: Option<(u16, u16)>) -> String {
    let size =
        |(across, down): (u16, u16), who: &str| format!("; cells of {across}x{down} pixels, as {who} says");
    match (configured, cell_size()) {
        (Some(cell), _) => size(cell, "the configuration"),
        (None, Some(cell)) => size(cell, "the terminal"),
        (None, None) if protocol == Protocol::Sixel => {
            "; the terminal doesn't say how large its cells are, so that pictures are small: `cell` in [previews] does"
                .to_owned()
        }
        (None, None) => String::new(),
    }
}

/// A failure of a command as a finding.
pub(super) fn fail(report: &mut Report, topic: &'static str, failure: &Failure) {
    for complaint in &failure.complaints {
        report.fail(failure.exit, topic, complaint);
    }
}
