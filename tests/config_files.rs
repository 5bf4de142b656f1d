//! Configuration files: good ones are read as they say, bad ones are refused with all that is wrong, and the
//! example file says what the defaults are.
//!
//! After a deliberate change of a message, `UPDATE_EXPECTED=1 cargo test --test config_files` writes the texts anew.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use questdesk::app::command::Command;
use questdesk::config::{
    self, Config, ConfigError, ConfirmPaid, Environment, LogLevel, Overrides, ThemeName,
};
use questdesk::domain::{FeeRate, Money};
use questdesk::ouro::OrgRef;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(name)
}

fn files(name: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "there are examples in {name}");
    files
}

fn parse(file: &Path) -> Result<Config, ConfigError> {
    config::parse(Path::new(file.file_name().unwrap()), &fs::read_to_string(file).unwrap())
}

#[test]
fn good_files_are_read() {
    for file in files("valid") {
        if let Err(error) = parse(&file) {
            panic!("{}:\n{error}", file.display());
        }
    }
}

#[test]
fn bad_files_are_refused_with_everything_that_is_wrong() {
    for file in files("invalid") {
        let said = format!("{}\n", parse(&file).expect_err(&file.display().to_string()));
        let expected = file.with_extension("txt");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&expected, &said).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(said, expected, "{}", file.display());
    }
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(parse(&folder("valid/empty.toml")).unwrap(), Config::default());
}

#[test]
fn every_key_is_read_as_it_says() {
    let config = parse(&folder("valid/everything.toml")).unwrap();
    let server = &config.server;
    assert_eq!(server.base_url.to_string(), "http://localhost:8003");
    assert_eq!(server.org, Some(OrgRef::Name("acme".to_owned())));
    assert_eq!(server.team, None, "the profile takes it away");
    assert_eq!(server.token_command, ["secret-tool", "lookup", "service", "ouro"]);
    assert_eq!(server.fee, FeeRate::from_basis_points(250));
    let decide = &config.decide;
    assert_eq!((decide.undo, decide.bulk_undo), (Duration::ZERO, Duration::from_secs(3_600)));
    assert_eq!(decide.confirm_paid, ConfirmPaid::Always);
    assert_eq!((decide.entry_cap_sats, decide.entry_cap_usd), (Money::sats(500), Money::cents(1_200)));
    assert_eq!((decide.type_total_over_sats, decide.type_total_over_usd), (Money::sats(0), Money::cents(50)));
    assert_eq!(decide.seen, Duration::from_secs(1));
    assert_eq!(config.reading.width, 72);
    assert_eq!(
        decide.reasons.iter().map(|reason| reason.text().as_str()).collect::<Vec<&str>>(),
        [
            "No.",
            "Because \"units\".",
            "{contributor}: {item} of {quest} scores {score}, not {pass_min}–{pass_max} {{sic}"
        ]
    );
    assert_eq!((config.sync.focus, config.sync.requests_per_minute), (Duration::from_secs(30), 6_000));
    assert_eq!((config.theme, config.log), (ThemeName::HighContrast, LogLevel::Trace));
    let views: Vec<_> =
        config.views.iter().map(|view| (view.name.as_str(), view.filter.text().as_str())).collect();
    assert_eq!(views, [("old and paid", "age>2d is:paid"), ("mine", "quest:curie")]);
    let keys = |command| config.keymap.keys_of(command).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(keys(Command::Accept), ["x", "Ctrl-y"]);
    assert_eq!((keys(Command::Reject).len(), keys(Command::Brief).len()), (0, 0));
    assert_eq!(
        (keys(Command::ItemDone), keys(Command::Quit)),
        (vec!["z".to_owned()], vec!["Q".to_owned(), "Ctrl-c".to_owned()])
    );
    assert_eq!(keys(Command::Undo), ["u"], "what the file does not name stays");
}

/// The example file, and the same with every key that has no default taken out of its comment.
fn example() -> (String, String) {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml")).unwrap();
    let uncommented = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with("[profiles.") || is_setting(rest) => rest,
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    (text, uncommented)
}

fn is_setting(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
}

#[test]
fn the_example_file_is_the_defaults() {
    let config = config::parse(Path::new("config.example.toml"), &example().0).unwrap();
    assert_eq!(config, Config::default());
    assert!(!config.keymap.keys_of(Command::Accept).is_empty() && config.views.len() == 5);
}

#[test]
fn the_example_file_names_every_key_there_is() {
    // Profiles stand in the middle of the commented keys; the top level's are before them.
    let uncommented = example().1;
    let all = config::parse(Path::new("config.example.toml"), &uncommented).unwrap();
    assert!(all.server.org.is_some() && all.server.team.is_some() && all.server.fee.is_some());
    assert!(!all.server.token_command.is_empty() && all.keymap != Config::default().keymap);
    // Each section's list of known names is in the complaint about an unknown one.
    let probe = "zzzzzzzzzzzz = 1\n[decide]\nzzzzzzzzzzzz = 1\n[sync]\nzzzzzzzzzzzz = 1\n[theme]\nzzzzzzzzzzzz = 1\n\
                 [log]\nzzzzzzzzzzzz = 1\n";
    let complaints = config::parse(Path::new("c"), probe).unwrap_err();
    assert_eq!(complaints.0.len(), 5);
    for problem in complaints.0 {
        for name in problem.mend.as_str().strip_prefix("known are: ").unwrap().split(", ") {
            let there = uncommented
                .lines()
                .any(|line| line.starts_with(&format!("{name} = ")) || line.starts_with(&format!("[{name}")));
            assert!(there, "`{name}` is missing in config.example.toml");
        }
    }
}

fn load(
    dir: &Path,
    text: &str,
    flags: &Overrides,
    variables: &[(&str, &str)],
) -> Result<Config, ConfigError> {
    let file = dir.join("config.toml");
    fs::write(&file, text).unwrap();
    let environment = Environment::read(|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
    });
    let flags = Overrides { config_file: Some(file), state_dir: Some(dir.join("state")), ..flags.clone() };
    config::load(&flags, &environment).map(|loaded| loaded.config)
}

#[test]
fn flags_win_over_the_environment_which_wins_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let text = "base_url = \"https://file.example\"\norg = \"file\"\n";
    let variables = [("OURO_BASE_URL", "https://variable.example"), ("OURO_ORG_ID", "variable")];
    let config = load(dir.path(), text, &Overrides::default(), &[]).unwrap();
    assert_eq!(config.server.base_url.to_string(), "https://file.example");
    let flags = Overrides { org: Some("flag".to_owned()), ..Overrides::default() };
    let config = load(dir.path(), text, &flags, &variables).unwrap();
    assert_eq!(config.server.base_url.to_string(), "https://variable.example");
    assert_eq!(config.server.org, Some(OrgRef::Name("flag".to_owned())));
    let flags = Overrides { org: Some(String::new()), ..Overrides::default() };
    assert_eq!(
        load(dir.path(), text, &flags, &variables).unwrap().server.org,
        None,
        "an empty flag takes it away"
    );
}

#[test]
fn a_profile_stands_between_the_environment_and_the_top_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let text = "org = \"top\"\nfee_percent = 10\n[profiles.work]\norg = \"work\"\n";
    let flags = Overrides { profile: Some("work".to_owned()), ..Overrides::default() };
    let config = load(dir.path(), text, &flags, &[]).unwrap();
    assert_eq!(config.server.org, Some(OrgRef::Name("work".to_owned())));
    assert_eq!(config.server.fee, FeeRate::from_basis_points(1_000));
    assert_eq!(config.profile.as_str(), "work");
    let config = load(dir.path(), text, &flags, &[("OURO_ORG_ID", "variable")]).unwrap();
    assert_eq!(config.server.org, Some(OrgRef::Name("variable".to_owned())));
}

#[test]
fn everything_wrong_in_every_place_is_said_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let flags = Overrides {
        profile: Some("wrok".to_owned()),
        base_url: Some("ftp://example.org".to_owned()),
        team: Some("x".to_owned()),
        filter: Some("curie bi:maria".to_owned()),
        ..Overrides::default()
    };
    let text = "[keys]\nacept = \"e\"\n[profiles.work]\n[decide]\nundo = 5\n";
    let error = load(dir.path(), text, &flags, &[("OURO_TEAM_ID", "y")]).unwrap_err();
    let file = dir.path().join("config.toml");
    let said: Vec<String> = error.0.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            format!("{}:2: [keys]: there is no command `acept`", file.display()),
            format!("{}:5: unknown key `undo` in [decide]", file.display()),
            "--profile: there is no profile `wrok`".to_owned(),
            "--base-url: `ftp:` is not spoken here: use https:// (or http:// for a backend on this machine)".to_owned(),
            "--team: `x` is not the id of a team, like 0193b2aa-2222-7000-8000-0000000000c1".to_owned(),
            "environment OURO_TEAM_ID: `y` is not the id of a team, like 0193b2aa-2222-7000-8000-0000000000c1".to_owned(),
            "--filter: character 7, at `bi:maria`: there is no `bi`; did you mean `by`?".to_owned(),
        ]
    );
    assert!(
        error.0[2].mend.as_str().starts_with("did you mean `work`, or add a section [profiles.wrok] to ")
    );
}

#[test]
fn the_filter_to_begin_with_is_read_and_an_empty_one_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let with = |filter: &str| {
        let flags = Overrides { filter: Some(filter.to_owned()), ..Overrides::default() };
        load(dir.path(), "", &flags, &[]).unwrap().filter
    };
    assert_eq!(with("is:paid age>2d").unwrap().text().as_str(), "is:paid age>2d");
    assert_eq!(with(" "), None);
}

#[test]
fn a_file_that_is_not_there_is_wrong_only_if_it_was_named() {
    let dir = tempfile::tempdir().unwrap();
    let named = Overrides {
        config_file: Some(dir.path().join("none.toml")),
        state_dir: Some(dir.path().to_owned()),
        ..Overrides::default()
    };
    let error = config::load(&named, &Environment::default()).unwrap_err();
    assert_eq!(error.0.len(), 1);
    assert!(error.to_string().contains("none.toml: there is no such file"), "{error}");
    let folder = Overrides { config_file: Some(dir.path().to_owned()), ..named };
    let error = config::load(&folder, &Environment::default()).unwrap_err();
    assert!(error.to_string().contains("the file can't be read"), "{error}");
}
