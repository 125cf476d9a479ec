//! Colors of what the program prints.

use std::env;

use clap::ValueEnum;

/// When the program prints in colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Returns whether a stream gets colors.
    pub fn is_on(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => is_terminal && has_colors(|name| env::var(name).ok().filter(|value| !value.is_empty())),
        }
    }
}

/// Returns whether the terminal shows colors and its user wants them, by environment variables that are not empty.
fn has_colors(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name| variable(name).is_some();
    // The console of Windows before Windows Terminal prints escapes as text.
    let is_able = !cfg!(windows) || is_set("WT_SESSION") || is_set("TERM") || is_set("ANSICON");
    is_able && !is_set("NO_COLOR") && variable("TERM").as_deref() != Some("dumb")
}

const BOLD: &str = "1";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";

/// Words at the start of a line, after blanks, with their colors.
const WORDS: &[(&str, &str)] = &[
    // Checks of a set-up.
    ("passed ", GREEN),
    ("warning ", YELLOW),
    ("FAILED ", RED),
    ("ready:", GREEN),
    ("not ready:", RED),
    // Checks and outcomes of a read.
    ("BROKEN ", RED),
    ("warning:", YELLOW),
    ("proven:", GREEN),
    ("partial:", YELLOW),
    ("NOT PROVEN:", RED),
];

/// Paints texts, or leaves them as they are.
#[derive(Clone, Copy, Debug)]
pub struct Paint(pub bool);

impl Paint {
    /// Paints the verdicts at the start of lines. Only for texts in which no name from a report starts a line.
    pub fn verdicts(self, text: &str) -> String {
        self.lines(text, |_, line| {
            let start = line.len() - line.trim_start_matches(' ').len();
            let (blanks, rest) = line.split_at(start);
            let (word, color) = WORDS.iter().find(|(word, _)| rest.starts_with(word))?;
            let word = word.trim_end();
            Some(format!("{blanks}{}{}", sgr(color, word), &rest[word.len()..]))
        })
    }

    /// Paints the first line.
    pub fn header(self, text: &str) -> String {
        self.lines(text, |number, line| (number == 0 && !line.is_empty()).then(|| sgr(BOLD, line)))
    }

    fn lines(self, text: &str, paint: impl Fn(usize, &str) -> Option<String>) -> String {
        if !self.0 {
            return text.to_owned();
        }
        let lines = text.split('\n').enumerate();
        let painted = lines.map(|(number, line)| paint(number, line).unwrap_or_else(|| line.to_owned()));
        painted.collect::<Vec<_>>().join("\n")
    }
}

fn sgr(color: &str, text: &str) -> String {
    format!("\u{1b}[{color}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_can_turn_colors_off() {
        #[rustfmt::skip]
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[("TERM", "xterm")],                      true),
            (&[("TERM", "dumb")],                       false),
            (&[("TERM", "xterm"), ("NO_COLOR", "1")],   false),
            (&[("TERM", "xterm"), ("NO_COLOR", "0")],   false),
        ];
        for (variables, wanted) in cases {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(has_colors(variable), *wanted, "{variables:?}");
        }
        assert_eq!(
            [Color::Always.is_on(false), Color::Never.is_on(true), Color::Auto.is_on(false)],
            [true, false, false]
        );
    }

    #[test]
    fn verdicts_are_painted_and_nothing_else() {
        let text = "passed   list   passed \n BROKEN  sums: x\nproven: all\nnot proven: a\nunready:";
        let painted = "\u{1b}[32mpassed\u{1b}[0m   list   passed \n \u{1b}[31mBROKEN\u{1b}[0m  sums: x\n\
                       \u{1b}[32mproven:\u{1b}[0m all\nnot proven: a\nunready:";
        assert_eq!(Paint(true).verdicts(text), painted);
        assert_eq!(Paint(false).verdicts(text), text);
        assert_eq!(Paint(true).header("a  b\n1  2"), "\u{1b}[1ma  b\u{1b}[0m\n1  2");
        assert_eq!(Paint(false).header("a  b\n1  2"), "a  b\n1  2");
    }
}
