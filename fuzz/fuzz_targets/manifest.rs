//! Parses arbitrary bytes as a manifest: the result may be an error, but nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    outlay::internals::manifest(data);
});
