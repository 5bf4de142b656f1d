//! The Ouro HTTP API: the only place that speaks HTTP outward.
//!
//! - [`BaseUrl`], [`Settings`]: where the server is and who we are (`address`, `settings`).
//! - `session`: the API key becomes a short-lived token; one exchange at a time, shared by all who wait for it.
//! - `transport`: one request, one bounded answer; counts every request. `caller`: with a token, in an organization.
//! - `error`, `refusal`: every way in which a call can fail, as one [`OuroError`], and what that says about a write
//!   ([`Fate`]).
//! - `wire`, `richtext`: lenient reading of JSON into [`crate::domain`] types. Foreign text becomes
//!   [`crate::domain::SafeText`] here and nowhere later.
//! - [`Client`]: the calls; those about assets in `assets`, those that run evaluations in `evals`. `bytes`: what lies behind a signed address, bounded.
//!
//! It must never: retry a write on its own (except after a 401, which proves that nothing was done), follow a
//! redirect of the API, log a body, a key, a token or a signed address, or call anything that spends money other than a review, a
//! completion or runs of an evaluation that it was asked for.

mod address;
mod answer;
mod arguments;
mod assets;
mod bytes;
mod caller;
mod client;
mod discussion;
mod error;
mod evals;
mod refusal;
mod richtext;
mod session;
mod settings;
mod transport;
mod wire;

pub use address::{BaseUrl, BaseUrlError};
pub use arguments::{EntryFilter, QuestScope, ReviewVerdict};
pub use assets::{DatasetRows, ROWS_PAGE};
pub use bytes::{Download, Fetched, SignedUrl};
pub use client::Client;
pub use discussion::{COMMENTS_PAGE, Signed};
pub use error::{ErrorKind, Fate, OuroError, Why};
pub use session::KeyInfo;
pub use settings::{OrgRef, Settings, Timeouts};
pub use wire::{Balance, Balances, Entry, ItemDetail, Memberships, OrgRole, Page, QuestDetail, TeamRole};
pub use wire::{ColumnType, DataRow, DatasetSize, Value};
