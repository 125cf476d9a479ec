//! The scan in steps of 64 bytes. Vector instructions find quotes, commas, line feeds and carriage returns; the rest is
//! arithmetic on these four masks.
//!
//! The file has unsafe code for two reasons: a function with vector instructions may only run on a processor that
//! supports them, and ends are written to reserved memory.
#![allow(unsafe_code)]

use std::sync::LazyLock;

use super::{NeedsSlowPath, Scan, ScanState};

/// Bytes of a step.
const STEP: usize = 64;

/// One bit per byte of a step; the first byte is the lowest bit.
#[derive(Clone, Copy)]
struct Masks {
    quotes: u64,
    commas: u64,
    feeds: u64,
    returns: u64,
}

/// Vector instructions that compute the masks of a step.
trait Vector {
    /// # Safety
    ///
    /// The processor must support the instructions.
    unsafe fn masks(step: &[u8; STEP]) -> Masks;

    /// Writes the position of each bit, counted from `base`. May write arbitrary numbers after them, up to 64 numbers
    /// in all.
    ///
    /// # Safety
    ///
    /// The processor must support the instructions, and 64 numbers from `to` on must be valid for writes.
    #[inline(always)]
    unsafe fn positions(mut marks: u64, base: u32, mut to: *mut u32) {
        while marks != 0 {
            for place in 0..8 {
                // Always eight at once: a branch per number costs more than the surplus writes. Volatile, because eight
                // stores are faster than the vector store that the compiler would generate.
                // SAFETY: at most 64 bits are set, and a round begins only if one is left: at most 8 rounds of 8.
                unsafe { to.add(place).write_volatile(base.wrapping_add(marks.trailing_zeros())) };
                marks &= marks.wrapping_sub(1);
            }
            // SAFETY: as above; after the last round it is at most one past the end.
            to = unsafe { to.add(8) };
        }
    }
}

/// Instruction sets for the scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InstructionSet {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    Neon,
    Scalar,
}

impl InstructionSet {
    /// All that this processor supports, the best first.
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        [
            #[cfg(target_arch = "x86_64")]
            (is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi2") && has_bits())
                .then_some(Self::Avx512),
            #[cfg(target_arch = "x86_64")]
            (is_x86_feature_detected!("avx2") && has_bits()).then_some(Self::Avx2),
            #[cfg(all(target_arch = "aarch64", not(miri)))]
            std::arch::is_aarch64_feature_detected!("neon").then_some(Self::Neon),
            Some(Self::Scalar),
        ]
        .into_iter()
        .flatten()
    }

    /// The best that this processor supports.
    pub(crate) fn best() -> Self {
        static BEST: LazyLock<InstructionSet> =
            LazyLock::new(|| InstructionSet::available().next().unwrap_or(InstructionSet::Scalar));
        *BEST
    }

    /// Scans all whole steps. `Scalar` scans none.
    pub(super) fn resume(
        self,
        scan: &mut Scan,
        bytes: &[u8],
        width: usize,
        ends: &mut Vec<u32>,
    ) -> Result<(), NeedsSlowPath> {
        debug_assert!(Self::available().any(|set| set == self));
        match self {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: instruction sets come from `available`, which checked that the processor supports them.
            Self::Avx512 => unsafe { x86::resume_512(scan, bytes, width, ends) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Self::Avx2 => unsafe { x86::resume(scan, bytes, width, ends) },
            #[cfg(all(target_arch = "aarch64", not(miri)))]
            // SAFETY: as above.
            Self::Neon => unsafe { arm::resume(scan, bytes, width, ends) },
            Self::Scalar => Ok(()),
        }
    }
}

/// Returns whether the processor has instructions to count and find bits.
#[cfg(target_arch = "x86_64")]
fn has_bits() -> bool {
    is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("popcnt")
}

/// Scans all whole steps with the instructions of `V`.
///
/// # Safety
///
/// The processor must support the instructions of `V`.
#[inline(always)]
unsafe fn steps<V: Vector>(
    scan: &mut Scan,
    bytes: &[u8],
    width: usize,
    ends: &mut Vec<u32>,
) -> Result<(), NeedsSlowPath> {
    // State of the byte before a step, one bit each, in the lowest place.
    let mut inside = if scan.state == ScanState::Quoted { u64::MAX } else { 0 };
    let mut after_feed = u64::from(scan.state == ScanState::RecordStart);
    let mut after_comma = u64::from(scan.state == ScanState::FieldStart);
    let mut after_close = u64::from(scan.state == ScanState::QuoteInQuoted);
    let mut after_return = u64::from(scan.state == ScanState::Return);
    let rest = bytes.get(scan.at..).unwrap_or_default();
    let (whole, _) = rest.as_chunks::<STEP>();
    if whole.is_empty() {
        return Ok(());
    }
    // The number of ends at which the next record must end.
    let mut record_end = scan.complete_ends + width;
    for step in whole {
        // SAFETY: the caller guarantees the instructions.
        let Masks { quotes, commas, feeds, returns } = unsafe { V::masks(step) };
        // A byte is inside quotes if the number of quotes up to and including it is odd.
        let within = if quotes == 0 { inside } else { prefix_xor(quotes) ^ inside };
        inside = ((within as i64) >> 63) as u64;
        let (commas, feeds, returns) = (commas & !within, feeds & !within, returns & !within);
        let marks = commas | feeds;
        let (open, close) = (quotes & within, quotes & !within);
        let before_feed = feeds << 1 | after_feed;
        let before_comma = commas << 1 | after_comma;
        let before_close = close << 1 | after_close;
        let before_return = returns << 1 | after_return;
        // An opening quote must be at the start of a field or double the quote before it. A closing quote must be
        // followed by the end of the field or a quote that doubles it. A carriage return must be followed by a line
        // feed. A record must not begin with a line end.
        let strays = open & !(before_feed | before_comma | before_close)
            | before_close & !(marks | returns | quotes)
            | before_return & !feeds
            | before_feed & (feeds | returns);
        if strays != 0 {
            return Err(NeedsSlowPath);
        }
        after_feed = feeds >> 63;
        after_comma = commas >> 63;
        after_close = close >> 63;
        after_return = returns >> 63;
        let first = ends.len();
        // SAFETY: the caller guarantees the instructions.
        unsafe { write_ends::<V>(marks, scan.at as u32, ends) };
        let mut feeds = feeds;
        while feeds != 0 {
            let at = feeds.trailing_zeros();
            let count = (marks & (1 << at | ((1 << at) - 1))).count_ones();
            if first + count as usize != record_end {
                return Err(NeedsSlowPath);
            }
            scan.complete = scan.at + at as usize + 1;
            scan.complete_ends = record_end;
            record_end += width;
            feeds &= feeds - 1;
        }
        if ends.len() >= record_end {
            // There is a comma where the record must end.
            return Err(NeedsSlowPath);
        }
        scan.at += STEP;
    }
    scan.fields = ends.len() - scan.complete_ends;
    scan.state = match (inside, after_feed, after_comma, after_close, after_return) {
        (u64::MAX, ..) => ScanState::Quoted,
        (_, 1, ..) => ScanState::RecordStart,
        (_, _, 1, ..) => ScanState::FieldStart,
        (_, _, _, 1, _) => ScanState::QuoteInQuoted,
        (_, _, _, _, 1) => ScanState::Return,
        _ => ScanState::Plain,
    };
    Ok(())
}

/// Returns for each bit the XOR of all bits up to it.
#[inline(always)]
fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ bits << 32
}

/// Appends the position of each bit, counted from `base`.
///
/// # Safety
///
/// The processor must support the instructions of `V`.
#[inline(always)]
unsafe fn write_ends<V: Vector>(marks: u64, base: u32, ends: &mut Vec<u32>) {
    let count = marks.count_ones() as usize;
    ends.reserve(STEP);
    let length = ends.len();
    debug_assert!(ends.capacity() - length >= STEP, "room for every byte of a step");
    // SAFETY: 64 numbers from `length` on are reserved, and the first `count` of them are initialized. The caller
    // guarantees the instructions.
    unsafe {
        V::positions(marks, base, ends.as_mut_ptr().add(length));
        ends.set_len(length + count);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m128i, __m256i, __m512i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8,
        _mm512_add_epi32, _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask, _mm512_cvtepu8_epi32,
        _mm512_extracti32x4_epi32, _mm512_loadu_si512, _mm512_maskz_compress_epi8, _mm512_set1_epi8, _mm512_set1_epi32,
        _mm512_storeu_si512,
    };

    use super::{Masks, NeedsSlowPath, STEP, Scan, Vector, steps};

    struct Avx2;

    impl Vector for Avx2 {
        #[inline(always)]
        unsafe fn masks(step: &[u8; STEP]) -> Masks {
            // SAFETY: both loads are within the 64 bytes and need no alignment; the caller guarantees the instructions.
            unsafe {
                let low = _mm256_loadu_si256(step.as_ptr().cast::<__m256i>());
                let high = _mm256_loadu_si256(step.as_ptr().add(32).cast::<__m256i>());
                let mask = |byte: u8| {
                    let byte = _mm256_set1_epi8(byte as i8);
                    let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, byte)) as u32;
                    let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, byte)) as u32;
                    u64::from(low) | u64::from(high) << 32
                };
                Masks { quotes: mask(b'"'), commas: mask(b','), feeds: mask(b'\n'), returns: mask(b'\r') }
            }
        }
    }

    struct Avx512;

    impl Vector for Avx512 {
        #[inline(always)]
        unsafe fn masks(step: &[u8; STEP]) -> Masks {
            // SAFETY: the load reads the 64 bytes and needs no alignment; the caller guarantees the instructions.
            unsafe {
                let bytes = _mm512_loadu_si512(step.as_ptr().cast::<__m512i>());
                let mask = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
                Masks { quotes: mask(b'"'), commas: mask(b','), feeds: mask(b'\n'), returns: mask(b'\r') }
            }
        }

        #[inline(always)]
        unsafe fn positions(marks: u64, base: u32, to: *mut u32) {
            const PLACES: [u8; 64] = {
                let mut places = [0; 64];
                let mut place = 0;
                while place < 64 {
                    places[place] = place as u8;
                    place += 1;
                }
                places
            };
            // SAFETY: the load reads 64 bytes of a constant. Sixteen numbers are written per sixteen bits set, rounded
            // up: at most 64, which the caller guarantees to be valid. The caller guarantees the instructions.
            unsafe {
                let places = _mm512_loadu_si512(PLACES.as_ptr().cast::<__m512i>());
                let packed = _mm512_maskz_compress_epi8(marks, places);
                let base = _mm512_set1_epi32(base as i32);
                let store = |at: usize, four: __m128i| {
                    let numbers = _mm512_add_epi32(_mm512_cvtepu8_epi32(four), base);
                    _mm512_storeu_si512(to.add(at).cast::<__m512i>(), numbers);
                };
                store(0, _mm512_castsi512_si128(packed));
                let count = marks.count_ones();
                if count > 16 {
                    store(16, _mm512_extracti32x4_epi32::<1>(packed));
                    if count > 32 {
                        store(32, _mm512_extracti32x4_epi32::<2>(packed));
                        store(48, _mm512_extracti32x4_epi32::<3>(packed));
                    }
                }
            }
        }
    }

    /// # Safety
    ///
    /// The processor must support AVX-512 F, BW and VBMI2, BMI1 and POPCNT.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi1,popcnt")]
    pub(super) unsafe fn resume_512(
        scan: &mut Scan,
        bytes: &[u8],
        width: usize,
        ends: &mut Vec<u32>,
    ) -> Result<(), NeedsSlowPath> {
        // SAFETY: the caller guarantees the instructions.
        unsafe { steps::<Avx512>(scan, bytes, width, ends) }
    }

    /// # Safety
    ///
    /// The processor must support AVX2, BMI1 and POPCNT.
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub(super) unsafe fn resume(
        scan: &mut Scan,
        bytes: &[u8],
        width: usize,
        ends: &mut Vec<u32>,
    ) -> Result<(), NeedsSlowPath> {
        // SAFETY: the caller guarantees the instructions.
        unsafe { steps::<Avx2>(scan, bytes, width, ends) }
    }
}

#[cfg(all(target_arch = "aarch64", not(miri)))]
mod arm {
    use std::arch::aarch64::{
        uint8x16_t, vandq_u8, vceqq_u8, vdupq_n_u8, vget_lane_u64, vget_low_u8, vld1q_u8, vpaddq_u8,
        vreinterpret_u64_u8,
    };

    use super::{Masks, NeedsSlowPath, STEP, Scan, Vector, steps};

    struct Neon;

    impl Vector for Neon {
        #[inline(always)]
        unsafe fn masks(step: &[u8; STEP]) -> Masks {
            const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
            // SAFETY: the four loads are within the 64 bytes and need no alignment; the caller guarantees the
            // instructions.
            unsafe {
                let bits = vld1q_u8(BITS.as_ptr());
                let parts: [uint8x16_t; 4] = [0, 16, 32, 48].map(|at| vld1q_u8(step.as_ptr().add(at)));
                let mask = |byte: u8| {
                    let byte = vdupq_n_u8(byte);
                    let [a, b, c, d] = parts.map(|part| vandq_u8(vceqq_u8(part, byte), bits));
                    // Three pairwise additions combine the bits of eight bytes into one byte.
                    let sum = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
                    let sum = vpaddq_u8(sum, sum);
                    vget_lane_u64::<0>(vreinterpret_u64_u8(vget_low_u8(sum)))
                };
                Masks { quotes: mask(b'"'), commas: mask(b','), feeds: mask(b'\n'), returns: mask(b'\r') }
            }
        }
    }

    /// # Safety
    ///
    /// The processor must support NEON.
    #[target_feature(enable = "neon")]
    pub(super) unsafe fn resume(
        scan: &mut Scan,
        bytes: &[u8],
        width: usize,
        ends: &mut Vec<u32>,
    ) -> Result<(), NeedsSlowPath> {
        // SAFETY: the caller guarantees the instructions.
        unsafe { steps::<Neon>(scan, bytes, width, ends) }
    }
}
