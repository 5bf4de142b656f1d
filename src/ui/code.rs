//! Source code in a few styles: comments, text in quotes, numbers, keywords. Line by line, linear in the text, and
//! without any state but whether a comment or a text goes on.
//!
//! A reviewer needs to see where the comments end, not what an editor knows. Grammars as editors have them (syntect)
//! take megabytes of memory and tens of milliseconds before the first line, on each start over SSH; a list of words
//! and four rules a language take nothing, can't be made slow by hostile text, and look the same in 16 colours.

use ratatui::style::Style;
use ratatui::text::Span;

use super::theme::Theme;

/// How a language is written, as far as it is seen here.
struct Language {
    /// What it is called in fences, and endings of its files.
    names: &'static [&'static str],
    /// What begins a comment that ends with the line.
    line_comments: &'static [&'static str],
    /// What begins and ends a comment of many lines.
    block_comment: Option<(&'static str, &'static str)>,
    /// Signs that begin and end a text.
    quotes: &'static str,
    /// Texts of many lines, begun and ended by three quotes.
    triple: bool,
    keywords: &'static [&'static str],
    /// Keywords are written in either case.
    any_case: bool,
}

const BASE: Language = Language {
    names: &[],
    line_comments: &[],
    block_comment: None,
    quotes: "\"'",
    triple: false,
    keywords: &[],
    any_case: false,
};

const C_COMMENTS: Language = Language { line_comments: &["//"], block_comment: Some(("/*", "*/")), ..BASE };
const HASH_COMMENTS: Language = Language { line_comments: &["#"], ..BASE };

const LANGUAGES: &[Language] = &[
    Language {
        names: &["python", "py", "python3", "ipython", "pyi"],
        triple: true,
        keywords: &[
            "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
            "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in",
            "is", "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
            "with", "yield",
        ],
        ..HASH_COMMENTS
    },
    Language {
        names: &["rust", "rs"],
        quotes: "\"",
        keywords: &[
            "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
            "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
            "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "type", "unsafe",
            "use", "where", "while",
        ],
        ..C_COMMENTS
    },
    Language {
        names: &["javascript", "js", "jsx", "mjs", "typescript", "ts", "tsx"],
        quotes: "\"'`",
        keywords: &[
            "as",
            "async",
            "await",
            "break",
            "case",
            "catch",
            "class",
            "const",
            "continue",
            "default",
            "delete",
            "do",
            "else",
            "enum",
            "export",
            "extends",
            "false",
            "finally",
            "for",
            "from",
            "function",
            "if",
            "implements",
            "import",
            "in",
            "instanceof",
            "interface",
            "let",
            "new",
            "null",
            "of",
            "return",
            "static",
            "super",
            "switch",
            "this",
            "throw",
            "true",
            "try",
            "type",
            "typeof",
            "undefined",
            "var",
            "void",
            "while",
            "yield",
        ],
        ..C_COMMENTS
    },
    Language {
        names: &["c", "h", "cpp", "c++", "cc", "cxx", "hpp", "cuda", "cu", "arduino"],
        keywords: &[
            "auto",
            "bool",
            "break",
            "case",
            "catch",
            "char",
            "class",
            "const",
            "constexpr",
            "continue",
            "default",
            "delete",
            "do",
            "double",
            "else",
            "enum",
            "extern",
            "false",
            "float",
            "for",
            "goto",
            "if",
            "inline",
            "int",
            "long",
            "namespace",
            "new",
            "nullptr",
            "operator",
            "private",
            "protected",
            "public",
            "return",
            "short",
            "signed",
            "sizeof",
            "static",
            "struct",
            "switch",
            "template",
            "this",
            "throw",
            "true",
            "try",
            "typedef",
            "typename",
            "union",
            "unsigned",
            "using",
            "virtual",
            "void",
            "volatile",
            "while",
        ],
        ..C_COMMENTS
    },
    Language {
        names: &["java", "kotlin", "kt", "scala", "csharp", "cs", "swift", "dart", "groovy"],
        keywords: &[
            "abstract",
            "boolean",
            "break",
            "case",
            "catch",
            "class",
            "const",
            "continue",
            "def",
            "default",
            "do",
            "double",
            "else",
            "enum",
            "extends",
            "false",
            "final",
            "finally",
            "float",
            "for",
            "fun",
            "func",
            "if",
            "implements",
            "import",
            "in",
            "int",
            "interface",
            "let",
            "long",
            "namespace",
            "new",
            "null",
            "object",
            "override",
            "package",
            "private",
            "protected",
            "public",
            "return",
            "static",
            "string",
            "struct",
            "super",
            "switch",
            "this",
            "throw",
            "throws",
            "trait",
            "true",
            "try",
            "using",
            "val",
            "var",
            "void",
            "when",
            "while",
        ],
        ..C_COMMENTS
    },
    Language {
        names: &["go", "golang"],
        quotes: "\"'`",
        keywords: &[
            "break",
            "case",
            "chan",
            "const",
            "continue",
            "default",
            "defer",
            "else",
            "fallthrough",
            "false",
            "for",
            "func",
            "go",
            "goto",
            "if",
            "import",
            "interface",
            "map",
            "nil",
            "package",
            "range",
            "return",
            "select",
            "struct",
            "switch",
            "true",
            "type",
            "var",
        ],
        ..C_COMMENTS
    },
    Language {
        names: &["sh", "bash", "shell", "zsh", "console", "fish", "dockerfile", "make", "makefile"],
        keywords: &[
            "case", "do", "done", "elif", "else", "esac", "export", "fi", "for", "function", "if", "in",
            "local", "return", "set", "source", "then", "until", "while",
        ],
        ..HASH_COMMENTS
    },
    Language {
        names: &["r", "rscript"],
        keywords: &[
            "FALSE", "NA", "NULL", "TRUE", "break", "else", "for", "function", "if", "in", "library", "next",
            "repeat", "return", "while",
        ],
        ..HASH_COMMENTS
    },
    Language {
        names: &["julia", "jl"],
        block_comment: Some(("#=", "=#")),
        quotes: "\"",
        triple: true,
        keywords: &[
            "abstract", "begin", "break", "const", "continue", "do", "else", "elseif", "end", "export",
            "false", "for", "function", "global", "if", "import", "in", "let", "local", "macro", "module",
            "mutable", "nothing", "return", "struct", "true", "try", "using", "where", "while",
        ],
        ..HASH_COMMENTS
    },
    Language {
        names: &["matlab", "octave", "m"],
        line_comments: &["%", "#"],
        quotes: "\"",
        keywords: &[
            "break",
            "case",
            "catch",
            "continue",
            "else",
            "elseif",
            "end",
            "false",
            "for",
            "function",
            "global",
            "if",
            "otherwise",
            "return",
            "switch",
            "true",
            "try",
            "while",
        ],
        ..BASE
    },
    Language {
        names: &["fortran", "f90", "f95", "f03", "f"],
        line_comments: &["!"],
        any_case: true,
        keywords: &[
            "allocate",
            "call",
            "character",
            "contains",
            "do",
            "else",
            "elseif",
            "end",
            "endif",
            "enddo",
            "function",
            "if",
            "implicit",
            "integer",
            "logical",
            "module",
            "none",
            "parameter",
            "print",
            "program",
            "real",
            "return",
            "subroutine",
            "then",
            "use",
            "while",
            "write",
        ],
        ..BASE
    },
    Language {
        names: &["sql", "postgresql", "postgres", "sqlite", "mysql"],
        line_comments: &["--"],
        block_comment: Some(("/*", "*/")),
        any_case: true,
        keywords: &[
            "all",
            "and",
            "as",
            "asc",
            "between",
            "by",
            "case",
            "create",
            "cross",
            "delete",
            "desc",
            "distinct",
            "drop",
            "else",
            "end",
            "exists",
            "from",
            "group",
            "having",
            "in",
            "index",
            "inner",
            "insert",
            "into",
            "is",
            "join",
            "left",
            "like",
            "limit",
            "not",
            "null",
            "on",
            "or",
            "order",
            "outer",
            "over",
            "partition",
            "right",
            "select",
            "set",
            "table",
            "then",
            "union",
            "update",
            "values",
            "view",
            "when",
            "where",
            "with",
        ],
        ..BASE
    },
    Language {
        names: &["json", "jsonc", "json5", "geojson", "ndjson", "jsonl"],
        keywords: &["false", "null", "true"],
        ..C_COMMENTS
    },
    Language { names: &["yaml", "yml"], keywords: &["false", "no", "null", "true", "yes"], ..HASH_COMMENTS },
    Language {
        names: &["toml", "ini", "cfg", "conf"],
        line_comments: &["#", ";"],
        keywords: &["false", "true"],
        ..BASE
    },
    Language { names: &["css", "scss", "less"], ..C_COMMENTS },
    Language {
        names: &["html", "xml", "svg", "htm"],
        block_comment: Some(("<!--", "-->")),
        quotes: "\"",
        ..BASE
    },
    Language { names: &["latex", "tex", "bibtex", "bib"], line_comments: &["%"], quotes: "", ..BASE },
    Language {
        names: &["lua", "haskell", "hs"],
        line_comments: &["--"],
        keywords: &[
            "and", "break", "case", "data", "do", "else", "elseif", "end", "false", "for", "function", "if",
            "import", "in", "let", "local", "module", "nil", "not", "of", "or", "repeat", "return", "then",
            "true", "type", "until", "where", "while",
        ],
        ..BASE
    },
];

/// What goes on at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Comment,
    /// A text begun by three of these.
    Triple(char),
}

/// Styles one text of code, line after line.
pub struct Highlighter {
    language: &'static Language,
    theme: &'static Theme,
    open: Open,
    /// Lines that were added and taken out, by their first sign.
    diff: bool,
}

impl Highlighter {
    /// For a language, as fences and endings of files name it. None if it is not known.
    #[must_use]
    pub fn of(name: &str, theme: &'static Theme) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let new = |language, diff| Self { language, theme, open: Open::Nothing, diff };
        if matches!(name.as_str(), "diff" | "patch") {
            return Some(new(&BASE, true));
        }
        LANGUAGES
            .iter()
            .find(|language| language.names.contains(&name.as_str()))
            .map(|language| new(language, false))
    }

    /// The next line, without its break.
    pub fn line<'t>(&mut self, line: &'t str) -> Vec<Span<'t>> {
        if self.diff {
            let style = match line.as_bytes().first() {
                Some(b'+') => self.theme.good,
                Some(b'-') => self.theme.bad,
                Some(b'@') => self.theme.strong,
                _ => self.theme.text,
            };
            return vec![Span::styled(line, style)];
        }
        let mut spans = Vec::new();
        let mut rest = line;
        while !rest.is_empty() {
            let (length, style) = self.token(rest);
            let (token, after) = rest.split_at(length.clamp(1, rest.len()).max(first_len(rest)));
            push(&mut spans, token, style);
            rest = after;
        }
        spans
    }

    /// How long the first token is, in bytes, and its style.
    fn token(&mut self, rest: &str) -> (usize, Style) {
        let theme = self.theme;
        match self.open {
            Open::Comment => {
                let end = self.language.block_comment.and_then(|(_, end)| Some(rest.find(end)? + end.len()));
                if end.is_some() {
                    self.open = Open::Nothing;
                }
                return (end.unwrap_or(rest.len()), theme.code_comment);
            }
            Open::Triple(quote) => return (self.triple(rest, quote), theme.code_text),
            Open::Nothing => {}
        }
        if let Some((begin, _)) = self.language.block_comment.filter(|(begin, _)| rest.starts_with(begin)) {
            self.open = Open::Comment;
            return (begin.len(), theme.code_comment);
        }
        if self.language.line_comments.iter().any(|begin| rest.starts_with(begin)) {
            return (rest.len(), theme.code_comment);
        }
        let first = rest.chars().next().unwrap_or(' ');
        if self.language.quotes.contains(first) {
            if self.language.triple && rest[1..].starts_with(first) && rest[2..].starts_with(first) {
                return (3 + self.triple(&rest[3..], first), theme.code_text);
            }
            return (quoted(rest, first), theme.code_text);
        }
        if first.is_ascii_digit() {
            let number = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_');
            return (run(rest, number), theme.code_number);
        }
        if first.is_alphabetic() || first == '_' {
            let length = run(rest, |sign| sign.is_alphanumeric() || sign == '_');
            let style = if self.is_keyword(&rest[..length]) { theme.code_keyword } else { theme.text };
            return (length, style);
        }
        let dull = |sign: char| {
            !(sign.is_alphanumeric()
                || sign == '_'
                || self.language.quotes.contains(sign)
                || STARTS.contains(sign))
        };
        (run(rest, dull).max(first.len_utf8()), theme.text)
    }

    /// The rest of a text of many lines.
    fn triple(&mut self, rest: &str, quote: char) -> usize {
        let end = if quote == '"' { "\"\"\"" } else { "'''" };
        if let Some(at) = rest.find(end) {
            self.open = Open::Nothing;
            at + 3
        } else {
            self.open = Open::Triple(quote);
            rest.len()
        }
    }

    fn is_keyword(&self, word: &str) -> bool {
        let keywords = self.language.keywords;
        keywords.contains(&word)
            || (self.language.any_case && keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(word)))
    }
}

/// Signs that may begin a comment.
const STARTS: &str = "/#%!-;<=";

fn first_len(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

fn run(text: &str, takes: impl Fn(char) -> bool) -> usize {
    text.find(|sign| !takes(sign)).unwrap_or(text.len())
}

/// A text in quotes with its quotes, to the end of the line if it is not closed.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, sign) in text.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            sign if sign == quote => return at + sign.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn push<'t>(spans: &mut Vec<Span<'t>>, token: &'t str, style: Style) {
    match spans.last_mut() {
        Some(last) if last.style == style => last.content.to_mut().push_str(token),
        _ => spans.push(Span::styled(token, style)),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::ui::theme::ThemeName;
    use proptest::prelude::*;

    /// Each token with the letter of its style: `c` comment, `t` text, `n` number, `k` keyword.
    fn marked(language: &str, lines: &[&str]) -> String {
        let theme = Theme::named(ThemeName::Dark);
        let mut highlighter = Highlighter::of(language, theme).unwrap();
        let mut out = String::new();
        for line in lines {
            for span in highlighter.line(line) {
                let letter = match span.style {
                    style if style == theme.code_comment => "c",
                    style if style == theme.code_text => "t",
                    style if style == theme.code_number => "n",
                    style if style == theme.code_keyword => "k",
                    _ => "",
                };
                if letter.is_empty() {
                    out.push_str(&span.content);
                } else {
                    let _ = write!(out, "{letter}<{}>", span.content);
                }
            }
            out.push('\n');
        }
        out
    }

    #[test]
    fn comments_texts_numbers_and_keywords_are_told_apart() {
        assert_eq!(
            marked("python", &["def f(x=1.5e3):  # a", "    '''go", "on''' + \"a\\\"b\"", "define"]),
            "k<def> f(x=n<1.5e3>):  c<# a>\n    t<'''go>\nt<on'''> + t<\"a\\\"b\">\ndefine\n"
        );
        assert_eq!(
            marked("rs", &["let x = 'a'; /* one", "two */ fn"]),
            "k<let> x = 'a'; c</* one>\nc<two */> k<fn>\n"
        );
        assert_eq!(marked("SQL", &["SELECT a FROM b -- c"]), "k<SELECT> a k<FROM> b c<-- c>\n");
        assert_eq!(marked("json", &["{\"a\": [1, true]}"]), "{t<\"a\">: [n<1>, k<true>]}\n");
        assert!(Highlighter::of("klingon", Theme::named(ThemeName::Dark)).is_none());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_panics(lines in proptest::collection::vec("\\PC{0,40}", 0..6), which in 0..LANGUAGES.len()) {
            let mut highlighter = Highlighter::of(LANGUAGES[which].names[0], Theme::named(ThemeName::Dark)).unwrap();
            for line in &lines {
                let text: String = highlighter.line(line).iter().map(|span| span.content.as_ref()).collect();
                prop_assert_eq!(&text, line);
            }
        }
    }
}
