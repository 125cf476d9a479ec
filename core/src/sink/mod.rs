//! Record batches → files.
