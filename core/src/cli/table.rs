//! A table of columns for terminals.

use crate::error::printable;

/// Formats lines of cells: the first column is left-aligned, the others are right-aligned. Control characters are
/// escaped.
pub fn table(lines: &[Vec<String>]) -> String {
    let shown = |line: &Vec<String>| line.iter().map(|cell| printable(cell).to_string()).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = lines.iter().map(shown).collect();
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .enumerate()
            .map(
                |(column, (cell, &width))| {
                    if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                },
            )
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
