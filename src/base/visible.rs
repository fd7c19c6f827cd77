//! What the names that people see may consist of, so that each shows what it is.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        DefaultIgnorableCodePoint, Emoji, ExtendedPictographic, GeneralCategory, PrependedConcatenationMark,
        Script,
    },
};
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

const NON_JOINER: char = '\u{200C}';
const JOINER: char = '\u{200D}';

/// Returns why a name can't be seen as it is, if so: it has nothing visible in it, or characters that are invisible or turn
/// the direction of the text. Joiners are allowed within words, where scripts need them, and what makes emoji sequences.
pub(super) fn flaw(name: &str) -> Option<&'static str> {
    let characters: Vec<char> = name.chars().collect();
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| characters.get(before)).copied();
        if is_invisible(*character) && !is_fitting(before, *character, characters.get(at + 1).copied()) {
            return Some(
                "must not contain invisible characters, nor any that change the direction of the text",
            );
        }
    }
    let shows = |c: char| !is_invisible(c) && !is_combining_mark(c) && !c.is_whitespace() && c != BLANK;
    (!characters.into_iter().any(shows)).then_some("must have something visible in it")
}

/// Braille without a dot.
const BLANK: char = '\u{2800}';

fn is_invisible(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    match category {
        GeneralCategory::Control | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => {
            true
        }
        // The signs that Arabic and Syriac put above a number are visible.
        GeneralCategory::Format => !CodePointSetData::new::<PrependedConcatenationMark>().contains(character),
        _ => CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character),
    }
}

/// Returns whether an invisible character belongs where it is, between these two.
fn is_fitting(before: Option<char>, character: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    let is_of_a_word = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let is_emoji = |c: char| CodePointSetData::new::<Emoji>().contains(c);
    let is_picture = |c: char| CodePointSetData::new::<ExtendedPictographic>().contains(c);
    match character {
        NON_JOINER => is_of_a_word(before) && after.is_some_and(is_of_a_word),
        JOINER => {
            // After a virama it shows how the consonant is written, at the end of a word too.
            let is_virama = canonical_combining_class(before) == 9;
            let is_between_letters = is_of_a_word(before) && after.is_some_and(is_of_a_word);
            let is_in_emoji = (is_emoji(before) || before == '\u{FE0F}') && after.is_some_and(is_picture);
            is_virama || is_between_letters || is_in_emoji
        }
        '\u{FE00}'..='\u{FE0F}' => is_emoji(before) || script(before) == Script::Han,
        '\u{E0100}'..='\u{E01EF}' => script(before) == Script::Han,
        '\u{180B}'..='\u{180D}' | '\u{180F}' => script(before) == Script::Mongolian,
        // The flags of regions, such as Scotland's: a black flag, and the region's code in tags.
        '\u{E0020}'..='\u{E007F}' => before == '🏴' || ('\u{E0020}'..'\u{E007F}').contains(&before),
        _ => false,
    }
}

fn script(character: char) -> Script {
    CodePointMapData::<Script>::new().get(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_what_it_is() {
        for name in [
            "Ann",
            "Zoë O’Neill-Łukasz",
            "می\u{200C}خواهم",
            "ක්\u{200D}\u{DBB}ීඩා",
            "ന്\u{200D}",
            "👩\u{200D}👩\u{200D}👧 family",
            "❤\u{FE0F}\u{200D}🔥",
            "👩🏽\u{200D}🚀",
            "1\u{FE0F}\u{20E3}",
            "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
            "葛\u{E0100}飾",
            "\u{600}١٢",
            "日本",
            "…",
        ] {
            assert_eq!(flaw(name), None, "{}", name.escape_unicode());
        }
        for name in [
            "",
            "\u{200B}",
            "\u{2800}\u{2800}",
            "\u{3164}",
            "\u{301}",
            "\u{200D}",
            "Ann\u{200B}",
            "Ann\u{202E}nnA",
            "\u{2066}Ann\u{2069}",
            "\u{200F}Ann",
            "Ann\u{200D}",
            "\u{FEFF}Ann",
            "An\u{AD}n",
            "Ann \u{200D}Lee",
            "Ann\u{FE0F}",
            "Ann\u{E0041}",
            "Ann\u{2028}Lee",
            "An\u{2060}n",
            "An\u{34F}n",
        ] {
            assert!(flaw(name).is_some(), "{}", name.escape_unicode());
        }
    }
}
