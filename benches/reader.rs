//! How long a description of a megabyte takes: from its arrival to the bytes of the frame, and each frame of scrolling;
//! also of what is made to be slow: ten megabytes, ten thousand levels, a table of ten thousand rows.
//! Prints medians and the 99th of a hundred: `cargo bench --bench reader`.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use questdesk::app::key::Key;
use questdesk::app::keymap::Keymap;
use questdesk::app::{Message, Settings, State, update};
use questdesk::clock;
use questdesk::config::Config;
use questdesk::domain::{
    EntryBody, EntryId, EntryRow, EvalStatus, QuestId, SafeText, SessionId, Timestamp, UserId, Version,
};
use questdesk::term::Abilities;
use questdesk::term::screen::Screen;
use questdesk::ui;
use questdesk::{store, sync};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const SIZE: (u16, u16) = (120, 40);
const BYTES: usize = 1_000_000;
const OPENINGS: usize = 100;

/// What a megabyte may be made of.
fn texts() -> Vec<(&'static str, String)> {
    let prose = "We measured **twelve** samples of the alloy twice, heating at 2 K a minute; see [the log](https://ouro.example/log) and `run.py`. ";
    let paragraphs = format!("{}\n\n", prose.repeat(6));
    let lists = "- a point that goes on for a while, so that it has to be broken\n  - one below it\n";
    let code = "```python\ndef curie(t):  # find the kink\n    return max(t, key=lambda x: x[1])\n```\n\n";
    let table = format!("| run | T | note |\n|---|---|---|\n{}\n", "| 7 | 301 K | as before |\n".repeat(20));
    let mixed = format!("## Run\n\n{paragraphs}{lists}\n{code}{table}> quoted\n\n");
    [
        ("paragraphs", paragraphs),
        ("everything", mixed),
        ("one line", prose.to_owned()),
        ("short lines", "a\n\n".to_owned()),
        ("quotations", "> ".to_owned()),
        ("CJK", "試料を二回測定した。".to_owned()),
    ]
    .map(|(name, unit)| (name, unit.repeat(BYTES / unit.len() + 1)))
    .into_iter()
    .chain([
        ("ten MB", prose.repeat(10 * BYTES / prose.len())),
        ("10,000 levels", format!("{}deep\n\n{}deep", "> ".repeat(10_000), "- ".repeat(10_000))),
        (
            "10,000 rows",
            format!("| run | T | note |\n|---|---|---|\n{}", "| 7 | 301 K | as before |\n".repeat(10_000)),
        ),
    ])
    .collect()
}

fn main() -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(out, "a description of 1 MB at {}x{}, medians (99th of 100)", SIZE.0, SIZE.1)?;
    for (name, text) in texts() {
        let text = SafeText::block(&text);
        let mut openings = Vec::new();
        for _ in 0..OPENINGS {
            openings.push(opened(&text)?.2);
        }
        let (mut state, mut screen, _) = opened(&text)?;
        let mut scrolls = |keys: &str| {
            let times = keys.chars().cycle().take(500);
            times.map(|key| frame(&mut state, &mut screen, Message::Key(Key::char(key)))).collect::<Vec<_>>()
        };
        let (lines, pages) = (scrolls("j"), scrolls(" "));
        writeln!(
            out,
            "{name:<13} opening {:>18}   a line {:>18}   a page {:>18}",
            told(openings),
            told(lines),
            told(pages)
        )?;
    }
    Ok(())
}

fn told(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let of_hundred = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    format!("{:.1?} ({:.1?})", of_hundred(50), of_hundred(99))
}

/// A message, the drawing of it, and its bytes.
fn frame(state: &mut State, screen: &mut Screen, message: Message) -> Duration {
    let begun = clock::monotonic();
    update(state, message, START);
    let bytes = screen.draw(|frame| ui::draw(state, &state.look, frame));
    std::hint::black_box(bytes);
    begun.elapsed()
}

/// A desk whose full-screen reader just got this text, and how long that took.
fn opened(text: &SafeText) -> Result<(State, Screen, Duration), Failure> {
    let keymap = Keymap::new(&[]).map_err(|errors| format!("{errors:?}"))?;
    let mut state = State::new(
        Settings::of(&Config::default(), SessionId::new(Uuid::from_u128(9))),
        keymap,
        SIZE.0,
        SIZE.1,
        START,
    );
    let (quest, id) = (QuestId::new(Uuid::from_u128(1)), EntryId::new(Uuid::from_u128(2)));
    let version = Version { updated_at: START };
    let row = EntryRow {
        id,
        quest,
        item: None,
        contributor: UserId::new(Uuid::from_u128(3)),
        created_at: START,
        version,
        score: None,
        eval: EvalStatus::None,
    };
    let mut screen = Screen::new(SIZE.0, SIZE.1, Abilities::COMMON);
    let entries = sync::News::Entries { quest, upserts: vec![row], gone: Vec::new() };
    frame(&mut state, &mut screen, Message::Sync(entries));
    frame(&mut state, &mut screen, Message::Key("Enter".parse().map_err(|_| "Enter is a key")?));
    let body = EntryBody {
        id,
        quest,
        item: None,
        version,
        description: text.clone(),
        assets: Vec::new(),
        categories: Vec::new(),
        signals: Vec::new(),
        eval_action: None,
        review: None,
        embeds: Vec::new(),
    };
    let news = store::News::Body { entry: id, body: Some(Arc::new(body)), draft: None };
    let time = frame(&mut state, &mut screen, Message::Store(news));
    Ok((state, screen, time))
}
