use super::*;
use crate::domain::TextLimit;
use crate::ui::cells;
use crate::ui::theme::ThemeName;
use proptest::prelude::*;

fn write(text: &SafeText, width: usize, look: &Look, limit: usize, lines: &mut Vec<Line<'static>>) {
    let (mut parts, mut led) = (Vec::new(), Vec::new());
    render(text, width, look, &mut Output { lines, parts: &mut parts, links: &mut led, limit });
}

fn lines_of(markdown: &str, width: usize, look: &Look) -> Vec<String> {
    let mut out = Vec::new();
    write(&SafeText::block(markdown), width, look, 20_000, &mut out);
    out.iter().map(ToString::to_string).collect()
}

#[test]
fn a_description_keeps_its_shape() {
    let markdown = "# Method\n\nWe measured **12** samples twice.\n\n- first a long item that wraps\n- [x] done\n\n```sh\nrun --all\n```\n\n> quoted words that go on\n";
    assert_eq!(
        lines_of(markdown, 22, &Look::default()),
        [
            "Method",
            "",
            "We measured 12 samples",
            "twice.",
            "",
            "- first a long item",
            "  that wraps",
            "- [x] done",
            "",
            "  run --all",
            "",
            "> quoted words that go",
            "> on",
        ]
    );
}

#[test]
fn plain_text_keeps_its_markers() {
    let plain = Look::new(ThemeName::Dark, false, false, true);
    assert_eq!(
        lines_of("## Method\n\n```sh\nrun\n```\n", 30, &plain),
        ["## Method", "", "```sh", "run", "```"]
    );
}

#[test]
fn tables_are_fitted_and_framed_in_what_the_terminal_has() {
    let table = "| run | T |\n|---|---|\n| 7 | 301 K |\n";
    assert_eq!(lines_of(table, 30, &Look::default())[0], "┌─────┬───────┐");
    assert_eq!(lines_of(table, 30, &Look::new(ThemeName::Dark, true, false, false))[0], "+-----+-------+");
}

#[test]
fn tables_that_fit_are_fitted_and_those_that_do_not_keep_their_columns() {
    let prose = "| what | why |\n|---|---|\n| a | a reason that goes on for quite a while |\n";
    assert!(lines_of(prose, 30, &Look::default()).iter().all(|line| cells::width(line) <= 30));
    let wide = format!("|{}\n|{}\n|{}\n", " name |".repeat(6), "---|".repeat(6), " 12345678 |".repeat(6));
    let lines = lines_of(&wide, 40, &Look::default());
    assert!(lines.iter().all(|line| cells::width(line) == 67), "{lines:?}");
}

#[test]
fn character_references_bring_no_control_characters_in() {
    let text = lines_of("a&#27;[2Jb&#x9b;c&#x202E;d&ZeroWidthSpace;e&#7;", 80, &Look::default()).concat();
    assert!(text.starts_with('a') && text.contains("cde"), "{text}");
    assert!(
        text.chars().all(|sign| !sign.is_control() && sign != '\u{202E}' && sign != '\u{200B}'),
        "{text:?}"
    );
}

#[test]
fn deep_nesting_is_shown_as_it_was_written() {
    let deep = format!("{} text", "> ".repeat(3_000));
    let lines = lines_of(&deep, 80, &Look::default());
    assert!(lines.len() < 200, "{} lines", lines.len());
    let lists = lines_of(&"- ".repeat(30_000), 80, &Look::default());
    assert!(lists.len() < 2_000, "{} lines", lists.len());
    let quote = lines_of("> > > three deep is fine", 80, &Look::default());
    assert_eq!(quote, [">>> three deep is fine"]);
}

#[test]
fn a_hostile_megabyte_is_bounded() {
    for unit in
        ["> ", "- ", "*", "[", "![", "`", "|", "$", "<a ", "1. ", ": ", "[^1]: ", "| a\n", "\u{E0C0}\n"]
    {
        let lines = lines_of(&unit.repeat((1 << 20) / unit.len()), 60, &Look::default());
        assert!(lines.len() <= 20_000, "{unit:?}");
    }
}

#[test]
fn what_lies_beyond_the_first_part_is_shown_as_written() {
    let text = format!("{}\n**end**", "word\n\n".repeat(MARKDOWN_BYTES / 6 + 10));
    let mut out = Vec::new();
    write(&SafeText::block(&text), 60, &Look::default(), usize::MAX, &mut out);
    assert_eq!(out.last().map(ToString::to_string).as_deref(), Some("**end**"));
    let said = out.iter().filter(|line| line.to_string().starts_with("! It is long")).count();
    assert_eq!(said, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn random_markdown_never_panics_and_stays_printable(
        parts in proptest::collection::vec(
            prop_oneof![
                "[ -~]{0,20}", "\\PC{0,8}",
                proptest::sample::select(vec![
                    "\n", "\n\n", "> ", "- ", "1. ", "    ", "```\n", "| a | b |\n|---|---|\n", "# ", "**", "_", "~~",
                    "[x](", "![", "](u)", "<b>", "&#27;", "&#x202e;", "$$", "[^1]", "[^1]: ", ": ", "---\n", "\\", "- [ ] ",
                    "> [!NOTE]\n",
                ]).prop_map(str::to_owned),
            ], 0..40),
        width in 0usize..50, ascii: bool, plain: bool,
    ) {
        let look = Look::new(ThemeName::Dark, true, !ascii, plain);
        for line in lines_of(&parts.concat(), width, &look) {
            let safe = SafeText::line_within(&line, TextLimit(usize::MAX / 2));
            prop_assert_eq!(safe.as_str(), line.as_str());
            let one = unicode_segmentation::UnicodeSegmentation::graphemes(line.as_str(), true).count() == 1;
            let table = line.contains(['│', '┌', '├', '└', '|', '+']);
            prop_assert!(one || table || cells::width(&line) <= width.max(1), "{:?}", line);
        }
    }
}

#[test]
fn what_stands_in_lists_and_quotations_is_moved_in_with_them() {
    let markdown = concat!(
        "1. One.\n\n   More of it, so long that it has to be broken.\n\n   > quoted, so long that it has to be broken too\n\n",
        "   ```sh\n   run https://a.example/x\n   ```\n\n   | a | b |\n   |---|---|\n   | 1 | 2 |\n\n",
        "   - a list\n   - of two\n\n     > in it\n2. Two,  \n   broken.\n3. [x] done\n\n   by hand\n4.\n\n",
        "> A list:\n>\n> - one that is long enough to be broken\n> - two\n>   ```\n>   code\n>   ```\n> > twice\n> lazy\n>\n> 10. ten\n\n",
        "> [!TIP]\n> - a\n>\n>   b\n",
    );
    insta::assert_snapshot!(lines_of(markdown, 30, &Look::default()).join("\n"));
    let (mut led, mut parts, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let out = &mut Output { lines: &mut lines, parts: &mut parts, links: &mut led, limit: 999 };
    render(&SafeText::block(markdown), 30, &Look::default(), out);
    assert_eq!(led, [], "an address in code is code");
}

#[test]
fn bars_of_formulas_are_bars_in_and_out_of_tables() {
    let formula = r"\(\langle \psi | \phi \rangle\)";
    let lines =
        lines_of(&format!("{formula} and `a|b`\n\n| a |\n|---|\n| {formula} |\n"), 40, &Look::default());
    assert_eq!(lines[0], "⟨ ψ | φ ⟩ and a|b");
    assert!(lines.contains(&"│ ⟨ ψ | φ ⟩ │".to_owned()), "{lines:#?}");
    let foreign = lines_of("a\u{E0C2}b", 40, &Look::default());
    assert_eq!(foreign, ["ab"], "nobody else brings it in");
}

#[test]
fn a_wide_table_in_a_list_keeps_its_columns() {
    let row = |cell: &str| format!("  |{}\n", format!(" {cell} |").repeat(6));
    let table = format!("- table:\n\n{}{}{}\n- next\n", row("name"), row("---"), row("12345678"));
    let lines = lines_of(&table, 40, &Look::default());
    let widths: Vec<usize> =
        lines.iter().map(|line| cells::width(line)).filter(|width| *width > 40).collect();
    assert_eq!(widths, [69; 5], "{lines:#?}");
}

#[test]
fn where_there_is_no_room_nothing_is_moved_in_and_nothing_lost() {
    let deep = (0..10)
        .map(|level| format!("{}- level {level}\n\n{}  > quoted\n", "  ".repeat(level), "  ".repeat(level)));
    let deep: String = deep.collect();
    for width in [1, 8, 20, 40, 80] {
        let lines = lines_of(&deep, width, &Look::default());
        assert!(lines.iter().all(|line| cells::width(line) <= width), "{width}: {lines:#?}");
        let letters: String = lines.concat().chars().filter(|sign| sign.is_alphanumeric()).collect();
        assert_eq!(letters.matches("quoted").count(), 10, "{width}: {lines:#?}");
        assert!((0..10).all(|level| letters.contains(&format!("level{level}"))), "{width}");
    }
}
