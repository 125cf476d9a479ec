//! Buffers that are passed to JavaScript without a copy, and the pool that reuses their memory after garbage collection.
//! Allocating and mapping new memory takes longer than filling it, so memory is reused.

#![allow(unsafe_code, reason = "JavaScript reads memory that Rust allocated, and the addon defines its lifetime")]

use std::sync::{Arc, Mutex, Weak};

use napi::Env;
use napi::bindgen_prelude::{BufferSlice, ToNapiValue, TypeName};
use napi::sys::{napi_env, napi_value};

use crate::promise::lock;

/// Maximum number of spare buffers. One garbage collection frees about this many.
const SPARE: usize = 12;

/// The spare buffers of one read.
#[derive(Clone, Default)]
pub struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pool {
    /// Returns an empty vector with a capacity of at least `expected` bytes.
    pub fn take(&self, expected: usize) -> Vec<u8> {
        let mut spare = lock(&self.0);
        let fits = spare.iter().position(|memory| memory.capacity() >= expected);
        fits.map_or_else(|| Vec::with_capacity(expected + expected / 8), |fits| spare.swap_remove(fits))
    }

    /// Wraps bytes for JavaScript. Their memory returns to this pool, unless the pool was dropped by then.
    pub fn wrap(&self, bytes: Vec<u8>) -> ExternalBuffer {
        ExternalBuffer { bytes, pool: Arc::downgrade(&self.0) }
    }
}

/// Bytes that become a `Buffer` of JavaScript without a copy.
pub struct ExternalBuffer {
    bytes: Vec<u8>,
    pool: Weak<Mutex<Vec<Vec<u8>>>>,
}

impl ExternalBuffer {
    fn return_to_pool(mut self) {
        let Some(spare) = self.pool.upgrade() else { return };
        let mut spare = lock(&spare);
        if spare.len() < SPARE {
            self.bytes.clear();
            spare.push(self.bytes);
        }
    }
}

impl ToNapiValue for ExternalBuffer {
    unsafe fn to_napi_value(env: napi_env, mut buffer: Self) -> napi::Result<napi_value> {
        debug_assert!(!buffer.bytes.is_empty(), "each piece of Arrow IPC has bytes");
        let (data, length) = (buffer.bytes.as_mut_ptr(), buffer.bytes.len());
        // SAFETY: `data` and `length` describe the heap memory of a vector that the buffer owns from here on. The vector is
        // released only in the finalizer, after the buffer became unreachable, and is not accessed before. Moving a vector
        // does not move its heap memory.
        let buffer = unsafe {
            BufferSlice::from_external(&Env::from_raw(env), data, length, buffer, |_, buffer| buffer.return_to_pool())?
        };
        // SAFETY: `env` is the environment of the current call.
        unsafe { ToNapiValue::to_napi_value(env, &buffer) }
    }
}

impl TypeName for ExternalBuffer {
    fn type_name() -> &'static str {
        BufferSlice::type_name()
    }

    fn value_type() -> napi::ValueType {
        BufferSlice::value_type()
    }
}
