//! The full-screen reader: every kind of text as it is shown, its links, searching in it, and what changed in it.

use std::sync::Arc;
use std::time::Duration;

use questdesk::app::overlay::Overlay;
use questdesk::app::{Effect, Message, update};
use questdesk::domain::{EntryBody, EntryRow, SafeText, Version};
use questdesk::store;
use questdesk::sync;
use questdesk::ui::{Look, ThemeName};

use crate::picture::{drawn, picture, rows};
use crate::world::{World, body, settings};

/// Every kind of block and of running text, as the server's markdown or a document gives it.
const EVERYTHING: &str = concat!(
    "# One\n\n## Two\n\n### Three\n\n",
    "Text with **bold**, *italic*, ~~struck~~, `code`, @maria and \\(T_c \\approx 3\\,\\mathrm{K}\\).  \nA broken line.\n\n",
    "- a point\n  1. numbered\n  2. below it\n- [x] done\n- [ ] to be done\n\n",
    "> quoted words\n> > twice\n\n> [!WARNING]\n> It is hot.\n\n",
    "```python\ndef curie(t):  # the kink\n    return \"%d K\" % max(t, 275)\n```\n\n    indented code\n\n",
    "\\[\n\\frac{a+b}{2} \\leq \\sqrt{x^2} \\\\\n\\sum_{i=0}^{n} \\alpha_i\n\\]\n\n",
    "| sample | T (K) | note |\n|:---|---:|---|\n| A1 | 276.1 | [log](https://ouro.example/log) |\n| B2 | 9.0 | |\n\n",
    "See [the paper](https://ouro.example/paper), https://ouro.example/raw, <https://ouro.example/auto>, ",
    "[the bank](https://bank.example@evil.example/login), [a trap](https://ex\u{430}mple.org), ",
    "[run](javascript:run) and ![a plot](https://ouro.example/plot.png).\n\n",
    "> [Raw data](dataset:0193b2aa-8888-7000-8000-000000000002)\\\n> dataset · by maria · private\n\n",
    "A note[^1] and <b>raw</b> text.\n\n[^1]: At the foot.\n\n---\n\nThe end.\n",
);

/// What is seldom written, and may be all the same.
const SELDOM: &str = concat!(
    "---\ntitle: Run 7\n---\n\n#### Four\n\n###### Six\n\nSetext\n======\n\n",
    "Term\n: what it means\n: and also\n\nH~2~O and x^2^, $$E = mc^2$$, <maria@example.org>, a \\* star, &amp; &copy;.\n\n",
    "> [!NOTE]\n> A note.\n\n> [!TIP]\n> A tip.\n\n> [!IMPORTANT]\n> It matters.\n\n> [!CAUTION]\n> Careful.\n\n",
    "[![badge](https://ouro.example/b.svg)](https://ouro.example/ci)\n\n",
    "```mermaid\ngraph TD; A-->B;\n```\n\n~~~\nno language\n~~~\n\n",
    "> | in | a quote |\n> |---|---|\n> | 1 | 2 |\n\n1. a list with\n\n   ```sh\n   code --in it\n   ```\n\n   | and | a table |\n   |---|---|\n   | 1 | 2 |\n2. loose\n\n",
    "*(an asset that is not there)*\n\n[an action](action:0193b2aa-8888-7000-8000-000000000002)\n\n",
    "<details><summary>More</summary>hidden</details>\n\n***\n",
);

/// A desk whose reader is open on a text.
fn reading(look: Look, text: &str) -> (World, EntryRow) {
    let mut settings = settings();
    settings.plain = look.plain;
    let mut world = World::with(settings, look);
    world.store_answers = false;
    world.keys("j<Enter>");
    let row = world.state.desk.entry().expect("the cursor is on an entry");
    arrives(&mut world, &row, text);
    (world, row)
}

/// The entry's body comes, with this text.
fn arrives(world: &mut World, row: &EntryRow, text: &str) {
    let body = EntryBody {
        description: SafeText::block(text),
        assets: Vec::new(),
        signals: Vec::new(),
        ..body(row)
    };
    world.store(store::News::Body { entry: row.id, body: Some(Arc::new(body)), draft: None });
    // What was laid out for the text that the world gave at first is laid out again.
    world.resize((81, 24));
    world.resize((120, 40));
}

fn shown(world: &World) -> String {
    rows(&drawn(&world.state, &world.look).0).join("\n")
}

fn effects(world: &mut World, keys: &str) -> Vec<Effect> {
    let keys = keys.chars().map(questdesk::app::key::Key::char);
    keys.flat_map(|key| update(&mut world.state, Message::Key(key), world.now)).collect()
}

#[test]
fn every_kind_of_text_at_two_widths() {
    for (width, height) in [(80, 90), (120, 80)] {
        let (mut world, _) = reading(Look::default(), EVERYTHING);
        world.resize((width, height));
        insta::assert_snapshot!(format!("everything_{width}"), picture(&world.state, &world.look, true));
    }
}

#[test]
fn what_is_seldom_written_is_shown_too() {
    let (mut world, _) = reading(Look::default(), SELDOM);
    world.resize((80, 100));
    insta::assert_snapshot!("seldom_80", picture(&world.state, &world.look, true));
}

#[test]
fn every_kind_of_text_without_colour_in_ascii_and_for_a_screen_reader() {
    let looks = [
        ("no_colour", Look::new(ThemeName::Dark, false, true, false)),
        ("ascii", Look::new(ThemeName::Dark, true, false, false)),
        ("plain", Look::new(ThemeName::Dark, false, false, true)),
    ];
    for (name, look) in looks {
        let (mut world, _) = reading(look, EVERYTHING);
        world.resize((80, 90));
        insta::assert_snapshot!(
            format!("everything_{name}"),
            picture(&world.state, &look, name == "no_colour")
        );
    }
}

#[test]
fn a_wide_table_is_moved_by_keys_and_says_that_it_goes_on() {
    let table =
        format!("|{}\n|{}\n|{}\n", " a longer name |".repeat(14), "---|".repeat(14), " 12 |".repeat(14));
    let (mut world, _) = reading(Look::default(), &table);
    assert!(shown(&world).contains('›') && !shown(&world).contains('‹'));
    world.keys("l");
    assert!(shown(&world).contains('‹'));
    world.keys("999l");
    assert!(!shown(&world).contains('›') && shown(&world).contains('‹'), "{}", shown(&world));
    world.keys("999h");
    assert!(!shown(&world).contains('‹'));
}

#[test]
fn links_are_opened_and_copied_by_their_numbers() {
    let id = "0193b2aa-8888-7000-8000-000000000002";
    let text = format!(
        "[a](https://a.example/x) [b](https://b.example@evil.example/) [c](javascript:x) [d](post:{id})"
    );
    let (mut world, _) = reading(Look::default(), &text);
    let page = |address: &str| SafeText::line(address);
    assert_eq!(effects(&mut world, "1o"), [Effect::Browse(page("https://a.example/x"))]);
    assert_eq!(effects(&mut world, "1y"), [Effect::Copy(page("https://a.example/x"))]);
    assert_eq!(effects(&mut world, "2o"), [], "it warns first");
    assert!(shown(&world).contains("evil.example"));
    assert_eq!(effects(&mut world, "2o"), [Effect::Browse(page("https://b.example@evil.example/"))]);
    assert_eq!(effects(&mut world, "3o3o"), [], "never opened");
    assert_eq!(effects(&mut world, "4o"), [], "no page of it is known");
    assert_eq!(effects(&mut world, "4y"), [Effect::Copy(page(&format!("post:{id}")))]);
    assert_eq!(effects(&mut world, "5o"), []);
    assert!(shown(&world).contains("there is no link 5: this page has 4"), "{}", shown(&world));
}

#[test]
fn words_are_found_across_broken_lines_and_marked() {
    let text = format!("{}The Curie point of this\n\nand a curie POINT too", "filler words here ".repeat(40));
    let (mut world, _) = reading(Look::new(ThemeName::Dark, false, true, false), &text);
    world.keys("/curie<Space>point<Enter>");
    assert!(shown(&world).contains("match 1 of 2"), "{}", shown(&world));
    let reversed = |world: &World| {
        let (buffer, _) = drawn(&world.state, &world.look);
        let cells = buffer.content().iter();
        cells.filter(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED)).count()
    };
    assert_eq!(reversed(&world), 2 * "curie point".len());
    world.keys("n");
    assert!(shown(&world).contains("match 2 of 2"));
    world.keys("n");
    assert!(shown(&world).contains("match 1 of 2"));
    world.keys("/POINT<Enter>");
    assert!(shown(&world).contains("match 1 of 1"), "a capital letter means itself");
    world.keys("<Esc>");
    assert!(world.state.desk.full && reversed(&world) == 0, "the first Esc ends the search only");
    world.keys("/nothing<Enter>");
    assert!(shown(&world).contains("no match"));
}

#[test]
fn a_search_begins_empty_and_remembers_the_words_before() {
    let text = "one curie\n\ntwo curie\n\na kelvin\n\nthree curie";
    let (mut world, _) = reading(Look::new(ThemeName::Dark, false, true, false), text);
    let typed = |world: &World| match &world.state.overlay {
        Some(Overlay::Search(search)) => search.line().text().to_owned(),
        other => panic!("{other:?}"),
    };
    world.keys("/");
    assert!(!shown(&world).contains("again"), "nothing was looked for yet");
    world.keys("<Enter>");
    assert!(world.state.desk.reader.search.is_none() && world.state.overlay.is_none());
    world.keys("/curie<Enter>");
    assert!(shown(&world).contains("match 1 of 3"), "{}", shown(&world));
    // What was looked for is said, and is not in the way of what is typed.
    world.keys("/");
    assert!(typed(&world).is_empty() && shown(&world).contains("Enter: curie again"), "{}", shown(&world));
    world.keys("kelvin<Enter>");
    assert!(shown(&world).contains("match 1 of 1"), "{}", shown(&world));
    world.keys("/<Up><Up>");
    assert_eq!(typed(&world), "curie");
    world.keys("<Down>");
    assert_eq!(typed(&world), "kelvin");
    world.keys("<Up><Up><Up><Enter>");
    assert!(shown(&world).contains("match 1 of 3"), "{}", shown(&world));
    // Nothing typed: the next place, and after the search was ended, the words again.
    world.keys("/<Enter>");
    assert!(shown(&world).contains("match 2 of 3"), "{}", shown(&world));
    world.keys("<Esc>/<Enter>");
    assert!(shown(&world).contains("match 1 of 3"), "{}", shown(&world));
    // What was begun comes back from below the words before.
    world.keys("/ne<Up><Down>");
    assert_eq!(typed(&world), "ne");
}

#[test]
fn what_changed_since_it_was_read_has_a_bar_beside_it() {
    let (mut world, row) = reading(Look::default(), "One stays.\n\nTwo is 12.\n\nThree stays.");
    assert!(!shown(&world).contains('▎'));
    let newer =
        EntryRow { version: Version { updated_at: row.created_at + Duration::from_secs(60) }, ..row.clone() };
    world.sync(sync::News::Entries { quest: row.quest, upserts: vec![newer.clone()], gone: Vec::new() });
    arrives(&mut world, &newer, "One stays.\n\nTwo is 21.\n\nThree stays.");
    let marked: Vec<String> =
        shown(&world).lines().filter(|line| line.contains('▎')).map(str::to_owned).collect();
    assert!(marked.len() == 1 && marked[0].contains("Two is 21."), "{marked:?}");
    // The same when it changed while another entry was read.
    let (mut world, row) = reading(Look::default(), "One stays.\n\nTwo is 12.");
    world.keys("J");
    let newer =
        EntryRow { version: Version { updated_at: row.created_at + Duration::from_secs(60) }, ..row.clone() };
    world.sync(sync::News::Entries { quest: row.quest, upserts: vec![newer.clone()], gone: Vec::new() });
    world.keys("K");
    arrives(&mut world, &newer, "One stays.\n\nTwo is 21.");
    assert!(shown(&world).contains("1 change"), "{}", shown(&world));
}

#[test]
fn what_is_read_stays_where_it_is_when_something_comes_above_it() {
    let paragraphs = (1..80).map(|n| format!("Paragraph {n}.")).collect::<Vec<_>>().join("\n\n");
    let (mut world, row) = reading(Look::default(), &paragraphs);
    world.keys("<Space>");
    let top = |world: &World| shown(world).lines().find(|line| line.contains("Paragraph")).map(str::to_owned);
    let before = top(&world);
    let newer =
        EntryRow { version: Version { updated_at: row.created_at + Duration::from_secs(60) }, ..row.clone() };
    world.sync(sync::News::Entries { quest: row.quest, upserts: vec![newer.clone()], gone: Vec::new() });
    let body = EntryBody {
        description: SafeText::block(&format!("A new beginning.\n\n{paragraphs}")),
        assets: Vec::new(),
        signals: Vec::new(),
        ..body(&newer)
    };
    world.store(store::News::Body { entry: row.id, body: Some(Arc::new(body)), draft: None });
    assert_eq!(top(&world), before);
}

#[test]
fn news_of_something_else_changes_nothing_of_what_is_read() {
    let (mut world, row) = reading(Look::default(), EVERYTHING);
    world.keys("<Space>j");
    world.wait(Duration::from_secs(6));
    let page = |world: &World| {
        let (buffer, _) = drawn(&world.state, &world.look);
        // All but the line on top, which tells the connection, and the frame's title, which counts entries.
        buffer.content().iter().skip(2 * usize::from(buffer.area.width)).cloned().collect::<Vec<_>>()
    };
    let before = page(&world);
    let others =
        (400..420).map(crate::world::row).filter(|other| other.quest == row.quest && other.id != row.id);
    world.sync(sync::News::Entries { quest: row.quest, upserts: others.collect(), gone: Vec::new() });
    world.sync(sync::News::Budget { used: 43, limit: 60 });
    world.sync(sync::News::Fresh { quest: row.quest, at: world.now, whole: true });
    assert!(page(&world) == before, "{}", shown(&world));
}

#[test]
fn the_brief_stands_beside_the_entry_or_in_its_place() {
    let text = "What was done: **everything**.\n\n- one\n- two\n";
    let (mut world, row) = reading(Look::default(), text);
    let brief = format!("## Measure\n\n{}", "Two runs at least, heating and cooling. ".repeat(60));
    world.store(store::News::Brief { item: row.item.unwrap(), text: SafeText::block(&brief) });
    world.keys("t");
    insta::assert_snapshot!("brief_beside", shown(&world));
    world.keys("}}");
    assert!(!shown(&world).contains("the item's brief"), "{}", shown(&world));
    assert!(shown(&world).contains("What was done"));
    world.keys("{{");
    assert!(shown(&world).contains("the item's brief"));
    world.resize((80, 24));
    insta::assert_snapshot!("brief_in_its_place", shown(&world));
    world.keys("<Space>G");
    assert!(!shown(&world).contains("more lines"), "{}", shown(&world));
    assert_eq!(world.state.desk.reader.scroll(), 0, "the entry stays where it was");
    world.keys("<Esc>");
    assert!(world.state.desk.full && shown(&world).contains("What was done"));
    world.keys("tJ");
    assert!(!world.state.desk.reader.brief, "the next entry is not covered");
    world.keys("K");
    world.keys("}");
    assert!(shown(&world).contains("the brief is not shown"), "{}", shown(&world));
}

#[test]
fn several_acts_on_one_entry_leave_its_page_where_it_is() {
    let text = "A paragraph that says something.\n\n".repeat(80);
    let (mut world, row) = reading(Look::default(), &text);
    world.store_answers = true;
    world.keys("<Space><Space>");
    let place = world.state.desk.reader.scroll();
    assert!(place > 0);
    // A comment, written and sent.
    world.keys("c");
    world.keys("c");
    world.keys("which<Space>units?<Ctrl-s>");
    assert!(world.state.desk.full && world.state.overlay.is_none());
    assert_eq!((world.state.desk.reader.entry, world.state.desk.reader.scroll()), (Some(row.id), place));
    // A look at what else there is, and back.
    for keys in ["c<Esc>", "?<Esc>", "t", "t", "/paragraph<Enter><Esc>"] {
        world.keys(keys);
        assert!(world.state.desk.full, "{keys}");
        assert_eq!(world.state.desk.reader.entry, Some(row.id), "{keys}");
    }
    world.keys("g<Space><Space>");
    // The verdict moves on to the next one; taking it back leads here again, to the same place.
    world.keys("r1");
    assert_ne!(world.state.desk.reader.entry, Some(row.id));
    world.keys("u");
    assert_eq!(world.state.desk.reader.entry, Some(row.id));
}

#[test]
fn news_of_other_things_never_move_or_redraw_what_is_read() {
    let text = "A paragraph that says something.\n\n".repeat(80);
    let (mut world, row) = reading(Look::default(), &text);
    world.keys("<Space>");
    let page = |world: &World| {
        let rows = rows(&drawn(&world.state, &world.look).0);
        rows[5..rows.len() - 1].to_vec()
    };
    let (before, laid) =
        (page(&world), world.state.desk.reader.page.as_ref().map(questdesk::ui::reader::page::Page::laid));
    let others: Vec<EntryRow> = (1..=9)
        .map(crate::world::row)
        .filter(|other| other.id != row.id)
        .map(|other| EntryRow {
            version: Version { updated_at: world.now + Duration::from_secs(1) },
            ..other
        })
        .collect();
    let quest = row.quest;
    let ours = others.into_iter().filter(|other| other.quest == quest).collect();
    world.sync(sync::News::Entries { quest, upserts: ours, gone: Vec::new() });
    world.sync(sync::News::People(Vec::new()));
    world.store(store::News::Brief { item: row.item.unwrap(), text: "the brief".into() });
    world.store(store::News::Body { entry: crate::world::entry_id(9), body: None, draft: None });
    world.wait(Duration::from_secs(60));
    assert_eq!(page(&world), before);
    assert_eq!(
        world.state.desk.reader.page.as_ref().map(questdesk::ui::reader::page::Page::laid),
        laid,
        "nothing was laid out again"
    );
}
