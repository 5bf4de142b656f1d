//! The reader's page: everything of an entry that scrolls, as lines of a given width. Pure; whoever shows it keeps
//! the lines for as long as the entry, its version, the width and the look are the same. No ages stand in it, so that
//! time never makes it stale.

use ratatui::text::{Line, Span};

use crate::domain::{AssetSlot, EntryBody, Item, Review, SafeText, SubmissionKey};

use super::cells;
use super::facts::{self, Fact};
use super::markdown;
use super::theme::Look;
use super::wrap::{Breaking, wrap};

/// A page has at most so many lines; what is left out is said.
pub const MAX_LINES: usize = 20_000;

/// Columns at the most for names that stand in front of values.
const NAMES: usize = 16;

/// What is read of an entry.
#[derive(Debug, Clone, Copy)]
pub struct PageInput<'a> {
    /// The entry.
    pub body: &'a EntryBody,
    /// Its item, if it has one and it was read.
    pub item: Option<&'a Item>,
    /// The item's brief, if it is to be shown; empty if it has none.
    pub brief: Option<&'a SafeText>,
    /// Who decided on it, if somebody did.
    pub reviewer: Option<&'a SafeText>,
}

/// The page, wrapped to `width` columns.
#[must_use]
pub fn render(input: &PageInput<'_>, width: u16, look: &Look) -> Vec<Line<'static>> {
    let mut page = Page { lines: Vec::new(), width: usize::from(width.max(1)), look };
    if let Some(brief) = input.brief {
        page.section("the item's brief");
        page.markdown(brief, "This item has no brief.");
    }
    if let Some(review) = &input.body.review {
        page.review(review, input.reviewer);
    }
    if !input.body.categories.is_empty() {
        page.section("evaluation");
        let scores: Vec<_> = input.body.categories.iter().map(|(name, value)| (name, score(value))).collect();
        page.pairs(scores.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    }
    page.signals(&input.body.signals);
    page.assets(&input.body.assets, input.item.map_or(&[], |item| &item.keys));
    page.section("description");
    page.markdown(&input.body.description, "No description was written.");
    page.close()
}

/// A number as scores are written everywhere, so that they can be compared; else as it came.
fn score(value: &SafeText) -> String {
    let number = value.as_str().parse::<f64>().ok().filter(|number| number.is_finite());
    number.filter(|_| value.as_str().contains('.')).map_or_else(|| value.as_str().to_owned(), cells::score)
}

struct Page<'l> {
    lines: Vec<Line<'static>>,
    width: usize,
    look: &'l Look,
}

impl Page<'_> {
    /// A heading with a rule: `─ signals ─────`.
    fn section(&mut self, title: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        if self.look.plain {
            self.lines.push(Line::styled(format!("{title}:"), self.look.theme.heading));
            return;
        }
        let rule = self.look.marks.rule;
        let title = cells::fit(title, self.width.saturating_sub(4), self.look.marks.ellipsis).into_owned();
        let rest = self.width.saturating_sub(cells::width(&title) + 3);
        self.lines.push(Line::from(vec![
            Span::styled(format!("{rule} "), self.look.theme.border),
            Span::styled(title, self.look.theme.strong),
            Span::styled(format!(" {}", rule.repeat(rest)), self.look.theme.border),
        ]));
    }

    fn markdown(&mut self, text: &SafeText, if_empty: &'static str) {
        if text.as_str().trim().is_empty() {
            self.lines.push(Line::styled(if_empty, self.look.theme.dim));
        } else {
            markdown::render(text, self.width, self.look, MAX_LINES, &mut self.lines);
        }
    }

    fn wrapped(&mut self, line: &Line<'_>, hanging: usize) {
        wrap(line, Breaking { width: self.width, hanging, exact: false }, MAX_LINES, &mut self.lines);
    }

    /// Names and values, the values below each other.
    fn pairs<'t>(&mut self, pairs: impl Iterator<Item = (&'t str, &'t str)> + Clone) {
        let names = pairs.clone().map(|(name, _)| cells::width(name)).max().unwrap_or(0).min(NAMES);
        for (name, value) in pairs {
            let name = cells::fit(name, names, self.look.marks.ellipsis);
            let blanks = " ".repeat(names - cells::width(&name).min(names) + 2);
            let line = Line::from(vec![
                Span::styled(name.into_owned(), self.look.theme.dim),
                Span::raw(blanks),
                Span::styled(value.to_owned(), self.look.theme.text),
            ]);
            self.wrapped(&line, names + 2);
        }
    }

    /// Facts the backend computed, one group a line: `data  run7.csv · 88 rows`.
    fn signals(&mut self, signals: &[(SafeText, SafeText, SafeText)]) {
        if signals.is_empty() {
            return;
        }
        self.section("signals");
        let groups: Vec<_> = signals.chunk_by(|one, next| one.0 == next.0).collect();
        let widths =
            groups.iter().filter_map(|group| group.first()).map(|(group, _, _)| cells::width(group.as_str()));
        let names = widths.max().unwrap_or(0).min(NAMES);
        for group in groups {
            let Some((title, _, _)) = group.first() else { continue };
            let title = cells::fit(title.as_str(), names, self.look.marks.ellipsis);
            let blanks = " ".repeat(names - cells::width(&title).min(names) + 2);
            let mut spans = vec![Span::styled(title.into_owned(), self.look.theme.strong), Span::raw(blanks)];
            for (position, Fact { name, value }) in facts::of_group(group).into_iter().enumerate() {
                if position > 0 {
                    let dot = format!("\u{a0}{} ", self.look.marks.dot);
                    spans.push(Span::styled(dot, self.look.theme.dim));
                }
                if !name.is_empty() {
                    spans.push(Span::styled(format!("{name} "), self.look.theme.dim));
                }
                // A number stays with what it counts.
                let counts = name.is_empty() && value.starts_with(|sign: char| sign.is_ascii_digit());
                let value = if counts { value.replace(' ', "\u{a0}") } else { value };
                spans.push(Span::styled(value, self.look.theme.text));
            }
            self.wrapped(&Line::from(spans), names + 2);
        }
    }

    /// What was submitted under which key, with what the item calls the key; and what it asked for and is missing.
    fn assets(&mut self, assets: &[AssetSlot], keys: &[SubmissionKey]) {
        let missing: Vec<_> = keys
            .iter()
            .filter(|key| key.required && !assets.iter().any(|asset| asset.key == key.key))
            .collect();
        if assets.is_empty() && missing.is_empty() {
            return;
        }
        self.section("assets");
        let names = assets.iter().map(|asset| cells::width(asset.key.as_str())).max().unwrap_or(0).min(NAMES);
        for asset in assets {
            let key = cells::fit(asset.key.as_str(), names, self.look.marks.ellipsis);
            let blanks = " ".repeat(names - cells::width(&key).min(names) + 2);
            let mut spans = vec![Span::styled(key.into_owned(), self.look.theme.strong), Span::raw(blanks)];
            spans.push(Span::styled(format!("{}  ", asset.asset_type), self.look.theme.dim));
            match &asset.name {
                Some(name) => spans.push(Span::styled(name.to_string(), self.look.theme.text)),
                None => spans.push(Span::styled(asset.asset.to_string(), self.look.theme.dim)),
            }
            let label = keys.iter().find(|key| key.key == asset.key).and_then(|key| key.label.as_ref());
            let label = label.filter(|label| !label.as_str().eq_ignore_ascii_case(asset.key.as_str()));
            if let Some(label) = label {
                spans.push(Span::styled(format!("  ({label})"), self.look.theme.dim));
            }
            self.wrapped(&Line::from(spans), names + 2);
        }
        for key in missing {
            let text = format!("{} {} ({}) is missing", self.look.marks.warn, key.key, key.asset_type);
            self.wrapped(&Line::styled(text, self.look.theme.warn), 2);
        }
    }

    /// A decision that was made on it earlier.
    fn review(&mut self, review: &Review, reviewer: Option<&SafeText>) {
        self.section("reviewed before");
        let day: String = review.at.map(|at| at.to_string().chars().take(10).collect()).unwrap_or_default();
        let by = reviewer.map_or("by the evaluation", |_| "by");
        let who = reviewer.map_or("", SafeText::as_str);
        let words = [review.status.word(), by, who, if day.is_empty() { "" } else { "on" }, &day];
        let text = words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ");
        self.wrapped(&Line::styled(text, self.look.theme.warn), 2);
        if !review.note.is_empty() {
            self.markdown(&review.note, "");
        }
    }

    /// Ends the page, saying what had to be left out.
    fn close(mut self) -> Vec<Line<'static>> {
        if self.lines.len() >= MAX_LINES {
            self.lines.truncate(MAX_LINES - 1);
            let rest = format!(
                "{} the rest is left out: {} lines are shown (o opens it in a browser)",
                self.look.marks.ellipsis,
                cells::count(MAX_LINES as u64)
            );
            self.lines.push(Line::styled(rest, self.look.theme.warn));
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AssetId, EntryId, EntryStatus, QuestId, Timestamp, Version};
    use crate::ui::theme::ThemeName;

    fn body() -> EntryBody {
        let asset = |key: &'static str, kind: &'static str, name: Option<&'static str>| AssetSlot {
            key: key.into(),
            asset: AssetId::from_bytes([7; 16]),
            asset_type: kind.into(),
            name: name.map(Into::into),
        };
        EntryBody {
            id: EntryId::from_bytes([1; 16]),
            quest: QuestId::from_bytes([2; 16]),
            item: None,
            version: Version { updated_at: Timestamp::from_millis(0) },
            description:
                "We measured **12** samples twice.\n\n- heating at 2 K a minute, cooling at 1 K a minute"
                    .into(),
            assets: vec![asset("data", "file", Some("run7.csv")), asset("report", "post", None)],
            categories: vec![("accuracy".into(), "0.42".into()), ("completeness".into(), "0.90".into())],
            signals: vec![
                ("file".into(), "name".into(), "run7.csv".into()),
                ("file".into(), "rows".into(), "88".into()),
                ("text".into(), "words".into(), "212".into()),
            ],
            eval_action: None,
            review: None,
        }
    }

    fn text(lines: &[Line<'_>]) -> String {
        lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_page_shows_everything_by_sections() {
        let body = body();
        let page =
            render(&PageInput { body: &body, item: None, brief: None, reviewer: None }, 44, &Look::default());
        insta::assert_snapshot!(text(&page), @r"
        ─ evaluation ───────────────────────────────
        accuracy      0.42
        completeness  0.90

        ─ signals ──────────────────────────────────
        file  run7.csv · 88 rows
        text  212 words

        ─ assets ───────────────────────────────────
        data    file  run7.csv
        report  post
                07070707-0707-0707-0707-070707070707

        ─ description ──────────────────────────────
        We measured 12 samples twice.

        - heating at 2 K a minute, cooling at 1 K a
          minute
        ");
    }

    #[test]
    fn an_earlier_review_and_the_brief_come_first() {
        let mut body = body();
        body.review = Some(Review {
            status: EntryStatus::Rejected,
            reviewer: None,
            at: Timestamp::parse("2026-11-20T08:14:02Z"),
            note: "Units are missing.".into(),
        });
        let input = PageInput {
            body: &body,
            item: None,
            brief: Some(&"# Brief\n\nMeasure.".into()),
            reviewer: Some(&"ana".into()),
        };
        let page = render(&input, 40, &Look::new(ThemeName::Dark, false, false, true));
        insta::assert_snapshot!(text(&page), @r"
        the item's brief:
        # Brief

        Measure.

        reviewed before:
        rejected by ana on 2026-11-20
        Units are missing.

        evaluation:
        accuracy      0.42
        completeness  0.90

        signals:
        file  run7.csv - 88 rows
        text  212 words

        assets:
        data    file  run7.csv
        report  post
                07070707-0707-0707-0707-07070707
                0707

        description:
        We measured 12 samples twice.

        - heating at 2 K a minute, cooling at 1
          K a minute
        ");
    }

    #[test]
    fn what_an_item_asked_for_and_did_not_get_is_said() {
        let body = EntryBody { assets: Vec::new(), ..body() };
        let mut page = Page { lines: Vec::new(), width: 40, look: &Look::default() };
        let key =
            SubmissionKey { key: "data".into(), label: None, required: true, asset_type: "dataset".into() };
        page.assets(&body.assets, &[key]);
        assert_eq!(
            page.lines.last().map(ToString::to_string).as_deref(),
            Some("! data (dataset) is missing")
        );
    }

    #[test]
    fn a_page_never_grows_beyond_its_limit_and_says_so() {
        let body = EntryBody { description: SafeText::block(&"a\n\n".repeat(100_000)), ..body() };
        let page =
            render(&PageInput { body: &body, item: None, brief: None, reviewer: None }, 20, &Look::default());
        assert_eq!(page.len(), MAX_LINES);
        assert!(page.last().is_some_and(|line| line.to_string().contains("left out")));
    }
}
