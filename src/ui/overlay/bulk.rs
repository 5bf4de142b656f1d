//! The sheet before a decision on many: how many of what, what it pays and whether that is there, what is left out,
//! what was never opened, the words as they will be sent, and what has to be typed. While an unopened entry is read
//! there is one line at the bottom instead.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use crate::app::State;
use crate::app::bulk::What;
use crate::app::bulk::plan::{Preview, Shown, Sum, ToType};
use crate::app::decide::bare;
use crate::app::overlay::bulk::{Bulk, Paging};
use crate::domain::{Currency, SafeText};

use super::super::cells::{self, Pen};
use super::super::theme::Look;
use super::confirm::fact;
use super::sheet::{Row, Sheet};

/// Quests and people that are named; the others are counted.
const NAMED: usize = 4;

/// Draws it.
pub(super) fn draw(state: &State, bulk: &Bulk, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    match bulk.paging {
        Some(paging) => line(bulk, paging, look, screen, buffer),
        None => sheet(state, bulk, look, screen, buffer),
    }
}

/// What stands at the bottom while an unopened entry is read.
fn line(bulk: &Bulk, paging: Paging, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let area = Rect { y: screen.bottom().saturating_sub(1), height: screen.height.min(1), ..screen };
    Clear.render(area, buffer);
    let mut pen = Pen::new(buffer, area, look.marks.ellipsis);
    let place =
        format!("unopened {} of {}  ", paging.place + 1, cells::count(bulk.plan.unopened.len() as u64));
    let mut pieces = vec![Span::styled(place, look.theme.warn)];
    for (key, what) in [("n", "next"), ("Space", "scrolls"), ("Enter", "back to the sheet")] {
        pieces.push(Span::styled(key, look.theme.key));
        pieces.push(Span::styled(format!(" {what}  "), look.theme.text));
    }
    pen.pieces(1, 0, area.width.saturating_sub(2), &pieces);
    (area.x + 1, area.y)
}

fn sheet(state: &State, bulk: &Bulk, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let plan = &bulk.plan;
    let count = plan.taken.len();
    let title =
        capital(&format!("{} {} {}?", bulk.what.verb(), cells::count(count as u64), bulk.what.things(count)));
    let mut rows = vec![fact("of", of(state, bulk), look)];
    if plan.runs.all > 0 {
        rows.extend(runs(state, bulk, look));
    } else {
        rows.extend(pays(state, bulk, look));
    }
    rows.extend(plan.ends.iter().map(|end| warn(end.to_string(), look)));
    rows.extend(plan.previews.iter().map(|preview| words(preview, look)));
    if !plan.unopened.is_empty() {
        let unopened = plan.unopened.len();
        let text = format!(
            "{} of {} {} never opened: n shows {}",
            cells::count(unopened as u64),
            cells::count(count as u64),
            if unopened == 1 { "was" } else { "were" },
            if unopened == 1 { "it" } else { "them" },
        );
        rows.push(warn(text, look).must());
    }
    if plan.unlisted > 0 {
        rows.push(warn(format!("{} are not in this list now", cells::count(plan.unlisted.into())), look));
    }
    for left in &plan.left_out {
        let text = format!("left out {}: {}", cells::count(left.subjects.len() as u64), left.why);
        rows.push(warn(text, look));
    }
    let field = rows.len() + 1;
    let column = type_rows(bulk, look, &mut rows);
    let does = format!("{} {}", bulk.what.verb(), cells::count(count as u64));
    let enter = if plan.to_type.is_empty() { "Enter/y" } else { "Enter" };
    let mut keys: Vec<(&str, &str)> = vec![(enter, &does)];
    if !plan.unopened.is_empty() {
        keys.push(("n", "next unopened"));
    }
    keys.push(("Esc", "goes back"));
    let sheet = Sheet { titles: &[&title], width: 72, rows, keys: &keys };
    let placed = sheet.draw(look, screen, buffer);
    let y = placed.begins.get(field).copied().flatten().unwrap_or(0);
    let x = column.unwrap_or(0) as u16;
    (placed.inner.x + 1 + x, placed.inner.y + y)
}

/// What a decision on entries pays, and to whom.
fn pays(state: &State, bulk: &Bulk, look: &Look) -> Vec<Row> {
    let plan = &bulk.plan;
    let mut rows: Vec<Row> = plan.sums.iter().flat_map(|sum| sum_rows(state, sum, look)).collect();
    if plan.xp > 0 {
        rows.push(fact("awards", format!("{} xp", cells::count(plan.xp.unsigned_abs())), look));
    }
    if !plan.sums.is_empty() || plan.xp > 0 {
        rows.push(fact("to", people(state, bulk), look).minor());
    } else if plan.ends.is_empty() {
        rows.push(fact("pays", "nothing".to_owned(), look).minor());
    }
    rows
}

/// Runs of evaluations: how many, what they cost in each currency and for how many that is not known, what may come
/// of them.
fn runs(state: &State, bulk: &Bulk, look: &Look) -> Vec<Row> {
    let runs = &bulk.plan.runs;
    let again = matches!(bulk.what, What::Rescore);
    let of = if again { ": all entries that are pending or accepted" } else { "" };
    let mut rows = vec![warn(format!("{}, paid by you{of}", run_count(runs.all)), look).must()];
    for sum in &bulk.plan.sums {
        let text = format!("{} for {}, the server says", sum.gross, run_count(sum.count));
        rows.push(fact("costs", text, look).must());
        rows.extend(money_rows(state, sum, look));
    }
    if let Some(price) = runs.over_cap {
        rows.push(warn(format!("{price} a run is above your cap for one entry"), look).must());
    }
    if runs.free > 0 {
        let text = format!("nothing for {}, the server says", run_count(runs.free));
        rows.push(fact("costs", text, look));
    }
    if runs.asking > 0 {
        rows.push(warn(format!("asking the server what {} cost …", run_count(runs.asking)), look).must());
    }
    for (why, count) in &runs.unknown {
        rows.push(warn(format!("not known what {} cost: {why}", run_count(*count)), look).must());
    }
    if again {
        let text = "only scores change: nothing is decided, nobody is paid";
        rows.push(fact("then", text.to_owned(), look));
    } else {
        let brings: Vec<String> = runs.may_pay.iter().map(ToString::to_string).collect();
        let pays = if brings.is_empty() {
            String::new()
        } else {
            format!(": {} besides, were all accepted", brings.join(", "))
        };
        rows.push(warn(format!("results may decide the entries{pays}"), look));
    }
    rows
}

/// `1 run`, `1,200 runs`.
fn run_count(runs: u32) -> String {
    format!("{} {}", cells::count(runs.into()), if runs == 1 { "run" } else { "runs" })
}

/// What is to be typed, as a field below a blank line. Returns the column behind what was typed.
fn type_rows(bulk: &Bulk, look: &Look, rows: &mut Vec<Row>) -> Option<usize> {
    let (to_type, typed) = bulk.field()?;
    // Where several are typed one after the other, the next one is no surprise.
    let of = match bulk.plan.to_type.len() {
        all @ 2.. => format!(", {} of {all}", bulk.typed.len().max(1)),
        _ => String::new(),
    };
    let (before, after) = match to_type {
        ToType::Runs(_) => (format!("type the number of runs{of}: "), String::new()),
        ToType::Total(total) => match total.currency {
            Currency::Usd => (format!("type the total{of}: $"), String::new()),
            Currency::Btc => (format!("type the total{of}: "), " sat".to_owned()),
            Currency::Other(_) => (format!("type the total{of}: "), format!(" {}", total.currency.code())),
        },
    };
    let column = cells::width(&before) + cells::width(typed);
    rows.push(Row::blank());
    rows.push(
        Row::pieces(
            vec![
                Span::styled(before, look.theme.key),
                Span::styled(typed.to_owned(), look.theme.strong),
                Span::styled(format!("_{after}"), look.theme.dim),
            ],
            0,
        )
        .field(),
    );
    Some(column)
}

/// `137 of 3 items: Curie sweep 120, Band gaps 17`.
fn of(state: &State, bulk: &Bulk) -> String {
    let plan = &bulk.plan;
    let quests = plan.by_quest.iter().map(|(quest, count)| {
        let name = state.desk.quest(*quest).map_or("a quest", |quest| quest.name.as_str());
        format!("{} {}", SafeText::line(name), cells::count((*count).into()))
    });
    let named = listed(quests, ("other quest", "other quests"));
    if matches!(bulk.what, What::Items(_) | What::Rescore) {
        return match plan.taken.as_slice() {
            [one] => format!("{}, {named}", one.label),
            _ => named,
        };
    }
    let people = plan.people.len();
    format!(
        "{named}; {} {}, {} {}",
        cells::count(plan.items as u64),
        if plan.items == 1 { "item" } else { "items" },
        cells::count(people as u64),
        if people == 1 { "contributor" } else { "contributors" }
    )
}

fn people(state: &State, bulk: &Bulk) -> String {
    let people = bulk
        .plan
        .people
        .iter()
        .map(|(person, count)| format!("{} {}", state.name_of(*person), cells::count((*count).into())));
    listed(people, ("other", "others"))
}

/// The first few by name, the rest as a number.
fn listed(all: impl ExactSizeIterator<Item = String>, (one, many): (&str, &str)) -> String {
    let more = all.len().saturating_sub(NAMED);
    let text = all.take(NAMED).collect::<Vec<_>>().join(", ");
    match more {
        0 => text,
        1 => format!("{text} and 1 {one}"),
        more => format!("{text} and {} {many}", cells::count(more as u64)),
    }
}

/// What one currency comes to: what leaves, what the platform keeps, whether it is there, what was agreed on.
fn sum_rows(state: &State, sum: &Sum, look: &Look) -> Vec<Row> {
    let entries =
        format!("{} {}", cells::count(sum.count.into()), if sum.count == 1 { "entry" } else { "entries" });
    let fee = match sum.fee {
        Some(fee) => {
            format!("{} net, fee {}", bare(sum.gross.with(sum.gross.amount - fee.amount)), bare(fee))
        }
        None => "fee unknown".to_owned(),
    };
    let row = fact("pays", format!("{} for {entries} ({fee})", sum.gross), look).must();
    std::iter::once(row).chain(money_rows(state, sum, look)).collect()
}

/// Whether a sum is there, and what was agreed on.
fn money_rows(state: &State, sum: &Sum, look: &Look) -> Vec<Row> {
    let mut rows = Vec::new();
    let wallet = state.shell.wallet.iter().find(|balance| balance.currency() == sum.gross.currency);
    match (wallet, sum.short) {
        (Some(wallet), Some(short)) => rows.push(
            warn(
                format!(
                    "the wallet lacks {short}: {} reserved, {} available",
                    wallet.escrowed, wallet.available
                ),
                look,
            )
            .must(),
        ),
        (Some(wallet), None) => {
            let text = format!("suffices: {} reserved, {} available", wallet.escrowed, wallet.available);
            rows.push(fact("wallet", text, look).minor());
        }
        (None, _) => rows.push(fact("wallet", "not known".to_owned(), look).minor()),
    }
    match sum.beyond {
        Some((Some(agreed), after)) => {
            rows.push(warn(format!("beyond the {agreed} agreed on: raises it to {after}"), look).must());
        }
        Some((None, after)) => {
            rows.push(fact("session", format!("agrees to pay up to {after}"), look).must());
        }
        None => {}
    }
    rows
}

/// Words as they will be sent.
fn words(preview: &Preview, look: &Look) -> Row {
    let text = SafeText::line(preview.words.as_str());
    match preview.shown {
        Shown::All => fact("says", text.to_string(), look),
        Shown::First => fact("first", format!("{}: {text}", preview.label), look),
        Shown::Longest => fact("longest", format!("{}: {text}", preview.label), look).minor(),
        Shown::Odd => fact("odd", format!("{}: {text}", preview.label), look).minor(),
    }
}

fn warn(text: String, look: &Look) -> Row {
    let pieces = vec![
        Span::styled(format!("{} ", look.marks.warn), look.theme.warn),
        Span::styled(text, look.theme.warn),
    ];
    Row::pieces(pieces, 2)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
