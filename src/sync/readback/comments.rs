//! Whether a comment of ours was written: there is no call that says so, but it stands in its thread, under our name.

use std::collections::HashSet;

use super::{Search, Sought, Wanted};
use crate::domain::decision::Found;
use crate::domain::{AssetId, says_the_same};
use crate::ouro::{COMMENTS_PAGE, OuroError};

/// Pages of a thread that are read at the most: a server that never says where it ends is not read for ever.
const PAGES: u32 = 100;

/// Comments whose whole text is asked for at the most.
const OPENED: u32 = 50;

impl Search {
    /// Looks for our comments by their text, on what they were to be written on.
    pub(super) async fn comments(&mut self, wanted: &[Wanted]) -> Result<(), OuroError> {
        for wanted in wanted {
            let Some(sought) = &wanted.comment else { continue };
            let found = match self.has_comment(sought).await? {
                Some(true) => Found::Comment,
                Some(false) => Found::Open,
                None => Found::Unseen,
            };
            self.found.insert(wanted.id, (found, None));
        }
        Ok(())
    }

    /// Whether a comment of ours with this text is there that is not older than what was sent; `None` where the thread
    /// can't be read to its end.
    async fn has_comment(&mut self, sought: &Sought) -> Result<Option<bool>, OuroError> {
        // An older one with the same words is no proof.
        let since = self.by_server_clock(sought.made_at);
        let (mut seen, mut opened, mut offset) = (HashSet::<AssetId>::new(), 0, 0);
        for _ in 0..PAGES {
            self.requests += 1;
            let page = self.client.comments(sought.about, offset).await?;
            offset = offset.saturating_add(page.received().min(COMMENTS_PAGE));
            let before = seen.len();
            for (comment, _) in page.rows {
                let is_new = seen.insert(comment.id);
                if !is_new || self.me.is_some_and(|me| me != comment.author) || comment.created_at < since {
                    continue;
                }
                if says_the_same(comment.text.as_str(), sought.text.as_str()) {
                    return Ok(Some(true));
                }
                if opened == OPENED {
                    return Ok(None);
                }
                // A list may shorten a text without saying so.
                opened += 1;
                self.requests += 1;
                let (whole, _) = self.client.comment(comment.id, sought.about).await?;
                if says_the_same(whole.text.as_str(), sought.text.as_str()) {
                    return Ok(Some(true));
                }
            }
            if !page.has_more {
                return Ok(Some(false));
            }
            if seen.len() == before && page.unreadable == 0 {
                // The same page again: there is no getting on.
                return Ok(None);
            }
        }
        Ok(None)
    }
}
