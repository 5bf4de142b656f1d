//! Questdesk: the terminal review desk for *quests on Ouro*.
//!
//! A quest is a team's request for help, broken into items; contributors submit entries (assets and a rich
//! description) to an item; owners accept or reject them, and accepting pays sats, cents or XP.
//!
//! # The map
//!
//! Three vocabularies, all plain data: a **Command** is what the user means, **News** is a fact from elsewhere,
//! an **Effect** is something to be done. Data flows one way:
//!
//! ```text
//!  keys ─ term/input ─┐                                      ┌─▶ ui::draw(&state) ─▶ term/output (writer thread)
//!  News ─ sync, store ┼─▶ inbox ─▶ app::update(state, message, now) ─▶ state
//!  signals ───────────┘                    │ effects
//!                                          ▼
//!                                run::perform ─▶ store (decisions, cache: own thread) · sync (tokio) ─▶ ouro ─HTTP─▶ Ouro or backend
//! ```
//!
//! - [`domain`]: quests, items, entries, money, text: plain data and its rules. [`domain::decision`] is the life of a
//!   decision as one pure step, used alike by the screen, the store and the sender.
//! - [`app`]: pure. The state, the commands and how they change it. No I/O, no clock.
//! - [`ui`]: pure. The state and a size, to cells. Never changes anything.
//! - [`run`]: the imperative shell: the loop (inbox → update → perform → draw) and the performer of effects.
//! - [`term`]: the terminal: entering and leaving it once, bytes to keys, frames and pictures to bytes, signals.
//! - [`sync`]: the tokio task that owns all HTTP of the desk: what to fetch when (pure), the engine, the sender of
//!   decisions, the read-back of unknown ones.
//! - [`store`]: the state database on its own thread: cached snapshot, outbox of decisions, drafts, what is put aside.
//! - [`ouro`]: the Ouro HTTP API: session, client, wire types, pages, errors.
//! - [`backend`]: the local backend: an HTTP server that keeps the rules of quests, for the demo, tests, rehearsals.
//!   It may call the evaluation routes that the user names with `--eval-route`.
//! - [`preview`]: bytes of submitted files to what is shown of them, in a process of its own with limits.
//! - [`config`]: file, environment and flags into one checked [`config::Config`]: keys are read by [`app::keymap`],
//!   views and `--filter` by [`app::queue::filter`], so that every mistake is told at once, before the desk opens.
//! - [`cli`]: arguments, one file per subcommand, and the only code that prints (at the end of a session, [`term::say`] does).
//! - [`clock`]: the one place that reads the time, which within a program never leaps and never goes back.
//!
//! The program (`main.rs`) only calls [`cli::run`]. Each `mod.rs` begins with what its folder does and must never do.
//!
//! Beside the library: `tests/desk_keys` (keys to screens, as text and styles), `tests/pty` (the real program in a
//! terminal), `tests/sync_engine` and `tests/client_wire` (against servers that fail on demand), `tests/sync_backend` and
//! `tests/backend_rules` (with our own backend), `tests/store_suite` (kills and damage), `tests/official` (the official
//! clients), and `benches` (what is measured, and nothing is tested).
//!
//! # Rules that keep it simple
//!
//! - `app::update` is the only writer of the state. `app`, `ui` and `domain` do no I/O and read no clock (a test in
//!   `tests/purity.rs` holds them to it); time comes in with each message.
//! - Drawing never blocks input: one frame is in flight, a writer thread waits for the terminal to take what it does not
//!   take at once, and frames are skipped while it is busy.
//! - No ticks: the loop sleeps until the next deadline that is derived from the state.
//! - A decision is on disk before the screen says it is held; the store thread alone moves decisions on.
//! - Only `ouro` speaks HTTP outward (and `backend`, to evaluation routes its user named).
//! - Only `store` and `backend` touch SQLite.
//! - Text from the network becomes [`domain::SafeText`] at the edge; nothing else is drawn, printed or logged.
//! - Any panic in any thread gives the terminal back and ends the process: decisions are durable.

pub mod app;
pub mod backend;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod ouro;
pub mod preview;
pub mod run;
pub mod store;
pub mod sync;
pub mod term;
pub mod ui;
