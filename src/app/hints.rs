//! The hint line: the most used of what [`context`](super::context) says applies, in the words of here and now.

use crate::domain::SafeText;
use crate::domain::decision::Stage;
use crate::ui::cells;

use super::State;
use super::command::Command;
use super::context::applies;
use super::decide;
use super::desk::Pane;
use super::log::View;
use super::past::is_rejected;

/// A key and what it does here, for the hint line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The key.
    pub keys: SafeText,
    /// What it does.
    pub text: SafeText,
}

/// The hint line: what works here and now, the most used first.
#[must_use]
pub fn hints(state: &State) -> Vec<Hint> {
    order(state).iter().filter_map(|&command| hint(state, command)).collect()
}

/// Which commands the hint line shows, by the place that has the focus.
fn order(state: &State) -> &'static [Command] {
    use Command as C;
    match state.desk.focus {
        _ if state.view == View::Log => &[
            C::Open,
            C::LogJump,
            C::Undo,
            C::LogRetry,
            C::LogDiscard,
            C::LogNote,
            C::Filter,
            C::PaneNext,
            C::Back,
            C::ViewDesk,
            C::Help,
            C::Quit,
        ],
        _ if state.desk.full => &[
            C::Accept,
            C::Reject,
            C::Undo,
            C::Redo,
            C::Repeat,
            C::Aside,
            C::ReaderNext,
            C::ReaderPrevious,
            C::PaneRight,
            C::ReaderScroll,
            C::SearchNext,
            C::Brief,
            C::Ask,
            C::Comments,
            C::Diff,
            C::Alike,
            C::Evaluate,
            C::Assets,
            C::AcceptWithNote,
            C::Filter,
            C::Back,
            C::CopyLink,
            C::Browse,
            C::Help,
            C::Quit,
        ],
        Pane::Pending => &[
            C::Accept,
            C::Reject,
            C::Undo,
            C::Redo,
            C::Repeat,
            C::Mark,
            C::ClearMarks,
            C::Filter,
            C::MarkAlike,
            C::MarkAll,
            C::Views,
            C::Open,
            C::Back,
            C::Brief,
            C::Evaluate,
            C::AcceptWithNote,
            C::CopyLink,
            C::Browse,
            C::PaneNext,
            C::Help,
            C::Quit,
        ],
        Pane::Entry => &[
            C::Accept,
            C::Reject,
            C::Undo,
            C::Redo,
            C::Repeat,
            C::Aside,
            C::Filter,
            C::Views,
            C::Open,
            C::Back,
            C::Brief,
            C::Ask,
            C::Comments,
            C::Diff,
            C::Alike,
            C::Evaluate,
            C::Assets,
            C::AcceptWithNote,
            C::CopyLink,
            C::Browse,
            C::PaneNext,
            C::ViewLog,
            C::Help,
            C::Quit,
        ],
        Pane::Items => &[
            C::Open,
            C::ItemDone,
            C::ItemSkipped,
            C::ItemPending,
            C::ItemInProgress,
            C::ItemComplete,
            C::ItemRescore,
            C::MarkItem,
            C::ClearMarks,
            C::Undo,
            C::Redo,
            C::Back,
            C::PaneNext,
            C::Help,
            C::Quit,
        ],
        Pane::Quests => {
            &[C::Open, C::Back, C::PaneNext, C::Undo, C::Redo, C::Filter, C::Refresh, C::Help, C::Quit]
        }
    }
}

fn hint(state: &State, command: Command) -> Option<Hint> {
    applies(state, command).ok()?;
    let key = state.keymap.keys_of(command).first()?;
    let elsewhere = state.desk.queue.cursor().is_some_and(|entry| state.elsewhere.on(entry).is_some());
    let marked = state.marked();
    let text = match command {
        Command::Accept | Command::AcceptWithNote | Command::Reject | Command::Repeat if elsewhere => {
            return None;
        }
        Command::Aside if state.desk.queue.shows_aside() => Some("bring back".into()),
        Command::Accept | Command::Reject | Command::Evaluate | Command::Aside if marked > 0 => {
            Some(SafeText::line(&format!("{} {} marked", command.row().title, cells::count(marked as u64))))
        }
        Command::Accept => decide::cost_line(state),
        Command::Repeat => decide::repeat_line(state),
        Command::Undo if state.aside_to_undo().is_some() => Some("undo aside".into()),
        Command::Filter if state.desk.full => Some("find".into()),
        Command::PaneRight if state.desk.full => Some("move tables".into()),
        Command::Undo => {
            let words = decide::undo_words(&state.to_take_back())?;
            // Where `.` tells the same reason, telling it twice would only push out other keys.
            let told =
                applies(state, Command::Repeat).is_ok() && decide::repeat_line(state) == Some(words.clone());
            (!told).then(|| SafeText::line(&format!("undo {words}")))
        }
        Command::LogRetry if state.log.under_cursor().is_some_and(is_rejected) => {
            Some("accept instead".into())
        }
        Command::Open if state.view == View::Log => {
            let conflict =
                state.log.under_cursor().is_some_and(|row| matches!(row.stage, Stage::Conflict(_)));
            Some(if conflict { "both sides".into() } else { "go there".into() })
        }
        Command::LogJump
            if state.log.under_cursor().is_none_or(|row| !matches!(row.stage, Stage::Conflict(_))) =>
        {
            return None;
        }
        Command::Redo if !state.decisions.can_redo() => return None,
        _ => None,
    };
    let text = text.unwrap_or_else(|| command.row().title.into());
    Some(Hint { keys: SafeText::line(&key.to_string()), text })
}
