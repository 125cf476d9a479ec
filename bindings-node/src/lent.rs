//! Bytes that JavaScript holds for a while, without a copy; and their memory, which is written again once it has given them up.
//! The system takes longer to give new memory than it takes to fill it.

#![allow(unsafe_code, reason = "JavaScript looks at memory of ours, and only the addon knows until when")]

use std::sync::{Arc, Mutex, Weak};

use napi::Env;
use napi::bindgen_prelude::{BufferSlice, ToNapiValue, TypeName};
use napi::sys::{napi_env, napi_value};

use crate::promise::lock;

/// Pieces of memory that are kept: about those that one collection of garbage frees.
const SPARE: usize = 12;

/// Memory that a read writes again.
#[derive(Clone, Default)]
pub struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pool {
    /// Empty memory for about so many bytes.
    pub fn take(&self, expected: usize) -> Vec<u8> {
        let mut spare = lock(&self.0);
        let fits = spare.iter().position(|memory| memory.capacity() >= expected);
        fits.map_or_else(|| Vec::with_capacity(expected + expected / 8), |fits| spare.swap_remove(fits))
    }

    /// Bytes for JavaScript. Their memory comes back, unless the read is over by then.
    pub fn lend(&self, bytes: Vec<u8>) -> Lent {
        Lent { bytes, home: Arc::downgrade(&self.0) }
    }
}

/// Bytes for JavaScript.
pub struct Lent {
    bytes: Vec<u8>,
    home: Weak<Mutex<Vec<Vec<u8>>>>,
}

impl Lent {
    fn come_home(mut self) {
        let Some(spare) = self.home.upgrade() else { return };
        let mut spare = lock(&spare);
        if spare.len() < SPARE {
            self.bytes.clear();
            spare.push(self.bytes);
        }
    }
}

impl ToNapiValue for Lent {
    unsafe fn to_napi_value(env: napi_env, mut lent: Self) -> napi::Result<napi_value> {
        debug_assert!(!lent.bytes.is_empty(), "each piece of Arrow IPC has bytes");
        let (data, length) = (lent.bytes.as_mut_ptr(), lent.bytes.len());
        // SAFETY: the memory is that of a vector, which the buffer itself owns from here on: it is given up in the call that
        // JavaScript makes when the buffer cannot be reached any more, and not touched before. To move a vector moves no memory.
        let buffer =
            unsafe { BufferSlice::from_external(&Env::from_raw(env), data, length, lent, |_, lent| lent.come_home())? };
        // SAFETY: `env` is that of the call.
        unsafe { ToNapiValue::to_napi_value(env, &buffer) }
    }
}

impl TypeName for Lent {
    fn type_name() -> &'static str {
        BufferSlice::type_name()
    }

    fn value_type() -> napi::ValueType {
        BufferSlice::value_type()
    }
}
