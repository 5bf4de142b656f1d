//! The calls about comments and about runs.

use serde_json::json;

use super::client::Client;
use super::transport::{Call, Verb};
use super::wire::{self, Page};
use super::{ErrorKind, OuroError};
use crate::domain::{ActionId, AssetId, Comment, LogLine, Person, Run, SubmissionKey};

/// Comments that a page holds at most: what the server gives (contract, 2.5).
pub const COMMENTS_PAGE: u32 = 200;

/// Lines of a log that are read.
const LOG_LINES: u32 = 100;

/// A comment, and its author's profile if the server sent it along.
pub type Signed = (Comment, Option<Person>);

impl Client {
    /// A page of the comments on an asset or of the answers to a comment, oldest first. Long ones may be shortened.
    pub async fn comments(&self, about: AssetId, offset: u32) -> Result<Page<Signed>, OuroError> {
        let call = Call::get(&["assets", &about.to_string(), "comments"])
            .with("limit", &COMMENTS_PAGE)
            .with("offset", &offset);
        let answer = self.ask(&call).await?;
        wire::page(&answer.open()?, |row| wire::comment(row, about)).map_err(|error| answer.signed(error))
    }

    /// A comment with its whole text.
    pub async fn comment(&self, id: AssetId, about: AssetId) -> Result<Signed, OuroError> {
        let answer = self.ask(&Call::get(&["comments", &id.to_string()])).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no comment"));
        let data = answer.open()?.data().map_err(|error| answer.signed(error))?;
        wire::comment(data, about).filter(|(found, _)| found.id == id).ok_or_else(garbled)
    }

    /// Writes a comment. Never repeat it unread: each call may write another one.
    pub async fn write_comment(&self, about: AssetId, text: &str) -> Result<Comment, OuroError> {
        let body = json!({
            "comment": {
                "parent_id": about.to_string(), "asset_type": "comment", "source": "api",
                "attribution": {"originality": "original"},
            },
            "content": text,
        });
        let answer = self.ask(&Call::write(Verb::Post, &["comments", "create"], body.to_string())).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no comment"));
        let data = answer.open()?.data().map_err(|error| answer.signed(error))?;
        wire::comment(data, about).map(|(comment, _)| comment).ok_or_else(garbled)
    }

    /// A run with the end of its log, two requests. A log that can't be read is none.
    pub async fn run(&self, id: ActionId) -> Result<Run, OuroError> {
        let answer = self.ask(&Call::get(&["actions", &id.to_string()])).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no run"));
        let data = answer.open()?.data().map_err(|error| answer.signed(error))?;
        let run = wire::run(data, id).ok_or_else(garbled)?;
        let log = self.log(id).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the log of a run could not be read");
            Page { rows: Vec::new(), unreadable: 0, has_more: false, total: None }
        });
        let mut lines = log.rows;
        lines.reverse();
        Ok(Run { log: lines, cut: log.has_more, ..run })
    }

    /// What a route takes.
    pub async fn route_inputs(&self, id: AssetId) -> Result<Vec<SubmissionKey>, OuroError> {
        let answer = self.ask(&Call::get(&["routes", &id.to_string()])).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no route"));
        let data = answer.open()?.data().map_err(|error| answer.signed(error))?;
        wire::route_inputs(data).ok_or_else(garbled)
    }

    /// The last lines of a run's log, newest first.
    async fn log(&self, id: ActionId) -> Result<Page<LogLine>, OuroError> {
        let call = Call::get(&["actions", &id.to_string(), "logs"])
            .with("limit", &LOG_LINES)
            .with("offset", &0)
            .with("sort_order", &"desc");
        let answer = self.ask(&call).await?;
        wire::page(&answer.open()?, wire::log_line).map_err(|error| answer.signed(error))
    }
}
