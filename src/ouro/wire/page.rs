//! Pages of rows (contract, 2.5).

use serde_json::value::RawValue;

use super::fields::as_list;
use crate::ouro::answer::Envelope;
use crate::ouro::{ErrorKind, OuroError};

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows that could be read, in the server's order.
    pub rows: Vec<T>,
    /// Rows that could not be read at all, or are of another kind: skipped.
    pub unreadable: usize,
    /// Whether there is a next page.
    pub has_more: bool,
    /// How many rows there are in all, if the server says so.
    pub total: Option<u32>,
}

impl<T> Page<T> {
    /// How many rows the server sent: what the next page's offset grows by.
    #[must_use]
    pub fn received(&self) -> u32 {
        u32::try_from(self.rows.len() + self.unreadable).unwrap_or(u32::MAX)
    }
}

/// Reads a page row by row.
pub(in crate::ouro) fn page<T>(
    envelope: &Envelope<'_>,
    read: impl Fn(&RawValue) -> Option<T>,
) -> Result<Page<T>, OuroError> {
    let (rows, unreadable) = rows(envelope, read)?;
    let paging = envelope.fields.object("pagination").unwrap_or_default();
    // A page without any row has no next one, whatever it says: asking on would never end.
    let received = rows.len() + unreadable;
    Ok(Page {
        has_more: received > 0 && paging.truth("hasMore").unwrap_or(false),
        total: paging.int("total").and_then(|total| u32::try_from(total).ok()),
        rows,
        unreadable,
    })
}

/// The rows in `data` that can be read, and how many cannot.
pub(super) fn rows<T>(
    envelope: &Envelope<'_>,
    read: impl Fn(&RawValue) -> Option<T>,
) -> Result<(Vec<T>, usize), OuroError> {
    let raw = as_list(envelope.data()?)
        .ok_or_else(|| OuroError::new(ErrorKind::Garbled, "the answer's data is no list"))?;
    let sent = raw.len();
    let rows: Vec<T> = raw.into_iter().filter_map(read).collect();
    let unreadable = sent - rows.len();
    if unreadable > 0 {
        tracing::warn!(unreadable, sent, "rows of a list could not be read");
    }
    Ok((rows, unreadable))
}
