//! A hash that is the same on every machine, for the options of a read and the parts of a plan.

use std::fmt::Display;

/// FNV-1a, 128 bits, over length-prefixed texts.
///
/// It detects mistakes, not forgery: options and plans come from the caller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fingerprint(u128);

impl Fingerprint {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    pub(crate) fn new() -> Self {
        Self(Self::OFFSET)
    }

    /// Adds a name and its value.
    pub(crate) fn add(&mut self, name: &str, value: impl Display) {
        let value = value.to_string();
        self.bytes(name.as_bytes());
        self.bytes(b"=");
        self.bytes(value.len().to_string().as_bytes());
        self.bytes(b":");
        self.bytes(value.as_bytes());
    }

    /// Adds a name and its values, in order.
    pub(crate) fn add_all<T: Display>(&mut self, name: &str, values: impl ExactSizeIterator<Item = T>) {
        self.add(name, values.len());
        for value in values {
            self.add(name, value);
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(Self::PRIME);
        }
    }

    /// Returns the version of the library and the hash. Another version can convert the same report differently.
    pub(crate) fn text(self) -> String {
        format!("{}:{:032x}", env!("CARGO_PKG_VERSION"), self.0)
    }
}

/// Returns the version of the library in a fingerprint.
pub(crate) fn version_of(fingerprint: &str) -> &str {
    fingerprint.split_once(':').map_or("", |(version, _)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_published_vectors() {
        for (text, wanted) in [
            ("", "6c62272e07bb014262b821756295c58d"),
            ("a", "d228cb696f1a8caf78912b704e4a8964"),
            ("foobar", "343e1662793c64bf6f0d3597ba446f18"),
        ] {
            let mut hash = Fingerprint::new();
            hash.bytes(text.as_bytes());
            assert_eq!(hash.text(), format!("{}:{wanted}", env!("CARGO_PKG_VERSION")), "{text}");
            assert_eq!(version_of(&hash.text()), env!("CARGO_PKG_VERSION"));
        }
    }

    #[test]
    fn what_is_cut_elsewhere_is_another() {
        let of = |values: &[&str]| {
            let mut hash = Fingerprint::new();
            hash.add_all("columns", values.iter());
            hash.text()
        };
        let all = [of(&[]), of(&[""]), of(&["ab", "c"]), of(&["a", "bc"]), of(&["a", "b", "c"]), of(&["c", "b", "a"])];
        for (index, one) in all.iter().enumerate() {
            assert!(!all.get(..index).unwrap_or_default().contains(one), "{index}");
        }
    }
}
