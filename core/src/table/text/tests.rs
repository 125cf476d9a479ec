#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::*;

/// Around the lengths at which views and copies change: 12 bytes and 32 bytes.
const TEXTS: &[Option<&str>] = &[
    Some("ä, the first"),
    None,
    Some(""),
    Some("twelve bytes"),
    Some("thirteen, so."),
    Some("thirty-one bytes, not a longer."),
    Some("thirty-two bytes, nothing longer"),
    Some("thirty-three bytes, only 1 longer"),
    Some("twelve bytes"),
    None,
    Some("€ as the last of all"),
];

/// One text after the other, as a block and as a tail, with the span of each.
fn laid_out() -> (Arena, SideText, Vec<Span>) {
    let mut tail = SideText::default();
    let spans: Vec<Span> =
        TEXTS.iter().map(|text| text.map_or(Span::ABSENT, |text| tail.push(text).unwrap())).collect();
    let block = tail.as_str().to_owned();
    let behind = SideText::behind(block.len());
    (Arena::new(block, behind), tail, spans)
}

fn shared_of(spans: &[Span]) -> Shared {
    let mut shared = Shared { differs: true, ..Shared::default() };
    spans.iter().for_each(|&span| shared.add(span));
    shared
}

fn in_block(arena: &Arena, span: Span) -> Option<&str> {
    (!span.is_absent()).then(|| arena.get(span))
}

#[test]
fn spans_lead_to_their_texts() {
    let (arena, tail, spans) = laid_out();
    let mut behind = SideText::behind(arena.block().len());
    for (&span, &text) in spans.iter().zip(TEXTS) {
        assert_eq!(in_block(&arena, span), text);
        assert_eq!(tail.get(span), text.unwrap_or_default());
        let added = behind.push(text.unwrap_or_default()).unwrap();
        assert_eq!(behind.get_in(arena.block(), added), text.unwrap_or_default().as_bytes());
        assert_eq!(behind.get_in(arena.block(), span), text.unwrap_or_default().as_bytes());
    }
    // Beyond the end, and in the middle of a character.
    let end = arena.block().len();
    for range in [end..end + 1, end - 1..end + 1, 1..2] {
        assert_eq!(arena.get(Span::of(range)), "");
    }
}

#[test]
fn every_way_into_a_column_makes_the_same_array() {
    type Fill = fn(&mut Texts, &Arena, &SideText, &[Span]);
    #[rustfmt::skip]
    let ways: [(&str, Fill); 4] = [
        ("of the block",     |texts, arena, _, spans| spans.iter().for_each(|&span| texts.push(in_block(arena, span)))),
        ("of elsewhere",     |texts, _, _, _| TEXTS.iter().for_each(|&text| texts.push(text.map(str::to_owned).as_deref()))),
        ("shared",           |texts, _, tail, spans| texts.gather(&shared_of(spans), tail, &numbers(0..spans.len()))),
        ("shared, in parts", |texts, _, tail, spans| {
            let shared = shared_of(spans);
            (0..spans.len()).for_each(|row| texts.gather(&shared, tail, &numbers(row..row + 1)));
        }),
    ];
    let (arena, tail, spans) = laid_out();
    let wanted = StringArray::from(TEXTS.to_vec());
    for text in [TextEncoding::Utf8, TextEncoding::Dictionary, TextEncoding::View] {
        for (name, fill) in ways {
            let mut texts = Texts::new(text, 1);
            // A column is used again for the next batch.
            for batch in 0..3 {
                texts.attach(&arena);
                fill(&mut texts, &arena, &tail, &spans);
                let array = texts.finish();
                array.to_data().validate_full().unwrap();
                assert_eq!(*array.data_type(), text.arrow());
                let plain = cast(&array, &DataType::Utf8).unwrap();
                assert_eq!(plain.to_data(), wanted.to_data(), "{text:?}, {name}, batch {batch}");
            }
        }
    }
}

fn numbers(range: std::ops::Range<usize>) -> Vec<u32> {
    range.map(|number| number as u32).collect()
}

#[test]
fn the_text_of_all_numbers_is_repeated() {
    for repeated in [None, Some(""), Some("short"), Some("a text of more than twelve bytes")] {
        let (mut tail, mut shared) = (SideText::default(), Shared::default());
        (0..3).for_each(|_| shared.push(&mut tail, repeated));
        assert!(shared.only().is_some());
        for text in [TextEncoding::Utf8, TextEncoding::Dictionary, TextEncoding::View] {
            let mut texts = Texts::new(text, 1);
            for batch in 0..3 {
                texts.push(Some("before"));
                texts.gather(&shared, &tail, &[]);
                texts.gather(&shared, &tail, &[2, 0, 1, 1]);
                texts.push(None);
                texts.gather(&shared, &tail, &[1]);
                let array = texts.finish();
                array.to_data().validate_full().unwrap();
                let wanted = [Some("before"), repeated, repeated, repeated, repeated, None, repeated];
                let plain = cast(&array, &DataType::Utf8).unwrap();
                assert_eq!(plain.to_data(), StringArray::from(wanted.to_vec()).to_data(), "{text:?}, batch {batch}");
            }
        }
    }
}

/// One long text, as an untrusted report can have, reserves nothing for the rows with short ones.
#[test]
fn a_long_text_costs_its_own_rows_only() {
    let (mut tail, mut shared) = (SideText::default(), Shared::default());
    shared.push(&mut tail, Some(&"x".repeat(16 << 20)));
    shared.push(&mut tail, Some("short"));
    let mut texts = Texts::new(TextEncoding::Utf8, 1);
    texts.gather(&shared, &tail, &[1; 1_000]);
    assert_eq!(texts.bytes(), 5_000);
    let array = texts.finish();
    array.to_data().validate_full().unwrap();
    assert!(array.get_buffer_memory_size() < 1 << 20);
}

/// A dictionary stays the same array until it grows, and starts again when it has become long.
#[test]
fn a_dictionary_is_kept_while_it_does_not_grow() {
    let values = |texts: &mut Texts| {
        let array = texts.finish();
        array.to_data().validate_full().unwrap();
        Arc::clone(array.as_any_dictionary().values())
    };
    let mut texts = Texts::new(TextEncoding::Dictionary, 1);
    ["a", "b", "a"].iter().for_each(|text| texts.push(Some(text)));
    let first = values(&mut texts);
    texts.push(Some("b"));
    let second = values(&mut texts);
    assert!(Arc::ptr_eq(&first, &second));
    texts.push(Some("c"));
    assert_eq!(values(&mut texts).len(), 3);
    let long: Vec<String> = (0..10).map(|number| format!("{number:0>30000}")).collect();
    long.iter().for_each(|text| texts.push(Some(text)));
    assert_eq!(values(&mut texts).len(), 13);
    // As many values as before, and other ones.
    long.iter().rev().for_each(|text| texts.push(Some(text)));
    let last = values(&mut texts);
    assert_eq!((last.len(), last.as_string::<i32>().value(0)), (10, long[9].as_str()));
}

#[test]
fn arrays_outlive_what_they_were_made_of() {
    let (arena, _, spans) = laid_out();
    let mut views = Texts::new(TextEncoding::View, 1);
    views.attach(&arena);
    spans.iter().for_each(|&span| views.push(in_block(&arena, span)));
    let array = views.finish();
    drop((arena, views));
    array.to_data().validate_full().unwrap();
    assert_eq!(cast(&array, &DataType::Utf8).unwrap().to_data(), StringArray::from(TEXTS.to_vec()).to_data());
}
