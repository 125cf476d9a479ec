//! Any bytes as a manifest: it is one or not, and nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    outlay::internals::manifest(data);
});
