//! The signs of the desk, with what stands for them where there is only ASCII, and for a screen reader.

/// The marks of the desk, each one cell wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Marks {
    /// Before the row of the cursor.
    pub cursor: &'static str,
    /// Before a marked row.
    pub marked: &'static str,
    /// Accepted; inside the band; done.
    pub good: &'static str,
    /// Outside the band; refused.
    pub bad: &'static str,
    /// Rejected.
    pub rejected: &'static str,
    /// In progress.
    pub half: &'static str,
    /// Open.
    pub open: &'static str,
    /// Skipped.
    pub skipped: &'static str,
    /// Waits.
    pub waits: &'static str,
    /// A program, not a person.
    pub agent: &'static str,
    /// The connection.
    pub link: &'static str,
    /// Between parts of a line.
    pub dot: &'static str,
    /// Where something was left out.
    pub ellipsis: &'static str,
    /// The full part of a bar.
    pub full: &'static str,
    /// The empty part of a bar.
    pub empty: &'static str,
    /// A horizontal rule.
    pub rule: &'static str,
    /// From–to.
    pub to: &'static str,
    /// Nothing here.
    pub none: &'static str,
    /// Unknown, or undecided whether it happened.
    pub unknown: &'static str,
    /// Look at this.
    pub warn: &'static str,
    /// Before the number of a link.
    pub leads: &'static str,
    /// Beside what changed since it was read.
    pub changed: &'static str,
    /// Between two texts beside each other.
    pub side: &'static str,
    /// It goes on to the left.
    pub left: &'static str,
    /// It goes on to the right.
    pub right: &'static str,
}

/// With the signs of Unicode that every monospaced font has.
pub static UNICODE: Marks = Marks {
    cursor: "▌",
    marked: "•",
    good: "✓",
    bad: "✗",
    rejected: "×",
    half: "◐",
    open: "◦",
    skipped: "–",
    waits: "◷",
    agent: "⚙",
    link: "●",
    dot: "·",
    ellipsis: "…",
    full: "▓",
    empty: "░",
    rule: "─",
    to: "–",
    none: "—",
    unknown: "?",
    warn: "!",
    leads: "→",
    changed: "▎",
    side: "│",
    left: "‹",
    right: "›",
};

/// Without any.
pub static ASCII: Marks = SPELT;

const SPELT: Marks = Marks {
    cursor: ">",
    marked: "*",
    good: "+",
    bad: "x",
    rejected: "x",
    half: "~",
    open: "o",
    skipped: "-",
    waits: "w",
    agent: "%",
    link: "*",
    dot: "|",
    ellipsis: "~",
    full: "#",
    empty: ".",
    rule: "-",
    to: "-",
    none: "-",
    unknown: "?",
    warn: "!",
    leads: ">",
    changed: "|",
    side: "|",
    left: "<",
    right: ">",
};

/// For a screen reader, which reads out every sign that is no letter.
pub static PLAIN: Marks = Marks { dot: "-", marked: "m", agent: "a", good: "p", bad: "f", ..SPELT };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_take_one_cell_each() {
        for marks in [&UNICODE, &ASCII, &PLAIN] {
            let Marks {
                cursor,
                marked,
                good,
                bad,
                rejected,
                half,
                open,
                skipped,
                waits,
                agent,
                link,
                dot,
                ellipsis,
                full,
                empty,
                rule,
                to,
                none,
                unknown,
                warn,
                leads,
                changed,
                side,
                left,
                right,
            } = *marks;
            for mark in [
                cursor, marked, good, bad, rejected, half, open, skipped, waits, agent, link, dot, ellipsis,
                full, empty, rule, to, none, unknown, warn, leads, changed, side, left, right,
            ] {
                assert_eq!(unicode_width::UnicodeWidthStr::width(mark), 1, "{mark}");
            }
        }
        assert!(ASCII.agent.is_ascii());
    }
}
