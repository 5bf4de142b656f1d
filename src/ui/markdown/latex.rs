//! LaTeX formulas in signs that a terminal has: `T_c \approx 300\,\mathrm{K}` reads `T_c ≈ 300 K`, `x^2` reads `x²`.
//!
//! Not a typesetter: one line, no stacking. What is not known stays as it was written, so that nothing is lost.
//! Linear in the text, and bounded in depth.

use std::fmt::Write as _;

use super::signs::{FUNCTIONS, SUBSCRIPTS, SUPERSCRIPTS, SYMBOLS, double_struck};

/// Groups nested deeper stay as they are.
const DEPTH: usize = 24;

/// The formula in signs; in ASCII only Greek letters and operators are spelt by name.
pub(super) fn readable(latex: &str, ascii: bool) -> String {
    let mut reader = Reader { rest: latex.trim(), ascii, matrices: 0 };
    let text = reader.group(0, None);
    let mut out = String::with_capacity(text.len());
    // Blanks are not meant in formulas: one is as good as many.
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Whether a text between dollar signs is a formula, and not a sum of money.
pub(super) fn is_formula(text: &str) -> bool {
    text.contains(['\\', '^', '_', '{']) && !text.contains('\n')
}

/// What stands around the rows of these environments; in the others, rows are lines.
fn fences(environment: &str) -> Option<(&'static str, &'static str)> {
    Some(match environment.trim_end_matches('*') {
        "matrix" | "pmatrix" | "smallmatrix" | "array" => ("(", ")"),
        "bmatrix" => ("[", "]"),
        "Bmatrix" => ("{", "}"),
        "vmatrix" => ("|", "|"),
        "Vmatrix" => ("‖", "‖"),
        "cases" => ("{ ", ""),
        _ => return None,
    })
}

/// The lines of a formula that stands by itself: a row of a matrix is none.
pub(super) fn lines(latex: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut begin, mut at, mut inside) = (0, 0, 0_usize);
    while let Some(found) = latex[at..].find('\\').map(|found| at + found) {
        let rest = &latex[found..];
        let environment = |mark: &str| {
            let name = rest.strip_prefix(mark)?.strip_prefix('{')?.split_once('}')?.0;
            fences(name)
        };
        if environment("\\begin").is_some() {
            inside += 1;
        } else if environment("\\end").is_some() {
            inside = inside.saturating_sub(1);
        } else if rest.starts_with("\\\\") && inside == 0 {
            lines.push(&latex[begin..found]);
            begin = found + 2;
        }
        at = found + 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
    }
    lines.push(&latex[begin..]);
    lines
}

struct Reader<'t> {
    rest: &'t str,
    ascii: bool,
    /// How many matrices we are in.
    matrices: usize,
}

impl Reader<'_> {
    /// Up to the closing sign, or to the end.
    fn group(&mut self, depth: usize, close: Option<char>) -> String {
        let mut out = String::new();
        while let Some(sign) = self.next() {
            match sign {
                _ if Some(sign) == close => break,
                '{' if depth < DEPTH => out.push_str(&self.group(depth + 1, Some('}'))),
                '\\' => self.command(depth, &mut out),
                '^' => self.script(depth, SUPERSCRIPTS, '^', &mut out),
                '_' => self.script(depth, SUBSCRIPTS, '_', &mut out),
                // What stands apart in columns stays apart.
                '~' | '\n' | '&' => out.push(' '),
                '\'' if !self.ascii => out.push('′'),
                sign => out.push(sign),
            }
        }
        out
    }

    fn next(&mut self) -> Option<char> {
        let sign = self.rest.chars().next()?;
        self.rest = &self.rest[sign.len_utf8()..];
        Some(sign)
    }

    fn name(&mut self) -> String {
        let end = self.rest.find(|sign: char| !sign.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name.to_owned()
    }

    /// What a command or script is applied to: a group, a command or one sign.
    fn argument(&mut self, depth: usize) -> String {
        if depth >= DEPTH {
            return String::new();
        }
        self.rest = self.rest.trim_start_matches(' ');
        match self.next() {
            None => String::new(),
            Some('{') => self.group(depth + 1, Some('}')),
            Some('\\') => {
                let mut out = String::new();
                self.command(depth + 1, &mut out);
                out
            }
            Some(sign) => sign.to_string(),
        }
    }

    fn command(&mut self, depth: usize, out: &mut String) {
        let name = self.name();
        if name.is_empty() {
            match self.next() {
                Some('\\') if self.matrices > 0 => out.push_str("; "),
                // Spaces of every width, and line breaks.
                Some(',' | ';' | ':' | ' ' | '\\') => out.push(' '),
                Some('!') | None => {}
                Some('|') => out.push('‖'),
                Some(sign) => out.push(sign),
            }
            return;
        }
        match name.as_str() {
            "frac" | "dfrac" | "tfrac" | "cfrac" => {
                let (over, under) = (self.argument(depth), self.argument(depth));
                let parts = format!("{}/{}", bracketed(&over), bracketed(&under));
                // `2\frac{1}{2}` is not 21/2, and `\frac{1}{2}x` not 1/(2x).
                let before = out.trim_end().ends_with(|sign: char| sign.is_alphanumeric() || sign == ')');
                if before || is_factor(self.rest.trim_start()) {
                    let _ = write!(out, "({parts})");
                } else {
                    out.push_str(&parts);
                }
            }
            "sqrt" => {
                let root = self.option(depth);
                let inner = self.argument(depth);
                let sign = match (root.as_deref(), self.ascii) {
                    (_, true) => "sqrt",
                    (Some("3"), _) => "∛",
                    (Some("4"), _) => "∜",
                    _ => "√",
                };
                if let Some(root) = root.filter(|root| !matches!(root.as_str(), "3" | "4")) {
                    out.push_str(&scripted(&root, SUPERSCRIPTS).unwrap_or(root));
                }
                out.push_str(sign);
                let _ =
                    if self.ascii { write!(out, "({inner})") } else { write!(out, "{}", bracketed(&inner)) };
            }
            "text" | "mathrm" | "mathbf" | "mathit" | "mathsf" | "mathtt" | "mathcal" | "mathscr"
            | "mathfrak" | "operatorname" | "boldsymbol" | "bm" | "textbf" | "textit" | "textrm" | "mbox"
            | "ensuremath" | "ce" | "si" | "num" | "underline" | "displaystyle" | "textstyle" | "limits"
            | "nolimits" | "left" | "right" | "big" | "Big" | "bigl" | "bigr" | "Bigl" | "Bigr"
            | "middle" => self.transparent(&name, depth, out),
            "mathbb" => {
                let inner = self.argument(depth);
                out.extend(inner.chars().map(|sign| if self.ascii { sign } else { double_struck(sign) }));
            }
            "hat" | "widehat" => self.accent(depth, '\u{302}', out),
            "bar" | "overline" => self.accent(depth, '\u{304}', out),
            "vec" | "overrightarrow" => self.accent(depth, '\u{20D7}', out),
            "tilde" | "widetilde" => self.accent(depth, '\u{303}', out),
            "dot" => self.accent(depth, '\u{307}', out),
            "ddot" => self.accent(depth, '\u{308}', out),
            "begin" => {
                let environment = self.argument(depth);
                if environment == "array" {
                    self.argument(depth);
                }
                if let Some((open, _)) = fences(&environment) {
                    self.matrices += 1;
                    out.push_str(open);
                }
            }
            "end" => {
                if let Some((_, close)) = fences(&self.argument(depth)) {
                    self.matrices = self.matrices.saturating_sub(1);
                    out.truncate(out.trim_end().len());
                    out.push_str(close);
                }
            }
            "quad" | "qquad" => out.push_str("  "),
            "binom" | "dbinom" | "tbinom" => {
                let (over, under) = (self.argument(depth), self.argument(depth));
                let _ = write!(out, "({over} choose {under})");
            }
            _ => self.symbol(&name, depth, out),
        }
    }

    /// Commands that only change how their argument looks.
    fn transparent(&mut self, name: &str, depth: usize, out: &mut String) {
        if matches!(name, "left" | "right" | "middle") {
            if self.rest.starts_with('.') {
                self.next();
            }
        } else if self.rest.trim_start().starts_with('{') {
            out.push_str(&self.argument(depth));
        }
    }

    /// `[3]` behind `\sqrt`.
    fn option(&mut self, depth: usize) -> Option<String> {
        if depth >= DEPTH {
            return None;
        }
        self.rest = self.rest.strip_prefix('[')?;
        Some(self.group(depth + 1, Some(']')))
    }

    fn accent(&mut self, depth: usize, mark: char, out: &mut String) {
        let inner = self.argument(depth);
        out.push_str(&inner);
        if !self.ascii && inner.chars().count() == 1 {
            out.push(mark);
        }
    }

    fn symbol(&mut self, name: &str, depth: usize, out: &mut String) {
        match SYMBOLS.binary_search_by_key(&name, |(known, _)| known) {
            Ok(at) if !self.ascii => out.push_str(SYMBOLS[at].1),
            Ok(at) => {
                let sign = SYMBOLS[at].1;
                out.push_str(if sign.is_ascii() { sign } else { name });
            }
            // Functions (`\sin`, `\log`) are written as words; what is not known keeps its backslash.
            Err(_) if FUNCTIONS.contains(&name) => out.push_str(name),
            Err(_) => {
                out.push('\\');
                out.push_str(name);
                // What belongs to it is still seen to.
                while depth < DEPTH && self.rest.starts_with('{') {
                    let _ = write!(out, "{{{}}}", self.argument(depth));
                }
            }
        }
        // A word needs a blank before the next letter.
        if out.ends_with(|sign: char| sign.is_ascii_alphabetic())
            && self.rest.starts_with(|sign: char| sign.is_alphanumeric() || matches!(sign, '{' | '\\'))
        {
            out.push(' ');
        }
    }

    fn script(&mut self, depth: usize, table: &[(char, char)], sign: char, out: &mut String) {
        let inner = self.argument(depth);
        match scripted(&inner, table).filter(|_| !self.ascii) {
            Some(script) => out.push_str(&script),
            None if inner.chars().count() == 1 => {
                out.push(sign);
                out.push_str(&inner);
            }
            None => {
                let _ = write!(out, "{sign}({inner})");
            }
        }
    }
}

/// Whether what follows is a factor, and no operator.
fn is_factor(rest: &str) -> bool {
    let Some(command) = rest.strip_prefix('\\') else {
        return rest.starts_with(|sign: char| sign.is_alphanumeric() || "({^_".contains(sign));
    };
    let end = command.find(|sign: char| !sign.is_ascii_alphabetic()).unwrap_or(command.len());
    let name = &command[..end];
    match SYMBOLS.binary_search_by_key(&name, |(known, _)| known) {
        Ok(at) => SYMBOLS[at].1.starts_with(char::is_alphabetic),
        Err(_) => {
            !matches!(name, "right" | "middle" | "end" | "quad" | "qquad") && !command.starts_with('\\')
        }
    }
}

/// All signs as scripts, if there are such signs for all of them.
fn scripted(text: &str, table: &[(char, char)]) -> Option<String> {
    let script = |sign| table.iter().find(|(plain, _)| *plain == sign).map(|(_, script)| *script);
    (!text.is_empty()).then(|| text.chars().map(script).collect())?
}

/// In brackets, if it is more than one name or number.
fn bracketed(text: &str) -> String {
    let simple = text.chars().all(|sign| sign.is_alphabetic() || sign.is_ascii_digit() || sign == '.');
    if simple { text.to_owned() } else { format!("({})", text.trim()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(SYMBOLS.is_sorted_by_key(|(name, _)| name));
    }

    #[test]
    fn formulas_read_as_people_write_them() {
        for (latex, text) in [
            (r"T_c \approx 300\,\mathrm{K}", "T_c ≈ 300 K"),
            (r"x^2 + y_{12}^{-1}", "x² + y₁₂⁻¹"),
            (r"\frac{a+b}{2}", "(a+b)/2"),
            (r"\sqrt{x} + \sqrt[3]{y+1}", "√x + ∛(y+1)"),
            (r"\sqrt{x^2}", "√(x²)"),
            (r"\sum_{i=0}^{n} \alpha_i", "∑ᵢ₌₀ⁿ αᵢ"),
            (r"\left( \vec{F} \cdot \hat{n} \right)", "( F\u{20D7} · n\u{302} )"),
            (r"\sin\theta \le \mathbb{R}", "sin θ ≤ ℝ"),
            (r"90^\circ", "90°"),
            (r"e^{i\pi}", "e^(iπ)"),
            (r"\unknown{x} \% \{1\}", r"\unknown{x} % {1}"),
            (r"\underbrace{a+\beta}_{c} \xrightarrow{k}", r"\underbrace{a+β}_c \xrightarrow{k}"),
            (r"\binom{n}{k} \lVert x \rVert \lfloor y \rfloor", "(n choose k) ‖ x ‖ ⌊ y ⌋"),
            (r"\mathbf{v}^\top \Re z", "vᵀ ℜ z"),
            (r"2\frac{1}{2} = \frac{3}{2}k + \frac{1}{T} \cdot 4", "2(1/2) = (3/2)k + 1/T · 4"),
            (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} x", "( 1 2 ; 3 4) x"),
            (r"\begin{array}{cc} a & b \end{array}", "( a b)"),
            (r"f = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}", "f = { 1 x > 0 ; 0 x ≤ 0"),
            (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a = b c = d"),
        ] {
            assert_eq!(readable(latex, false), text, "{latex}");
        }
        assert_eq!(readable(r"\alpha^2 \approx \sqrt{2}", true), "alpha^2 approx sqrt(2)");
    }

    #[test]
    fn rows_of_a_matrix_stay_on_their_line() {
        let latex = r"a \\ B = \begin{pmatrix}1&2\\3&4\end{pmatrix} \\ \\ c";
        let lines: Vec<String> = lines(latex).into_iter().map(|line| readable(line, false)).collect();
        assert_eq!(lines, ["a", "B = (1 2; 3 4)", "", "c"]);
    }

    #[test]
    fn money_is_no_formula() {
        assert!(!is_formula("5 and costs "));
        assert!(is_formula("x^2"));
    }

    proptest! {
        #[test]
        fn whatever_it_is_it_ends(text in "[\\\\{}^_a-z\\[\\] ]{0,200}") {
            let read = readable(&text, false);
            prop_assert!(read.len() <= text.len() * 6 + 16);
        }
    }

    #[test]
    fn deep_nesting_is_bounded() {
        for unit in ["{", r"\frac", r"\frac{", "^", "^{", r"\sqrt{", r"\sqrt[", r"\hat", "_\\", r"\begin{"] {
            let text = unit.repeat(50_000);
            assert!(readable(&text, false).len() <= text.len() * 4, "{unit}");
        }
    }
}
