//! The words of a text, as the search index stores them, and the terms of a search.

use std::collections::BTreeMap;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;

/// The words of a document, each with its weight.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(BTreeMap<String, i64>);

/// The weight of a word in a title or a name.
const NAME: i64 = 8;
/// The weight of a word in a longer text.
const TEXT: i64 = 1;
/// The maximum length of a word, in characters. Longer words are cut, in documents and in searches.
const LETTERS: usize = 40;
/// The maximum number of different words in one document. Further words aren't indexed.
const MOST: usize = 2000;
/// The maximum number of terms in one search. Further terms are ignored.
const TERMS: usize = 8;

impl Words {
    /// Returns the words of a document with a name and a longer text.
    #[must_use]
    pub fn of(name: &str, text: &str) -> Self {
        let mut words = BTreeMap::new();
        for (text, weight) in [(name, NAME), (text, TEXT)] {
            for word in folded(text) {
                if words.len() < MOST || words.contains_key(&word) {
                    let known = words.entry(word).or_insert(weight);
                    *known = weight.max(*known);
                }
            }
        }
        Self(words)
    }

    /// Returns an iterator over the words and their weights.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(word, weight)| (word.as_str(), *weight))
    }

    /// Returns the words that `other` doesn't have, or has with another weight.
    pub(super) fn but<'a>(&'a self, other: &'a Self) -> Vec<(&'a String, &'a i64)> {
        self.0.iter().filter(|(word, weight)| other.0.get(*word) != Some(weight)).collect()
    }
}

/// Splits a text into words (at Unicode's word boundaries, UAX #29, and at underscores), without case, accents and
/// punctuation.
fn folded(text: &str) -> Vec<String> {
    let plain: String = text.nfkd().filter(|letter| !is_combining_mark(*letter)).collect();
    let plain = plain.to_lowercase();
    let words = plain.split('_').flat_map(str::unicode_words);
    words.map(|word| word.chars().take(LETTERS).collect()).collect()
}

/// A term of a search: the range of words that match it, from `from` up to but not including `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The searched word itself, which is the first of the range.
    pub from: String,
    /// The exclusive end of the range.
    pub to: String,
}

/// Returns the terms of a search text, all of which must match. Each term matches words that begin with it: the last
/// because the user may still be typing it, the others because people abbreviate. A single character matches only
/// itself.
pub fn terms(text: &str) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for from in folded(text) {
        let end = if from.chars().nth(1).is_some() { '\u{10FFFF}' } else { '\u{1}' };
        let term = Term { to: format!("{from}{end}"), from };
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms.truncate(TERMS);
    terms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_have_no_case_no_accents_and_no_punctuation() {
        let words = |text: &str| folded(text).join(" ");
        assert_eq!(words("Größe, ZÜRICH: café-bar (WEB-142)!"), "große zurich cafe bar web 142");
        assert_eq!(words("snake_case __init__ ﬁne"), "snake case init fine");
        assert_eq!(words("日本語"), "日 本 語");
        assert_eq!(words(" - ... ?"), "");
    }

    #[test]
    fn a_name_weighs_more() {
        let words = Words::of("Paint it", "it dries. Paint!");
        assert_eq!(
            words.0,
            [("dries", 1), ("it", 8), ("paint", 8)].map(|(word, weight)| (word.to_owned(), weight)).into()
        );
    }

    proptest! {
        #[test]
        fn every_word_of_a_text_is_found_by_itself_and_its_beginning(text in "\\PC{0,60}", cut in 2usize..9) {
            for word in Words::of(&text, "").0.keys() {
                let finds = |term: &Term| term.from <= *word && *word < term.to;
                prop_assert!(terms(word).iter().any(finds), "{word:?}");
                let beginning: String = word.chars().take(cut).collect();
                // The beginning of a word may itself be split into two words.
                if beginning.len() > 1 && beginning.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                    prop_assert!(terms(&beginning).iter().any(finds), "{beginning:?} of {word:?}");
                }
            }
        }
    }
}
