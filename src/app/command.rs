//! The one table of commands. Key handling, the hint line, help, the check of `[keys]` in `config.toml` and the key
//! table of the README are all made from it.
//!
//! One slip never decides: the tests below forbid a spending or final command to share a letter, under any modifier,
//! with scrolling, filtering or undo, and to stand unconfirmed on a byte that can end a torn escape sequence.

/// What the user means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Show the keys that act here.
    Help,
    /// Show what has been said.
    Messages,
    /// Take back.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Read again, now.
    Refresh,
    /// Send every cell again.
    Repaint,
    /// Back to the shell, until it continues us.
    Suspend,
    /// Out of what is open, back to the list.
    Back,
    /// Leave.
    Quit,
    /// One down.
    Down,
    /// One up.
    Up,
    /// To the first.
    First,
    /// To the last.
    Last,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// To the pane on the left.
    PaneLeft,
    /// To the pane on the right.
    PaneRight,
    /// To the next pane.
    PaneNext,
    /// To the pane before.
    PanePrevious,
    /// Open what the cursor is on.
    Open,
    /// Accept the entry.
    Accept,
    /// Accept it with a note.
    AcceptWithNote,
    /// Reject it, with a reason.
    Reject,
    /// The last decision again, with its reason.
    Repeat,
    /// Put it aside, or bring it back.
    Aside,
    /// Show or hide the item's brief.
    Brief,
    /// Scroll the item's brief down.
    BriefDown,
    /// Scroll the item's brief up.
    BriefUp,
    /// Compare with the contributor's earlier entry that was rejected.
    Diff,
    /// Compare with entries like it.
    Alike,
    /// Ask the contributor, and wait for the answer.
    Ask,
    /// Show the comments, and write one.
    Comments,
    /// Show the log of the evaluation's run.
    RunLog,
    /// Look at the entry's assets on the full screen.
    Assets,
    /// Save an asset to the disk.
    SaveAsset,
    /// Copy the entry's link.
    CopyLink,
    /// Open the entry's quest in a browser.
    Browse,
    /// Show only what matches.
    Filter,
    /// Pick a saved filter.
    Views,
    /// Scroll the reader by a page.
    ReaderScroll,
    /// The next entry, without closing the reader.
    ReaderNext,
    /// The entry before, without closing the reader.
    ReaderPrevious,
    /// The next place where what was looked for stands.
    SearchNext,
    /// The place before.
    SearchPrevious,
    /// Mark the entry and go down.
    Mark,
    /// Mark from here to where it is pressed again.
    MarkRange,
    /// Mark all that are listed.
    MarkAll,
    /// Mark all like this one.
    MarkAlike,
    /// Take all marks away.
    ClearMarks,
    /// Mark the item and go down.
    MarkItem,
    /// Run the evaluation on the entry.
    Evaluate,
    /// To the decision before.
    WalkBack,
    /// To the decision after.
    WalkForward,
    /// Pause sending, or go on.
    Pause,
    /// The item is done.
    ItemDone,
    /// The item is skipped.
    ItemSkipped,
    /// The item is pending again.
    ItemPending,
    /// The item is being worked on.
    ItemInProgress,
    /// Complete the item oneself, with a note.
    ItemComplete,
    /// Run the evaluation again on the item's entries.
    ItemRescore,
    /// Show the Desk.
    ViewDesk,
    /// Show the Log.
    ViewLog,
    /// Go to what a logged decision is about.
    LogJump,
    /// Decide anew what came to nothing.
    LogRetry,
    /// Take back what is not sent.
    LogDiscard,
    /// Edit the note of a logged decision.
    LogNote,
}

/// Where a command's keys act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// In every pane.
    Everywhere,
    /// In the pending list and in the reader.
    Deciding,
    /// In the pending list alone.
    Pending,
    /// In the items pane alone.
    Items,
    /// In the full-screen reader alone.
    Reader,
    /// In the Log view alone.
    Log,
}

impl Place {
    /// The heading it stands under in help and README.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Deciding => "Pending and Entry",
            Self::Pending => "Pending",
            Self::Items => "Items",
            Self::Reader => "Full-screen reader",
            Self::Log => "Log",
        }
    }

    /// All places, in the order they are shown.
    pub const ALL: [Self; 6] =
        [Self::Everywhere, Self::Deciding, Self::Pending, Self::Items, Self::Reader, Self::Log];
}

/// What a slip of the finger would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    /// Nothing that matters.
    None,
    /// Scrolls, filters or undoes: pressed often and without looking.
    Often,
    /// Decides, and can be taken back only within the undo window; may pay.
    Decides,
    /// Leads to a decision, but asks before (a picker, an editor, a sheet).
    Asks,
}

/// One command.
#[derive(Debug)]
pub struct Row {
    /// The command.
    pub command: Command,
    /// Its stable name, for `[keys]`.
    pub id: &'static str,
    /// A word or two for the hint line.
    pub title: &'static str,
    /// What it does, as a sentence.
    pub sentence: &'static str,
    /// Its keys, as people write them.
    pub keys: &'static [&'static str],
    /// Where they act.
    pub place: Place,
    /// What a slip would do.
    pub risk: Risk,
    /// Whether it changes anything on the server: disabled by `--read-only`.
    pub mutates: bool,
}

#[expect(clippy::too_many_arguments, reason = "a row of a table, read as one line")]
const fn row(
    command: Command,
    id: &'static str,
    title: &'static str,
    keys: &'static [&'static str],
    place: Place,
    risk: Risk,
    mutates: bool,
    sentence: &'static str,
) -> Row {
    Row { command, id, title, sentence, keys, place, risk, mutates }
}

/// The table. One line a command, to be read as a table.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row(Command::Help, "help", "help", &["?"], Place::Everywhere, Risk::None, false, "Show every key that acts here."),
    row(Command::Messages, "messages", "messages", &["M"], Place::Everywhere, Risk::None, false, "Show what has been said in this session."),
    row(Command::ViewDesk, "view-desk", "desk", &["1"], Place::Everywhere, Risk::None, false, "Show the Desk. A digit is a count if a motion follows within 0.4 s."),
    row(Command::ViewLog, "view-log", "log", &["3"], Place::Everywhere, Risk::None, false, "Show the Log: every decision, and what became of it."),
    row(Command::Undo, "undo", "undo", &["u"], Place::Everywhere, Risk::Often, true, "Take back the decision under the cursor, else the last one, while it is held."),
    row(Command::Redo, "redo", "redo", &["U"], Place::Everywhere, Risk::Often, true, "Do again what was taken back."),
    row(Command::WalkBack, "walk-back", "decision before", &["["], Place::Everywhere, Risk::None, false, "To the decision made before, and what can still be done about it."),
    row(Command::WalkForward, "walk-forward", "decision after", &["]"], Place::Everywhere, Risk::None, false, "To the decision made after."),
    row(Command::ClearMarks, "clear-marks", "clear marks", &["-"], Place::Everywhere, Risk::None, false, "Take all marks away."),
    row(Command::Pause, "pause", "pause sending", &["P"], Place::Everywhere, Risk::None, false, "Pause sending, or go on, also with what an earlier session left."),
    row(Command::Refresh, "refresh", "refresh", &["R"], Place::Everywhere, Risk::None, false, "Read everything on the screen again, now."),
    row(Command::Repaint, "repaint", "repaint", &["Ctrl-l"], Place::Everywhere, Risk::None, false, "Draw the whole screen again."),
    row(Command::Suspend, "suspend", "suspend", &["Ctrl-z"], Place::Everywhere, Risk::None, false, "Go back to the shell; `fg` returns."),
    row(Command::Back, "back", "back", &["Esc"], Place::Everywhere, Risk::None, false, "Close what is open, clear the filter, go back to the list."),
    row(Command::Quit, "quit", "quit", &["q", "Ctrl-c"], Place::Everywhere, Risk::None, false, "Leave; asks first if decisions are not sent or a file is not saved yet."),
    row(Command::Down, "down", "down", &["j", "Down"], Place::Everywhere, Risk::Often, false, "One down; in the reader one line."),
    row(Command::Up, "up", "up", &["k", "Up"], Place::Everywhere, Risk::Often, false, "One up; in the reader one line."),
    row(Command::First, "first", "first", &["g", "Home"], Place::Everywhere, Risk::Often, false, "To the first one, to the top."),
    row(Command::Last, "last", "last", &["G", "End"], Place::Everywhere, Risk::Often, false, "To the last one, to the end."),
    row(Command::PageDown, "page-down", "page down", &["Ctrl-f", "PgDn"], Place::Everywhere, Risk::Often, false, "A page down."),
    row(Command::PageUp, "page-up", "page up", &["Ctrl-b", "PgUp"], Place::Everywhere, Risk::Often, false, "A page up."),
    row(Command::PaneLeft, "pane-left", "pane left", &["h", "Left"], Place::Everywhere, Risk::Often, false, "To the pane on the left; in the full-screen reader, wide tables move."),
    row(Command::PaneRight, "pane-right", "pane right", &["l", "Right"], Place::Everywhere, Risk::Often, false, "To the pane on the right; in the full-screen reader, wide tables move."),
    row(Command::PaneNext, "pane-next", "next pane", &["Tab"], Place::Everywhere, Risk::Often, false, "To the next pane."),
    row(Command::PanePrevious, "pane-previous", "pane before", &["Shift-Tab"], Place::Everywhere, Risk::Often, false, "To the pane before."),
    row(Command::Open, "open", "open", &["Enter"], Place::Everywhere, Risk::None, false, "Open it: a quest's entries, an item's entries, an entry on the full screen."),
    row(Command::Filter, "filter", "filter", &["/"], Place::Everywhere, Risk::Often, false, "Show only pending entries that match; in the full-screen reader, look for words."),
    row(Command::Views, "views", "views", &["F"], Place::Everywhere, Risk::None, false, "Pick a saved filter, or show everything again."),
    row(Command::Accept, "accept", "accept", &["a"], Place::Deciding, Risk::Decides, true, "Accept the entry: pays what the hint line says."),
    row(Command::AcceptWithNote, "accept-note", "accept + note", &["A"], Place::Deciding, Risk::Asks, true, "Write a note, then accept with it."),
    row(Command::Reject, "reject", "reject", &["r"], Place::Deciding, Risk::Asks, true, "Reject the entry: pick a reason with a digit, or write one."),
    row(Command::Repeat, "repeat", "again", &["."], Place::Deciding, Risk::Decides, true, "The last decision again, with its reason."),
    row(Command::Aside, "aside", "aside", &["b"], Place::Deciding, Risk::None, false, "Put the entry aside, undecided: it leaves the queue; again brings it back."),
    row(Command::Evaluate, "evaluate", "evaluate", &["e"], Place::Deciding, Risk::Asks, true, "Run the item's evaluation on the entry; you pay for the run."),
    row(Command::Brief, "brief", "brief", &["t"], Place::Deciding, Risk::None, false, "Show the item's brief beside or above the entry, or in its place where there is no room; again puts it away."),
    row(Command::BriefDown, "brief-down", "brief down", &["}"], Place::Deciding, Risk::Often, false, "Scroll the item's brief down."),
    row(Command::BriefUp, "brief-up", "brief up", &["{"], Place::Deciding, Risk::Often, false, "Scroll the item's brief up."),
    row(Command::Diff, "diff", "diff", &["D"], Place::Deciding, Risk::None, false, "Compare the entry with the contributor's last one on the item that was rejected, and the review it got."),
    row(Command::Alike, "alike", "alike", &["w"], Place::Deciding, Risk::None, false, "Compare it with the entries of the quest that are like it, and go to one that is pending."),
    row(Command::Ask, "ask", "ask", &["m"], Place::Deciding, Risk::Asks, true, "Ask the contributor with a comment, and put the entry aside until an answer or a new version comes."),
    row(Command::Comments, "comments", "comments", &["c"], Place::Deciding, Risk::None, false, "Show the comments on what was submitted and on the quest, and write one."),
    row(Command::RunLog, "run-log", "run's log", &["L"], Place::Deciding, Risk::None, false, "Show the run of the entry's evaluation: its error and its log."),
    row(Command::Assets, "assets", "assets", &["v"], Place::Deciding, Risk::None, false, "Open the entry's assets on the full screen; n and p leaf through them."),
    row(Command::SaveAsset, "save-asset", "save", &["W"], Place::Deciding, Risk::None, false, "Save an asset of the entry to a file; asks where to."),
    row(Command::CopyLink, "copy-link", "copy link", &["y"], Place::Deciding, Risk::None, false, "Copy the link to the quest, or with a number before it that link of the page; works over SSH."),
    row(Command::Browse, "browse", "browser", &["o"], Place::Deciding, Risk::None, false, "Open the quest in a browser, or with a number before it that link of the page; copies where there is no browser."),
    row(Command::Mark, "mark", "mark", &["Space"], Place::Pending, Risk::Often, false, "Mark the entry, or take its mark away, and go down. Decisions act on the marks."),
    row(Command::MarkRange, "mark-range", "range", &["V"], Place::Pending, Risk::Often, false, "Mark from here to where it is pressed again."),
    row(Command::MarkAll, "mark-all", "mark all", &["*"], Place::Pending, Risk::Often, false, "Mark all that are listed, on the screen or not."),
    row(Command::MarkAlike, "mark-alike", "mark alike", &["="], Place::Pending, Risk::Often, false, "Mark all like this one: same contributor, same outcome of the evaluation."),
    row(Command::MarkItem, "mark-item", "mark", &["Space"], Place::Items, Risk::Often, false, "Mark the item, or take its mark away, and go down. Item keys act on the marks."),
    row(Command::ItemDone, "item-done", "done", &["d"], Place::Items, Risk::Decides, true, "Mark the item done; says first what that ends."),
    row(Command::ItemSkipped, "item-skipped", "skipped", &["s"], Place::Items, Risk::Decides, true, "Mark the item skipped; says first what that ends."),
    row(Command::ItemPending, "item-pending", "pending", &["p"], Place::Items, Risk::Decides, true, "Mark the item pending again."),
    row(Command::ItemInProgress, "item-in-progress", "in progress", &["i"], Place::Items, Risk::Decides, true, "Mark the item as being worked on."),
    row(Command::ItemComplete, "item-complete", "complete", &["c"], Place::Items, Risk::Asks, true, "Complete the item yourself, with a note."),
    row(Command::ItemRescore, "item-rescore", "score again", &["e"], Place::Items, Risk::Asks, true, "Run the evaluation again on the item's entries; you pay for each run, and only scores change."),
    row(Command::ReaderScroll, "reader-scroll", "scroll", &["Space"], Place::Reader, Risk::Often, false, "Scroll by a page, and nothing else."),
    row(Command::ReaderNext, "reader-next", "next entry", &["J"], Place::Reader, Risk::Often, false, "The next entry, without closing the reader."),
    row(Command::ReaderPrevious, "reader-previous", "entry before", &["K"], Place::Reader, Risk::Often, false, "The entry before, without closing the reader."),
    row(Command::SearchNext, "search-next", "next match", &["n"], Place::Reader, Risk::Often, false, "The next place where what was looked for stands."),
    row(Command::SearchPrevious, "search-previous", "match before", &["N"], Place::Reader, Risk::Often, false, "The place before."),
    row(Command::LogJump, "log-jump", "jump", &["o"], Place::Log, Risk::None, false, "Go to what the decision is about, on the Desk."),
    row(Command::LogRetry, "log-retry", "retry", &["t"], Place::Log, Risk::Decides, true, "Decide anew what was refused, taken back or in conflict, through every gate."),
    row(Command::LogDiscard, "log-discard", "discard", &["x"], Place::Log, Risk::Asks, true, "Take back what is not sent; its note stays as a draft."),
    row(Command::LogNote, "log-note", "edit note", &["e"], Place::Log, Risk::Asks, true, "Edit the note; what is held is taken back and decided anew with it."),
];

impl Command {
    /// Its row in the table.
    #[must_use]
    pub fn row(self) -> &'static Row {
        // Every command has a row: held by the test `every_command_has_one_row`.
        TABLE.iter().find(|row| row.command == self).unwrap_or(&TABLE[0])
    }

    /// Whether it shows a view: its key may be a digit, which is a count if a motion follows.
    #[must_use]
    pub const fn is_view(self) -> bool {
        matches!(self, Self::ViewDesk | Self::ViewLog)
    }

    /// The command with this stable name.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.id == id).map(|row| row.command)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::app::key::{Key, KeyCode};
    use crate::app::keymap::{TORN, overlap};

    fn keys(row: &Row) -> Vec<Key> {
        row.keys.iter().map(|key| key.parse().unwrap_or_else(|error| panic!("{}: {error}", row.id))).collect()
    }

    /// All pairs of commands whose keys can act at the same time.
    fn neighbours() -> impl Iterator<Item = (&'static Row, &'static Row)> {
        let pairs = TABLE.iter().flat_map(|one| TABLE.iter().map(move |other| (one, other)));
        pairs.filter(|(one, other)| one.command != other.command && overlap(one.place, other.place))
    }

    /// A match without a wildcard: a new command does not compile before it is counted here.
    const fn place_in_enum(command: Command) -> usize {
        match command {
            Command::Help => 0,
            Command::Messages => 1,
            Command::Undo => 2,
            Command::Redo => 3,
            Command::Refresh => 4,
            Command::Repaint => 5,
            Command::Suspend => 6,
            Command::Back => 7,
            Command::Quit => 8,
            Command::Down => 9,
            Command::Up => 10,
            Command::First => 11,
            Command::Last => 12,
            Command::PageDown => 13,
            Command::PageUp => 14,
            Command::PaneLeft => 15,
            Command::PaneRight => 16,
            Command::PaneNext => 17,
            Command::PanePrevious => 18,
            Command::Open => 19,
            Command::Accept => 20,
            Command::AcceptWithNote => 21,
            Command::Reject => 22,
            Command::Repeat => 23,
            Command::Brief => 24,
            Command::BriefDown => 63,
            Command::BriefUp => 64,
            Command::CopyLink => 25,
            Command::Browse => 26,
            Command::Filter => 27,
            Command::ReaderScroll => 28,
            Command::ReaderNext => 29,
            Command::ReaderPrevious => 30,
            Command::ItemDone => 31,
            Command::ItemSkipped => 32,
            Command::ItemPending => 33,
            Command::ItemInProgress => 34,
            Command::ItemComplete => 35,
            Command::ItemRescore => 65,
            Command::Views => 36,
            Command::Aside => 47,
            Command::ViewDesk => 57,
            Command::ViewLog => 58,
            Command::LogJump => 59,
            Command::LogRetry => 60,
            Command::LogDiscard => 61,
            Command::LogNote => 62,
            Command::Diff => 48,
            Command::Alike => 49,
            Command::SearchNext => 50,
            Command::SearchPrevious => 51,
            Command::Mark => 37,
            Command::MarkRange => 38,
            Command::MarkAll => 39,
            Command::MarkAlike => 40,
            Command::ClearMarks => 41,
            Command::MarkItem => 42,
            Command::Evaluate => 43,
            Command::WalkBack => 44,
            Command::WalkForward => 45,
            Command::Pause => 46,
            Command::Ask => 52,
            Command::Comments => 53,
            Command::RunLog => 54,
            Command::Assets => 55,
            Command::SaveAsset => 56,
        }
    }
    const COMMANDS: usize = 66;

    #[test]
    fn every_command_has_one_row() {
        let places: HashSet<usize> = TABLE.iter().map(|row| place_in_enum(row.command)).collect();
        assert_eq!((places.len(), TABLE.len()), (COMMANDS, COMMANDS));
        for row in TABLE {
            assert_eq!(row.command.row().id, row.id);
            assert_eq!(Command::by_id(row.id), Some(row.command));
        }
    }

    #[test]
    fn ids_are_unique_and_rows_say_what_they_do() {
        let ids: HashSet<_> = TABLE.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), TABLE.len());
        for row in TABLE {
            assert!(row.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", row.id);
            assert!(!row.title.is_empty() && row.title.len() <= 16, "{}", row.id);
            assert!(row.sentence.ends_with('.'), "{}", row.id);
            assert!(!keys(row).is_empty(), "{}", row.id);
        }
    }

    #[test]
    fn no_two_commands_share_a_key_where_both_act() {
        for (one, other) in neighbours() {
            for key in keys(one) {
                assert!(!keys(other).contains(&key), "{key}: {} and {}", one.id, other.id);
            }
        }
    }

    #[test]
    fn digits_are_counts_and_only_views_have_one_too() {
        let digit = |key: &Key| matches!(key.code, KeyCode::Char('0'..='9'));
        for row in TABLE.iter().filter(|row| keys(row).iter().any(digit)) {
            assert!(row.command.is_view(), "{}", row.id);
            assert_eq!(
                (row.place, row.risk, keys(row).len()),
                (Place::Everywhere, Risk::None, 1),
                "{}",
                row.id
            );
        }
    }

    #[test]
    fn what_decides_changes_something_and_what_is_pressed_often_decides_nothing() {
        for row in TABLE {
            assert!(row.mutates || !matches!(row.risk, Risk::Decides | Risk::Asks), "{}", row.id);
            let undoes = matches!(row.command, Command::Undo | Command::Redo);
            assert!(!row.mutates || row.risk != Risk::Often || undoes, "{}", row.id);
        }
    }

    /// One slip never decides: no letter in common, under any modifier, with what is pressed without looking.
    #[test]
    fn no_deciding_key_shares_a_letter_with_one_that_is_pressed_often() {
        let letter = |key: Key| match key.code {
            KeyCode::Char(character) => character.to_lowercase().next(),
            _ => None,
        };
        for (one, other) in neighbours() {
            if (one.risk, other.risk) != (Risk::Decides, Risk::Often) {
                continue;
            }
            for key in keys(one) {
                for often in keys(other) {
                    let same_letter = letter(key).is_some() && letter(key) == letter(often);
                    assert!(
                        !same_letter && key.code != often.code,
                        "{key} of {} and {often} of {}",
                        one.id,
                        other.id
                    );
                }
            }
        }
    }

    #[test]
    fn no_deciding_key_can_be_the_end_of_a_torn_escape_sequence() {
        for row in TABLE.iter().filter(|row| row.risk == Risk::Decides) {
            for key in keys(row) {
                let torn = matches!(key.code, KeyCode::Char(character) if TORN.contains(character));
                assert!(!torn, "{key} of {}", row.id);
            }
        }
    }
}
