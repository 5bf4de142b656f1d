//! People as they are shown: the name, and a mark or a word where it is a program.

use crate::app::State;
use crate::domain::UserId;

use super::cells;
use super::theme::Look;

/// A contributor or reviewer, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    /// The user name; the first digits of the id while the name is not known.
    pub(super) name: String,
    /// Whether it is a program.
    pub(super) agent: bool,
}

impl Who {
    /// The person with this id.
    #[must_use]
    pub(super) fn of(state: &State, user: UserId) -> Self {
        state.desk.person(user).map_or_else(
            || Self { name: state.name_of(user).to_string(), agent: false },
            |person| Self { name: person.username.to_string(), agent: person.is_agent },
        )
    }

    /// `bot-7 ⚙`, in so many columns at the most; the mark is never cut off.
    #[must_use]
    pub(super) fn fitted(&self, columns: usize, look: &Look) -> String {
        let mark = match (self.agent, look.plain) {
            (false, _) => String::new(),
            (true, true) if columns >= 14 => " (agent)".to_owned(),
            (true, true) => format!(" ({})", look.marks.agent),
            (true, false) => format!(" {}", look.marks.agent),
        };
        let room = columns.saturating_sub(cells::width(&mark));
        format!("{}{mark}", cells::fit(&self.name, room, look.marks.ellipsis))
    }
}
