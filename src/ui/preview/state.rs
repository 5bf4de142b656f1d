//! Words for assets of which nothing is shown, and why.

use crate::domain::{SafeText, Shown};
use crate::ui::facts;
use crate::ui::theme::Look;

/// What is said instead of a preview; nothing of an asset that has one.
#[must_use]
pub fn words(shown: &Shown, look: &Look) -> SafeText {
    match shown {
        Shown::Preview(_) => SafeText::default(),
        Shown::Closed => "You can't see it: it is private, or gone.".into(),
        Shown::OnDemand => "A picture: it is fetched when you open it.".into(),
        Shown::PutAway => {
            "It was put away to make room for others: it is read again when you open it.".into()
        }
        Shown::TooBig { limit } => SafeText::line(&format!(
            "Too large to be shown here: more than {}. It can be saved.",
            facts::size(*limit)
        )),
        Shown::Nothing => "There is nothing of it that a terminal can show.".into(),
        Shown::Failed(why) => SafeText::line(&format!("{} {why}", look.marks.warn)),
    }
}
