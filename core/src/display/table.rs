//! A table of texts.

use std::fmt;

use super::html::Html;
use crate::error::printable;

/// A small table for people. `Display` writes it as text for a terminal, and [`Table::html`] as HTML for a notebook.
///
/// Cells may contain any text: control characters are escaped in both, and HTML in the second.
///
/// # Examples
///
/// ```
/// use outlay::display::Table;
///
/// let table = Table::new("2 accounts", ["Account", "Cost"])
///     .row(["111111111111", "12.50"])
///     .row(["222222222222", "7"])
///     .numeric()
///     .note("amounts in USD");
/// assert_eq!(table.to_string(), "\
/// 2 accounts
/// Account        Cost
/// 111111111111  12.50
/// 222222222222      7
/// amounts in USD");
/// assert!(table.html().contains("<td"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    caption: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    notes: Vec<Note>,
    is_numeric: bool,
}

/// A line below the table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    subject: Option<String>,
    text: String,
}

impl Table {
    /// Creates a table without rows.
    pub fn new<T: Into<String>>(caption: impl Into<String>, header: impl IntoIterator<Item = T>) -> Self {
        let header = header.into_iter().map(Into::into).collect();
        Self { caption: caption.into(), header, ..Self::default() }
    }

    /// Adds a row.
    #[must_use]
    pub fn row<T: Into<String>>(mut self, cells: impl IntoIterator<Item = T>) -> Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// Adds rows.
    #[must_use]
    pub fn rows<T: Into<String>, R: IntoIterator<Item = T>>(self, rows: impl IntoIterator<Item = R>) -> Self {
        rows.into_iter().fold(self, Self::row)
    }

    /// Adds a line below the table.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note { subject: None, text: text.into() });
        self
    }

    /// Adds a line below the table that begins with a subject, such as the code of a check.
    #[must_use]
    pub fn note_about(mut self, subject: impl Into<String>, text: impl Into<String>) -> Self {
        self.notes.push(Note { subject: Some(subject.into()), text: text.into() });
        self
    }

    /// Aligns all columns but the first to the right.
    #[must_use]
    pub fn numeric(mut self) -> Self {
        self.is_numeric = true;
        self
    }

    /// Returns the table with the first columns that fit a width in characters, at least one, and a note about the others.
    #[must_use]
    pub fn fit(mut self, width: usize) -> Self {
        let widths = self.widths();
        let mut taken = 0;
        let fits = |&&column: &&usize| {
            taken += column + GAP.len();
            taken <= width + GAP.len()
        };
        let shown = widths.iter().take_while(fits).count().max(1);
        let names = match self.header.get(shown..) {
            None | Some([]) => return self,
            Some(names) if names.len() > NAMED => format!("{}, …", names[..NAMED].join(", ")),
            Some(names) => names.join(", "),
        };
        let hidden = widths.len() - shown;
        self.header.truncate(shown);
        self.rows.iter_mut().for_each(|row| row.truncate(shown));
        self.note(format!("and {hidden} more columns: {names}"))
    }

    /// Returns the table as HTML with inline styles. It has no scripts, links or identifiers, and takes the colors of the
    /// page.
    pub fn html(&self) -> String {
        let mut html = Html::default();
        html.element("div", &["color:inherit", "font-size:90%", "overflow-x:auto"], |html| {
            if !self.caption.is_empty() {
                html.element("div", &["opacity:.75", "padding-bottom:4px"], |html| html.text(&self.caption));
            }
            html.element("table", &["border-collapse:collapse", "color:inherit"], |html| {
                html.element("thead", &[], |html| html.row("th", &self.header, self.is_numeric));
                html.element("tbody", &[], |html| {
                    for row in &self.rows {
                        html.row("td", row, self.is_numeric);
                    }
                });
            });
            for Note { subject, text } in &self.notes {
                html.element("div", &["padding-top:4px"], |html| {
                    if let Some(subject) = subject {
                        html.element("b", &[], |html| html.text(subject));
                        html.text(": ");
                    }
                    html.text(text);
                });
            }
        });
        html.finish()
    }

    /// The header and the rows as printed.
    fn lines(&self) -> impl Iterator<Item = Vec<String>> {
        let printed = |cells: &Vec<String>| cells.iter().map(|cell| printable(cell).to_string()).collect();
        let header = Some(&self.header).filter(|header| header.iter().any(|name| !name.is_empty()));
        header.into_iter().chain(&self.rows).map(printed)
    }

    /// The width of each column in characters.
    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for line in self.lines() {
            widths.resize(widths.len().max(line.len()), 0);
            for (width, cell) in widths.iter_mut().zip(&line) {
                *width = cell.chars().count().max(*width);
            }
        }
        widths
    }
}

/// The most columns that are named as hidden.
const NAMED: usize = 6;

/// The space between columns.
const GAP: &str = "  ";

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let aligned = |line: &Vec<String>| {
            let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
                if self.is_numeric && column > 0 { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
            cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
        };
        let caption = Some(printable(&self.caption).to_string()).filter(|caption| !caption.is_empty());
        let notes = self.notes.iter().map(|Note { subject, text }| match subject {
            Some(subject) => printable(format_args!("{subject}: {text}")).to_string(),
            None => printable(text).to_string(),
        });
        let lines = caption.into_iter().chain(self.lines().map(|line| aligned(&line))).chain(notes);
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that act in HTML or in a terminal. None of them may be in the output as it is.
    const ACTING: &[&str] = &[
        "<img src=x onerror=alert(1)>",
        "</td></table><script>alert(1)</script>",
        "\" onmouseover=\"alert(1)",
        "' style='position:fixed",
        "&lt;b&gt;",
        "\u{1b}[31mred\u{7}",
        "bill\u{202e}vsc.exe",
        "a\nb\rc",
        "javascript:alert(1)",
    ];

    #[test]
    fn text_that_acts_is_escaped_everywhere() {
        for text in ACTING {
            let table =
                Table::new(*text, [*text, "b"]).row([*text, "1"]).note(*text).note_about(*text, *text).numeric();
            let (html, printed) = (table.html(), table.to_string());
            for output in [&html, &printed] {
                assert!(!output.contains(['\u{1b}', '\u{202e}', '\r']), "{output:?}");
            }
            // Without the elements that the table writes, no character of HTML is left.
            let mut rest = html.clone();
            for tag in ["div", "table", "thead", "tbody", "tr", "th", "td", "b"] {
                rest = rest.replace(&format!("</{tag}>"), "").replace(&format!("<{tag}>"), "");
                while let Some(start) = rest.find(&format!("<{tag} style=\"")) {
                    let end = start + rest[start..].find("\">").unwrap_or(0) + 2;
                    assert!(!rest[start..end].contains("alert") && !rest[start..end].contains("fixed"), "{html}");
                    rest.replace_range(start..end, "");
                }
            }
            assert!(!rest.contains(['<', '>', '"', '\'']), "{rest}");
            assert_eq!(printed.lines().count(), 5, "{printed:?}");
        }
    }

    #[test]
    fn columns_that_do_not_fit_are_named() {
        let table = Table::new("", ["one", "two", "three"]).row(["1", "22222", "3"]);
        let cases = [
            (100, "one  two    three\n1    22222  3"),
            (17, "one  two    three\n1    22222  3"),
            (16, "one  two\n1    22222\nand 1 more columns: three"),
            (0, "one\n1\nand 2 more columns: two, three"),
        ];
        for (width, wanted) in cases {
            assert_eq!(table.clone().fit(width).to_string(), wanted, "{width}");
        }
    }
}
