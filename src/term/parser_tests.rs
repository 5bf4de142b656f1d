//! The parser against tables of what terminals send, and against every way of cutting it up.

use super::*;
use proptest::prelude::*;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Feeds pieces, each after a silence of so many milliseconds, as the reader does: looks at the deadlines between.
/// At the end it stays silent for a while.
fn feed(pieces: &[(u64, &[u8])]) -> Vec<Input> {
    let mut parser = Parser::new();
    let mut now = clock_start();
    let mut came = Vec::new();
    for (gap, bytes) in pieces.iter().copied().chain([(5_000, &b""[..])]) {
        let arrives = now + ms(gap);
        while let Some(end) = parser.deadline().filter(|end| *end <= arrives) {
            came.extend(parser.expire(end));
        }
        now = arrives;
        came.extend(parser.feed(bytes, now));
    }
    assert_eq!(parser.deadline(), None, "nothing waits after a long silence: {parser:?}");
    came
}

fn clock_start() -> Instant {
    crate::clock::monotonic()
}

fn keys(names: &str) -> Vec<Input> {
    names.split_whitespace().map(|name| Input::Key(name.parse().unwrap())).collect()
}

fn paste(text: &str) -> Input {
    Input::Paste { text: text.into(), cut: false }
}

#[test]
fn whole_sequences_are_keys() {
    let table: &[(&[u8], &str)] = &[
        (b"a", "a"),
        (b"A", "A"),
        (b" ", "Space"),
        (b"\r", "Enter"),
        (b"\t", "Tab"),
        (b"\x7f", "Backspace"),
        (b"\x08", "Backspace"),
        (b"\x00", "Ctrl-Space"),
        (b"\x0c", "Ctrl-l"),
        (b"\x1a", "Ctrl-z"),
        (b"\x1f", "Ctrl-_"),
        ("é".as_bytes(), "é"),
        ("票".as_bytes(), "票"),
        (b"\x1b", "Esc"),
        (b"\x1b\x1b", "Esc Esc"),
        (b"\x1bx", "Alt-x"),
        (b"\x1bX", "Alt-X"),
        (b"\x1b\r", "Alt-Enter"),
        (b"\x1b\x01", "Ctrl-Alt-a"),
        ("\u{1b}é".as_bytes(), "Alt-é"),
        (b"\x1b[", "Alt-["),
        (b"\x1bO", "Alt-O"),
        (b"\x1bP", "Alt-P"),
        (b"\x1b[A", "Up"),
        (b"\x1bOA", "Up"),
        (b"\x1bOP", "F1"),
        (b"\x1b[1;5A", "Ctrl-Up"),
        (b"\x1b[5~\x1b[6~", "PgUp PgDn"),
        (b"\x1b[Z", "Shift-Tab"),
        (b"\x1b[[A", "F1"),
        (b"\x1b\x1b[A", "Esc Up"),
        (b"ja\x1b[Bj", "j a Down j"),
        (b"abcd\x1b[A", "a b c d Up"),
        (b"\x1b[5\x1b[A", "Up"),
        (b"\x1b[1;\rj", "Enter j"),
    ];
    for (bytes, names) in table {
        assert_eq!(feed(&[(0, bytes)]), keys(names), "{:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn replies_and_unknown_sequences_are_swallowed_whole() {
    let table: &[&[u8]] = &[
        b"\x1b[?1;2c",
        b"\x1b[12;40R",
        b"\x1b[I\x1b[O",
        b"\x1b[<0;10;10M\x1b[<0;10;10m",
        b"\x1b[M\x20\x41\x41",
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        b"\x1bP>|Aterm 1.2(AaSD)\x1b\\",
        b"\x1b_Gi=31;OK\x1b\\",
        b"\x1b^private\x1b\\\x1bXstart\x1b\\",
        b"\x1b[?2026;2$y",
        b"\x1b[97;1:3u",
        b"\x1bO1;5z",
        b"\xff\xfe\x80\xc3",
        b"\xed\xa0\x80\xf5\xc0\xaf",
        b"\xc2\x9bA"[..2].as_ref(),
    ];
    for bytes in table {
        assert_eq!(feed(&[(0, bytes)]), [], "{:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn a_string_that_never_ends_is_given_up() {
    assert_eq!(feed(&[(0, b"\x1b]0;AAAA"), (600, b"j")]), keys("j"));
    assert_eq!(feed(&[(0, b"\x1bPAAAA\rj")]), keys("Enter j"));
}

#[test]
fn torn_escapes_are_joined_or_swallowed() {
    let table: &[(u64, &[u8], &str)] = &[
        (5, b"[A", "Up"),
        (29, b"OA", "Up"),
        (40, b"[A", "Esc"),
        (100, b"OA", "Esc"),
        (250, b"[1;5A", "Esc"),
        (250, b"[5~", "Esc"),
        (250, b"[[A", "Esc"),
        (100, b"j", "Esc j"),
        (600, b"j", "Esc j"),
    ];
    for (gap, tail, names) in table {
        assert_eq!(feed(&[(0, b"\x1b"), (*gap, tail)]), keys(names), "{gap} ms, {tail:?}");
    }
}

#[test]
fn a_reader_that_was_late_itself_takes_nothing_apart() {
    let mut parser = Parser::new();
    let start = clock_start();
    assert_eq!(parser.feed(b"\x1b", start), []);
    assert_eq!(parser.feed(b"[A", start + ms(400)), keys("Up"));
}

#[test]
fn a_paste_is_one_event_however_it_comes() {
    assert_eq!(
        feed(&[(0, b"j\x1b[200~a\r\nb\rA\x1b[201~k")]),
        [keys("j"), vec![paste("a\nb\nA")], keys("k")].concat()
    );
    assert_eq!(feed(&[(0, b"\x1b[200~AB\x1b[2"), (900, b"01~")]), [paste("AB")]);
    assert_eq!(feed(&[(0, b"\x1b"), (100, b"[200~AB\x1b[201~")]), [keys("Esc"), vec![paste("AB")]].concat());
    assert_eq!(feed(&[(0, b"\x1b[200~x\x1b[20\x1b[A\x1b\x1b[201~")]), [paste("x\u{1b}[20\u{1b}[A\u{1b}")]);
    assert_eq!(feed(&[(0, b"\x1b[200~\xffx\xc3\x1b[201~")]), [paste("x")]);
    assert_eq!(feed(&[(0, b"\x1b[200~\x1b[201~")]), [paste("")]);
}

#[test]
fn a_paste_without_end_is_given_out_and_its_late_end_swallowed() {
    assert_eq!(feed(&[(0, b"\x1b[200~AB")]), [paste("AB")]);
    assert_eq!(
        feed(&[(0, b"\x1b[200~AB\x1b[20"), (1_100, b"1~"), (500, b"j")]),
        [vec![paste("AB")], keys("j")].concat()
    );
    assert_eq!(feed(&[(0, b"\x1b[200~AB\x1b"), (1_200, b"[201~")]), [paste("AB")]);
}

#[test]
fn a_paste_is_kept_up_to_its_limit() {
    let mut bytes = b"\x1b[200~".to_vec();
    bytes.extend(std::iter::repeat_n(b'x', PASTE_LIMIT - 1));
    bytes.extend("é".as_bytes());
    bytes.extend(b"\x1b[201~");
    let expected = Input::Paste { text: "x".repeat(PASTE_LIMIT - 1), cut: true };
    assert_eq!(feed(&[(0, &bytes)]), [expected]);
}

#[test]
fn text_faster_than_fingers_is_a_burst() {
    assert_eq!(feed(&[(0, b"AcceptAll")]), [Input::Burst("AcceptAll".into())]);
    assert_eq!(
        feed(&[(0, b"ls -la\rrm *\r"), (5, b"y\r"), (30, b"j")]),
        [vec![Input::Burst("ls -la\nrm *\ny\n".into())], keys("j")].concat()
    );
    assert_eq!(feed(&[(0, b"Acc"), (10, b"eptAll")]), [Input::Burst("AcceptAll".into())]);
    assert_eq!(feed(&[(0, b"5jaja\r")]), keys("5 j a j a Enter"));
    assert_eq!(feed(&[(0, b"jjjjjjjjjjjj")]), keys(&"j ".repeat(12)), "a key held down stays a key");
    assert_eq!(feed(&[(0, b"\r\r\r")]), keys("Enter Enter Enter"));
}

#[test]
fn one_key_never_waits() {
    let mut parser = Parser::new();
    for bytes in [&b"j"[..], b"ja", b"\r", b"\x1b[A", "é".as_bytes(), b"\x0c"] {
        assert!(!parser.feed(bytes, clock_start()).is_empty());
        assert_eq!(parser.deadline(), None);
    }
}

/// One thing the keyboard can send, whole.
fn item() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::sample::select(ARROWS).prop_map(<[u8]>::to_vec),
        proptest::sample::select(SILENT).prop_map(<[u8]>::to_vec),
        proptest::sample::select(CONTROLS).prop_map(<[u8]>::to_vec),
        "[a-zA-Z5é票]{1,8}".prop_map(|text| [text.as_bytes(), b"\x0c"].concat()),
        "[ -~é\r]{0,40}".prop_map(|text| [b"\x1b[200~", text.as_bytes(), b"\x1b[201~"].concat()),
    ]
}

const SILENT: &[&[u8]] = &[b"\x1b[?1;2c", b"\x1b]2;aAb\x07", b"\x1bPx\x1b\\", b"\x1b[M !!"];
const CONTROLS: &[&[u8]] = &[b"\r", b"\x0c", b"\x7f", b"\x1bx", b"\x1b\xc3\xa9", b"\x1b\x1b[A"];
const ARROWS: &[&[u8]] = &[
    b"\x1b[A",
    b"\x1bOB",
    b"\x1b[1;5C",
    b"\x1b[H",
    b"\x1bOF",
    b"\x1b[5~",
    b"\x1b[6;2~",
    b"\x1bOP",
    b"\x1b[1;2S",
    b"\x1b[15~",
    b"\x1b[24;5~",
    b"\x1b[[E",
    b"\x1b[Z",
    b"\x1b[97;5u",
];

fn cut<'a>(bytes: &'a [u8], cuts: &[(prop::sample::Index, u64)]) -> Vec<(u64, &'a [u8])> {
    let mut places: Vec<(usize, u64)> =
        cuts.iter().map(|(at, gap)| (at.index(bytes.len() + 1), *gap)).collect();
    places.sort_unstable();
    let mut pieces = Vec::new();
    let (mut from, mut gap) = (0, 0);
    for (at, next_gap) in places {
        pieces.push((gap, &bytes[from..at]));
        (from, gap) = (at, next_gap);
    }
    pieces.push((gap, &bytes[from..]));
    pieces.retain(|(_, bytes)| !bytes.is_empty());
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn cuts_with_short_gaps_change_nothing(
        items in prop::collection::vec(item(), 1..8),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..30_u64), 0..12),
    ) {
        let stream = items.concat();
        prop_assert_eq!(feed(&cut(&stream, &cuts)), feed(&[(0, &stream)]));
    }

    #[test]
    fn no_cut_makes_a_printable_key_of_a_sequence(
        items in prop::collection::vec(proptest::sample::select(ARROWS), 1..4),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..=250_u64), 0..12),
    ) {
        let stream = items.concat();
        for input in feed(&cut(&stream, &cuts)) {
            match input {
                Input::Key(key) => prop_assert_eq!(key.typed(), None),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn any_bytes_are_survived(
        pieces in prop::collection::vec((0..700_u64, prop::collection::vec(any::<u8>(), 0..20)), 0..20),
    ) {
        let pieces: Vec<_> = pieces.iter().map(|(gap, bytes)| (*gap, &bytes[..])).collect();
        feed(&pieces);
    }
}
