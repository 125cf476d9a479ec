//! Descriptions of unexpected headers, for messages.

use crate::error::clip;
use crate::schema::cur::{Cur, folded};
use crate::value::near::near;

/// Number of names of the header in a message.
const LISTED: usize = 5;
/// Maximum number of names that are compared with a known one, and maximum length of a compared name.
const COMPARED: usize = 512;
const LONGEST: usize = 72;

/// Returns the first names of a header, and known names similar to them.
pub(super) fn found(header: &[String]) -> String {
    let names: Vec<String> = header.iter().take(LISTED).map(|name| quoted(name)).collect();
    let more = if header.len() > LISTED { ", …" } else { "" };
    let mut text = format!("its names are {}{more}", names.join(", "));
    for name in header.iter().take(LISTED) {
        let near = Cur::ALL.iter().filter_map(|&column| Some((distance_to(name, column)?, column)));
        if let Some((_, column)) = near.min_by_key(|&(distance, _)| distance) {
            text += &format!("; {} is similar to {}", quoted(name), column.name());
        }
    }
    text
}

/// Returns the first names of a header, and names similar to the wanted columns. `is_free` returns whether a field is
/// not bound to a column.
pub(super) fn candidates(header: &[String], wanted: &[Cur], is_free: impl Fn(usize) -> bool) -> String {
    let names: Vec<String> = header.iter().take(LISTED).map(|name| quoted(name)).collect();
    let more = if header.len() > LISTED { ", …" } else { "" };
    let mut text = format!(" among {}{more}", names.join(", "));
    for &column in wanted {
        let free = header.iter().enumerate().filter(|&(field, _)| is_free(field)).map(|(_, name)| name);
        let near = free.take(COMPARED).filter_map(|name| Some((distance_to(name, column)?, name)));
        if let Some((_, name)) = near.min_by_key(|&(distance, _)| distance) {
            text += &format!(", where {} is similar to {}", quoted(name), column.name());
        }
    }
    text
}

fn quoted(name: &str) -> String {
    format!("`{}`", clip(name.as_bytes()))
}

/// Returns the edit distance of a name to that of a column, with or without its category. `None` if the names are not
/// similar.
fn distance_to(name: &str, column: Cur) -> Option<usize> {
    if name.len() > LONGEST {
        return None;
    }
    let name = folded(name);
    let known = column.name();
    let short = known.rsplit_once('/').map_or(known, |(_, short)| short);
    [known, short].into_iter().filter_map(|known| near(name.as_bytes(), folded(known).as_bytes())).min()
}
