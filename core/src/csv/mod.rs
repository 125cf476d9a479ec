//! Bytes of an object → blocks of records. Knows nothing of AWS.
