//! The only writer of HTML. All text passes through it.

use std::fmt::Display;

use crate::error::printable;

/// The line between the header and the rows. Half-transparent, so that it shows on light and dark backgrounds.
const LINE: &str = "border-bottom:1px solid rgba(128,128,128,.35)";

/// The most bytes of a cell that is kept on one line.
const SHORT: usize = 40;

/// HTML being written. Tags and attributes are literals of this module; all other text is escaped.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// Writes an element with a style and the content that `content` writes.
    pub(super) fn element(&mut self, tag: &'static str, style: &[&'static str], content: impl FnOnce(&mut Self)) {
        self.0 += "<";
        self.0 += tag;
        if !style.is_empty() {
            self.0 += " style=\"";
            self.0 += &style.join(";");
            self.0 += "\"";
        }
        self.0 += ">";
        content(self);
        self.0 += "</";
        self.0 += tag;
        self.0 += ">";
    }

    /// Writes text from anywhere. Control characters are shown as escapes, and characters of HTML as entities.
    pub(super) fn text(&mut self, text: impl Display) {
        let text = printable(text).to_string();
        for character in text.chars() {
            match character {
                '&' => self.0 += "&amp;",
                '<' => self.0 += "&lt;",
                '>' => self.0 += "&gt;",
                '"' => self.0 += "&quot;",
                '\'' => self.0 += "&#x27;",
                other => self.0.push(other),
            }
        }
    }

    /// Writes a row of cells. With `is_numeric`, all cells but the first are aligned to the right.
    pub(super) fn row<T: Display>(&mut self, tag: &'static str, cells: &[T], is_numeric: bool) {
        let line = if tag == "th" { LINE } else { "border:0" };
        self.element("tr", &["background:transparent"], |html| {
            for (column, cell) in cells.iter().enumerate() {
                let mut style = vec!["padding:2px 12px 2px 0", "background:transparent", "color:inherit", line];
                style.push(if is_numeric && column > 0 { "text-align:right" } else { "text-align:left" });
                if is_numeric {
                    style.push("font-variant-numeric:tabular-nums");
                }
                let cell = cell.to_string();
                if cell.len() <= SHORT {
                    style.push("white-space:nowrap");
                }
                html.element(tag, &style, |html| html.text(cell));
            }
        });
    }
}
