//! What applies here and now. Dispatch, the hint line and help all ask [`applies`]: what is shown works, and a key
//! that doesn't says why.

use crate::domain::SafeText;
use crate::domain::decision::{Act, Subject};

use super::State;
use super::command::{Command, Place};
use super::desk::Pane;
use super::desk::size::areas;
use super::log::{View, can_retry};
use super::past::is_rejected;
use super::queue::Scope;
use super::reader::Body;

/// The places whose keys act now, the most special first.
#[must_use]
pub fn places(state: &State) -> &'static [Place] {
    match state.desk.focus {
        _ if state.view == View::Log => &[Place::Log, Place::Everywhere],
        _ if state.desk.full => &[Place::Reader, Place::Deciding, Place::Everywhere],
        Pane::Pending => &[Place::Pending, Place::Deciding, Place::Everywhere],
        Pane::Entry => &[Place::Deciding, Place::Everywhere],
        Pane::Items => &[Place::Items, Place::Everywhere],
        Pane::Quests => &[Place::Everywhere],
    }
}

/// Whether a command applies, or why not.
pub fn applies(state: &State, command: Command) -> Result<(), SafeText> {
    let row = command.row();
    if !places(state).contains(&row.place) {
        return Err(SafeText::line(&format!("{}: acts in {}", row.title, row.place.title())));
    }
    if row.mutates && state.settings.read_only {
        return Err("read-only: nothing is changed from here".into());
    }
    if row.mutates && areas(state).too_small {
        return Err("the window is too small to see what would be decided".into());
    }
    on_subject(state, command)
}

/// Whether there is something for the command to act on.
fn on_subject(state: &State, command: Command) -> Result<(), SafeText> {
    let desk = &state.desk;
    if state.view == View::Log
        && let Some(answer) = in_log(state, command)
    {
        return answer;
    }
    match command {
        Command::Accept
        | Command::AcceptWithNote
        | Command::Reject
        | Command::Repeat
        | Command::Aside
        | Command::Evaluate
            if state.marked() > 0 && (command != Command::Repeat || state.decisions.last.is_some()) =>
        {
            Ok(())
        }
        Command::ItemDone
        | Command::ItemSkipped
        | Command::ItemPending
        | Command::ItemInProgress
        | Command::ItemRescore
            if !desk.items.marked().is_empty() =>
        {
            Ok(())
        }
        Command::Evaluate => state.evaluation_of(entry(state)?).map(|_| ()),
        Command::Accept | Command::AcceptWithNote | Command::Reject => {
            let entry = entry(state)?;
            undecided(state, Subject::Entry(entry), "this entry")
        }
        Command::Repeat if state.decisions.last.is_none() => {
            Err("nothing has been decided yet that could be done again".into())
        }
        Command::Aside | Command::Repeat => undecided(state, Subject::Entry(entry(state)?), "this entry"),
        Command::Ask | Command::Comments => entry(state).and_then(|_| state.commentable()),
        Command::RunLog => entry(state).and_then(|_| state.has_run()),
        Command::Diff | Command::Alike => entry(state).and_then(|_| state.comparable(command)),
        Command::BriefDown | Command::BriefUp if !desk.reader.brief => Err(SafeText::line(&format!(
            "the brief is not shown: {} shows it",
            keys_text(state, Command::Brief)
        ))),
        Command::Brief
        | Command::BriefDown
        | Command::BriefUp
        | Command::CopyLink
        | Command::Browse
        | Command::ReaderScroll => entry(state).map(|_| ()),
        Command::Assets | Command::SaveAsset => {
            entry(state)?;
            match &state.desk.reader.body {
                Body::Ready(body) if body.assets.is_empty() => Err("this entry has no assets".into()),
                Body::Ready(_) => Ok(()),
                _ => Err("the entry is still being read".into()),
            }
        }
        Command::ReaderNext | Command::ReaderPrevious => {
            let by = if command == Command::ReaderNext { 1 } else { -1 };
            let words = if by > 0 { "this is the last entry" } else { "this is the first entry" };
            desk.queue.neighbour(entry(state)?, by).map(|_| ()).ok_or_else(|| words.into())
        }
        Command::ItemDone
        | Command::ItemSkipped
        | Command::ItemPending
        | Command::ItemInProgress
        | Command::ItemComplete => {
            let item = desk.item_cursor().ok_or("there is no item under the cursor")?;
            undecided(state, Subject::Item(item), "this item")
        }
        Command::ItemRescore => {
            let item = desk.item_cursor().ok_or("there is no item under the cursor")?;
            state.rescore_of(item).map(|_| ())
        }
        Command::PaneLeft | Command::PaneRight if desk.full && is_wide(state) => Ok(()),
        Command::SearchNext | Command::SearchPrevious => match &desk.reader.search {
            None => Err(SafeText::line(&format!(
                "nothing is looked for: {} does",
                keys_text(state, Command::Filter)
            ))),
            Some(search) if search.count() == 0 => {
                Err(SafeText::line(&format!("\u{201c}{}\u{201d} is not on this page", search.query())))
            }
            Some(_) => Ok(()),
        },
        Command::PaneLeft | Command::PaneRight | Command::PaneNext | Command::PanePrevious if desk.full => {
            Err("the entry is open on the full screen: Esc goes back to the panes".into())
        }
        Command::PaneLeft => desk.beside(-1).map(|_| ()).ok_or_else(|| "there is no pane on the left".into()),
        Command::PaneRight => {
            desk.beside(1).map(|_| ()).ok_or_else(|| "there is no pane on the right".into())
        }
        Command::Open if desk.full => Err("it is open: Esc closes it".into()),
        Command::Open => openable(state),
        Command::Mark | Command::MarkRange | Command::MarkAll | Command::MarkAlike => {
            entry(state).map(|_| ())
        }
        Command::MarkItem => {
            desk.item_cursor().map(|_| ()).ok_or_else(|| "there is no item under the cursor".into())
        }
        Command::WalkBack | Command::WalkForward if state.decisions.newest_first(1).is_empty() => {
            Err("nothing was decided in this session yet".into())
        }
        Command::ClearMarks if state.marked() == 0 && desk.items.marked().is_empty() => {
            Err("nothing is marked".into())
        }
        Command::Back if !goes_back(state) => Err("nothing is open, and there is no filter to clear".into()),
        _ => Ok(()),
    }
}

/// What the Log view says of a command; `None`: it is the same there as on the Desk.
fn in_log(state: &State, command: Command) -> Option<Result<(), SafeText>> {
    let log = &state.log;
    let row = || log.under_cursor().ok_or_else(|| SafeText::from("there is no decision under the cursor"));
    Some(match command {
        Command::Open | Command::LogJump => row().map(|_| ()),
        Command::LogRetry => {
            row().and_then(|decision| if is_rejected(decision) { Ok(()) } else { can_retry(decision) })
        }
        Command::LogDiscard => row().and_then(|decision| {
            let words = "only what is not sent yet can be discarded";
            if decision.stage.can_undo() { Ok(()) } else { Err(words.into()) }
        }),
        Command::LogNote => row().and_then(|decision| match decision.act {
            Act::Review { .. } if decision.stage.can_undo() => Ok(()),
            Act::Review { .. } => can_retry(decision),
            _ => Err("only the note of a decision on an entry can be edited here".into()),
        }),
        Command::Views => Err("saved views are of the Desk".into()),
        Command::PaneLeft if !log.detail => Err("there is no pane on the left".into()),
        Command::PaneRight if log.detail => Err("there is no pane on the right".into()),
        Command::PaneLeft
        | Command::PaneRight
        | Command::PaneNext
        | Command::PanePrevious
        | Command::Back => Ok(()),
        Command::ViewLog => Err("this is the Log".into()),
        Command::WalkBack | Command::WalkForward => Err("the Log lists every decision: j and k walk".into()),
        _ => return None,
    })
}

/// Whether something on the page is wider than the screen.
fn is_wide(state: &State) -> bool {
    state.desk.reader.page.as_ref().is_some_and(|page| page.widest() > 0)
}

/// The entry that the command would act on.
fn entry(state: &State) -> Result<crate::domain::EntryId, SafeText> {
    state.desk.queue.cursor().ok_or_else(|| "there is no entry under the cursor".into())
}

fn undecided(state: &State, subject: Subject, what: &str) -> Result<(), SafeText> {
    if !state.decisions.is_open(subject) {
        return Ok(());
    }
    let undo = keys_text(state, Command::Undo);
    Err(SafeText::line(&format!("a decision on {what} is under way; {undo} takes it back while it is held")))
}

fn openable(state: &State) -> Result<(), SafeText> {
    match state.desk.focus {
        Pane::Quests => Ok(()),
        Pane::Items => {
            state.desk.item_cursor().map(|_| ()).ok_or_else(|| "there is no item under the cursor".into())
        }
        Pane::Pending | Pane::Entry => entry(state).map(|_| ()),
    }
}

/// Whether `Back` has anywhere to go.
fn goes_back(state: &State) -> bool {
    let desk = &state.desk;
    desk.full
        || desk.queue.has_range()
        || desk.focus != Pane::Pending
        || desk.filter().is_some()
        || desk.queue.scope() != Scope::All
}

/// The keys of a command, as people write them.
#[must_use]
pub fn keys_text(state: &State, command: Command) -> SafeText {
    let keys: Vec<String> = state.keymap.keys_of(command).iter().map(ToString::to_string).collect();
    SafeText::line(&keys.join(" "))
}

/// The first key of a command, for a sentence; its name, if it has none.
#[must_use]
pub fn key_text(state: &State, command: Command) -> SafeText {
    let first = state.keymap.keys_of(command).first();
    first.map_or_else(|| SafeText::line(command.row().id), |key| SafeText::line(&key.to_string()))
}
