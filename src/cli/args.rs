//! The command line. An API key is never an argument: any process on the machine may read arguments.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::backend::Faults;
use crate::config::{Overrides, fee_rate};
use crate::domain::{FeeRate, Money, QuestId, hundredths};

/// The terminal review desk for quests on Ouro.
///
/// Without a command it opens the desk on the configured account. `questdesk demo` opens it on a local team and
/// needs neither an account nor a network.
#[derive(Debug, Parser)]
#[command(name = "questdesk", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 something was refused, 2 usage or configuration, 3 not signed in, \
                        4 server out of reach."
)]
pub struct Arguments {
    /// What to do; nothing: open the desk.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// Of the desk's flags, the ones that the backend alone uses.
const OF_SERVE: &[&str] = &["state_dir"];

impl Arguments {
    /// Reads the command line. `serve` lists only the flags it uses, though it takes those of the desk, too.
    ///
    /// # Errors
    ///
    /// What clap has to say: wrong usage, help, the version.
    pub fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = Self::command();
        // From here on every subcommand has the desk's flags.
        command.build();
        let common = Common::augment_args(clap::Command::new("common"));
        let common: Vec<_> = common.get_arguments().map(|argument| argument.get_id().clone()).collect();
        let command = command.mut_subcommand("serve", |serve| {
            serve.mut_args(|argument| {
                let unused =
                    common.contains(argument.get_id()) && !OF_SERVE.contains(&argument.get_id().as_str());
                if unused { argument.hide(true) } else { argument }
            })
        });
        Self::from_arg_matches(&command.try_get_matches_from(line)?)
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the desk on a local backend with a living team; needs no account and no network
    Demo(DataFlags),
    /// Run the local backend alone, for scripts, rehearsals and the official SDK
    Serve(ServeFlags),
    /// Check an API key against the server and keep it
    Login,
    /// Forget the API key that login keeps
    Logout,
    /// Check configuration, key, server and terminal, and say how to mend what doesn't work
    Doctor,
}

/// Flags of the desk, which every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "The desk, its account and its files")]
#[expect(clippy::doc_markdown, reason = "these lines are the help, where backticks would be shown")]
pub struct Common {
    /// The profile: its server, key and state
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The configuration file [env: QUESTDESK_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder for keys, databases and the log [env: QUESTDESK_STATE_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// The API's address [env: OURO_BACKEND_URL, OURO_BASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// The organization's id or name; "" for none [env: OURO_ORG_ID]
    #[arg(long, global = true, value_name = "ID|NAME")]
    pub org: Option<String>,
    /// The team's id; "" for all [env: OURO_TEAM_ID]
    #[arg(long, global = true, value_name = "ID")]
    pub team: Option<String>,
    /// Only this quest; can be given more than once
    #[arg(long, global = true, value_name = "ID")]
    pub quest: Vec<QuestId>,
    /// Begin with this filter, written as after `/`, like "by:maria eval:failed age>2d"
    #[arg(long, global = true, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Only the K-th of N fixed shares of the queue, like 1/3, so that N reviewers never collide
    #[arg(long, global = true, value_name = "K/N")]
    pub lane: Option<Lane>,
    /// Look, but change nothing
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Lines without boxes, for screen readers
    #[arg(long, global = true)]
    pub plain: bool,
    /// No colours [env: NO_COLOR]
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Never fetch or show pictures
    #[arg(long, global = true)]
    pub no_images: bool,
    /// Draw frames and marks with ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
}

impl Common {
    /// The part that concerns the configuration.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        Overrides {
            profile: self.profile.clone(),
            config_file: self.config.clone(),
            state_dir: self.state_dir.clone(),
            base_url: self.base_url.clone(),
            org: self.org.clone(),
            team: self.team.clone(),
            filter: self.filter.clone(),
        }
    }
}

/// A fixed share of the queue: the K-th of N, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// Which share, from 1.
    pub number: u16,
    /// How many there are.
    pub of: u16,
}

impl FromStr for Lane {
    type Err = &'static str;
    fn from_str(given: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "a lane is K/N with K from 1 to N and N at most 1000, like 2/3";
        let (number, of) = given.split_once('/').ok_or(WANTED)?;
        let lane = Self { number: number.parse().map_err(|_| WANTED)?, of: of.parse().map_err(|_| WANTED)? };
        if (1..=1000).contains(&lane.of) && (1..=lane.of).contains(&lane.number) {
            Ok(lane)
        } else {
            Err(WANTED)
        }
    }
}

/// What the local backend starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FixtureName {
    /// A believable team with a dozen quests
    Demo,
    /// The accounts alone
    Empty,
}

/// What the local backend holds and how it behaves.
#[derive(Debug, Args)]
pub struct DataFlags {
    /// Keep the backend's data in this file, and go on with it next time [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// What it starts with
    #[arg(long, value_name = "NAME", value_enum, default_value = "demo")]
    pub fixture: FixtureName,
    /// How many quests [default: a dozen]
    #[arg(long, value_name = "N")]
    pub quests: Option<usize>,
    /// How many entries wait for review [default: 240]
    #[arg(long, value_name = "N")]
    pub entries: Option<usize>,
    /// The same seed gives the same data
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Events a minute: entries, evals, other reviewers [default: 12 for demo, 0 for serve]
    #[arg(long, value_name = "PER_MINUTE", value_parser = events_a_minute)]
    pub live: Option<f64>,
    /// The platform's share of a payment
    #[arg(long, value_name = "PERCENT", default_value = "10", value_parser = percent)]
    pub fee: FeeRate,
    /// A route that evaluates entries by calling URL; can be given more than once
    #[arg(long = "eval-route", value_name = "NAME=URL", value_parser = name_and_url)]
    pub eval_routes: Vec<(String, String)>,
    /// What a run of a route costs whoever calls for it, in sats or dollars, like structure-check=25 or
    /// table-audit=$0.10; can be given more than once
    #[arg(long = "run-price", value_name = "NAME=PRICE", value_parser = name_and_price)]
    pub run_prices: Vec<(String, Money)>,
    /// How long such a route may take, the report of one that answers 202 included
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub eval_timeout: u64,
    /// Let a share of the answers fail, like lost=0.1,slow=0.5, or all errors come in odd shapes: quirks;
    /// a wrong name lists those there are
    #[arg(long, value_name = "NAME=RATE,...")]
    pub faults: Option<Faults>,
    /// How long an access token lasts
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    pub token_ttl: u64,
}

/// Flags of `serve`.
#[derive(Debug, Args)]
pub struct ServeFlags {
    /// Where to listen; this machine only, port 0 for any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub addr: SocketAddr,
    /// What it holds.
    #[command(flatten)]
    pub data: DataFlags,
}

fn loopback(given: &str) -> Result<SocketAddr, &'static str> {
    let wanted = "an address of this machine with a port, like 127.0.0.1:0 or [::1]:8003";
    given.parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback()).ok_or(wanted)
}

fn percent(given: &str) -> Result<FeeRate, &'static str> {
    fee_rate(given).ok_or("per cent from 0 to 100, like 10 or 2.5")
}

fn events_a_minute(given: &str) -> Result<f64, &'static str> {
    let rate: Option<f64> = given.parse().ok();
    rate.filter(|rate| (0.0..=60_000.0).contains(rate)).ok_or("a number from 0 to 60000")
}

fn name_and_url(given: &str) -> Result<(String, String), &'static str> {
    let (name, url) =
        given.split_once('=').ok_or("a name and an address, like units=http://127.0.0.1:9000/")?;
    if name.is_empty() {
        return Err("the name may not be empty");
    }
    crate::backend::check_eval_url(url)?;
    Ok((name.to_owned(), url.to_owned()))
}

fn name_and_price(given: &str) -> Result<(String, Money), &'static str> {
    let wanted = "a name and a price in sats or dollars, like structure-check=25 or table-audit=$0.10";
    let (name, price) = given.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or(wanted)?;
    let money = match price.strip_prefix('$') {
        Some(dollars) => hundredths(dollars).map(Money::cents),
        None => price.parse().ok().filter(|sats| *sats >= 0).map(Money::sats),
    };
    Ok((name.to_owned(), money.ok_or(wanted)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn lanes_are_checked() {
        assert_eq!("2/3".parse(), Ok(Lane { number: 2, of: 3 }));
        for bad in ["0/3", "4/3", "1/0", "1", "a/b", "1/1001", "-1/3", "1/3/5"] {
            assert!(bad.parse::<Lane>().is_err(), "{bad}");
        }
    }

    #[test]
    fn common_flags_stand_before_or_after_the_command() {
        for line in
            [["questdesk", "--profile", "work", "doctor"], ["questdesk", "doctor", "--profile", "work"]]
        {
            let arguments = Arguments::read(line.map(OsString::from)).unwrap();
            assert_eq!(arguments.common.profile.as_deref(), Some("work"));
        }
    }

    #[test]
    fn the_backend_listens_on_this_machine_only() {
        assert!(loopback("127.0.0.1:0").is_ok() && loopback("[::1]:8003").is_ok());
        assert!(loopback("0.0.0.0:80").is_err() && loopback("192.168.1.2:80").is_err());
    }
}
