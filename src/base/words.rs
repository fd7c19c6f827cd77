//! The one folded form in which words are compared: by search, by the filters `q`, and where slugs and keys are made of
//! names. It doesn't depend on a database's collation or locale.

use std::collections::BTreeMap;

use icu_casemap::CaseMapper;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        DefaultIgnorableCodePoint, EmojiModifier, EmojiPresentation, ExtendedPictographic, RegionalIndicator,
        Script,
    },
    script::ScriptWithExtensions,
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Folds the letters of a text: full case folding, compatibility forms, accents, and the letters that people who don't have
/// them write as others.
fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Accents are taken off in between, where one is a letter of its own in capitals and another is told by no case.
    let cases = CaseMapper::new();
    let folded = cases.fold_string(&without_accents(&cases.fold_string(text))).into_owned();
    let mut plain = String::with_capacity(folded.len());
    for letter in without_accents(&folded).nfc() {
        match letter {
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' => plain.push('d'),
            'ħ' => plain.push('h'),
            'ı' => plain.push('i'),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            letter => plain.push(letter),
        }
    }
    plain
}

/// Decomposes a text. Removes accents where they only color a letter (in Japanese and in India they make another one),
/// and what can't be seen.
fn without_accents(text: &str) -> String {
    let scripts = CodePointMapData::<Script>::new();
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let tones = CodePointSetData::new::<EmojiModifier>();
    let mut is_colored = false;
    let keeps = |letter: &char| {
        if ignorable.contains(*letter) || tones.contains(*letter) {
            return false;
        }
        if is_combining_mark(*letter) {
            return !is_colored;
        }
        is_colored = matches!(
            scripts.get(*letter),
            Script::Latin | Script::Greek | Script::Cyrillic | Script::Hebrew | Script::Arabic
        );
        true
    };
    text.nfkd().filter(keeps).collect()
}

/// What a run consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A word.
    Word,
    /// Words of a script that puts no spaces between them.
    Chain,
    Emoji,
}

/// A run of letters and digits without anything between them, or an emoji.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    kind: Kind,
    text: String,
}

/// Returns what a character is a part of, `None` for what stands between words.
fn kind(letter: char) -> Option<Kind> {
    // Apostrophes that Unicode takes for letters.
    if matches!(letter, '\u{2B9}'..='\u{2BF}' | '\u{2C8}' | '\u{A78B}' | '\u{A78C}') {
        return None;
    }
    if letter.is_alphanumeric() {
        const UNSPACED: [Script; 7] = [
            Script::Han,
            Script::Hiragana,
            Script::Katakana,
            Script::Thai,
            Script::Lao,
            Script::Khmer,
            Script::Myanmar,
        ];
        let scripts = ScriptWithExtensions::new();
        let is_unspaced =
            !letter.is_ascii() && UNSPACED.into_iter().any(|script| scripts.has_script(letter, script));
        return Some(if is_unspaced { Kind::Chain } else { Kind::Word });
    }
    let is_emoji = CodePointSetData::new::<EmojiPresentation>().contains(letter)
        || CodePointSetData::new::<ExtendedPictographic>().contains(letter);
    is_emoji.then_some(Kind::Emoji)
}

fn runs(text: &str) -> Vec<Run> {
    let flags = CodePointSetData::new::<RegionalIndicator>();
    let mut runs: Vec<Run> = Vec::new();
    let mut is_open = false;
    for letter in plain(text).chars() {
        let last = runs.last_mut().filter(|_| is_open);
        if is_combining_mark(letter) {
            if let Some(last) = last {
                last.text.push(letter);
            }
            continue;
        }
        let Some(kind) = kind(letter) else {
            is_open = false;
            continue;
        };
        match last {
            Some(last) if last.kind == kind && kind != Kind::Emoji => last.text.push(letter),
            // A flag is a pair.
            Some(last)
                if flags.contains(letter)
                    && last.text.chars().all(|c| flags.contains(c))
                    && last.text.chars().count() == 1 =>
            {
                last.text.push(letter);
            }
            _ => runs.push(Run { kind, text: letter.into() }),
        }
        is_open = true;
    }
    runs
}

/// Returns a text's words in their folded form, separated by spaces. Texts are the same to people if this is the same.
#[must_use]
pub fn folded(text: &str) -> String {
    runs(text).into_iter().map(|run| run.text).collect::<Vec<_>>().join(" ")
}

/// Returns a name as it is told apart from others: without regard to case and accents. What stands between its words counts,
/// so that `C#` and `C++` are two.
#[must_use]
pub fn caseless(name: &str) -> String {
    plain(name).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the folded form of something that has a name and a key, by both of which lists find it.
#[must_use]
pub fn folded_with_key(name: &str, key: &str) -> String {
    folded(&format!("{name} {key}"))
}

/// Returns patterns for `like` that all match the folded form of a text which contains what stands between spaces here:
/// the parts of an address in their order, the names of a person in any. Words have no character that means something in a
/// pattern.
#[must_use]
pub fn patterns(text: &str) -> Vec<String> {
    let parts = text.split_whitespace().map(folded).filter(|part| !part.is_empty());
    parts.take(TERMS).map(|part| format!("%{part}%")).collect()
}

/// Splits a chain into its letters, each with its marks.
fn letters(chain: &str) -> Vec<&str> {
    let mut starts: Vec<usize> =
        chain.char_indices().filter(|(_, letter)| !is_combining_mark(*letter)).map(|(at, _)| at).collect();
    starts.push(chain.len());
    starts.iter().zip(starts.iter().skip(1)).filter_map(|(from, to)| chain.get(*from..*to)).collect()
}

fn cut(text: &str) -> String {
    text.chars().take(LETTERS).collect()
}

/// The words of a document, each with its weight. A chain's words are the pairs of its letters, and the last letter.
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
            for word in runs(text).into_iter().flat_map(Run::indexed) {
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
    #[must_use]
    pub fn but<'a>(&'a self, other: &Self) -> Vec<(&'a String, &'a i64)> {
        self.0.iter().filter(|(word, weight)| other.0.get(*word) != Some(weight)).collect()
    }
}

impl FromIterator<(String, i64)> for Words {
    fn from_iter<I: IntoIterator<Item = (String, i64)>>(words: I) -> Self {
        Self(words.into_iter().collect())
    }
}

/// A term of a search: the range of words that match it, from `from` up to but not including `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The searched word itself, which is the first of the range.
    pub from: String,
    /// The exclusive end of the range.
    pub to: String,
}

impl Run {
    /// Returns the words under which a document with this run is found.
    fn indexed(self) -> Vec<String> {
        match self.kind {
            Kind::Word | Kind::Emoji => vec![cut(&self.text)],
            Kind::Chain => {
                let letters = letters(&self.text);
                letters
                    .chunks(2)
                    .chain(letters.get(1..).unwrap_or_default().chunks(2))
                    .map(<[&str]>::concat)
                    .collect()
            }
        }
    }

    /// Returns the terms with which this run is looked for.
    fn terms(self) -> Vec<Term> {
        let beginning = |from: String| Term { to: format!("{from}\u{10FFFF}"), from };
        match self.kind {
            Kind::Word if self.text.chars().nth(1).is_some() => vec![beginning(cut(&self.text))],
            Kind::Word | Kind::Emoji => {
                let from = cut(&self.text);
                vec![Term { to: format!("{from}\u{1}"), from }]
            }
            Kind::Chain => match letters(&self.text).as_slice() {
                [one] => vec![beginning((*one).to_owned())],
                letters => letters.windows(2).map(|pair| beginning(pair.concat())).collect(),
            },
        }
    }
}

/// Returns the terms of a search text, all of which must match. Each term matches words that begin with it: the last
/// because the user may still be typing it, the others because people abbreviate. A single character matches only
/// itself, but where a word may be a single one.
#[must_use]
pub fn terms(text: &str) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for term in runs(text).into_iter().flat_map(Run::terms) {
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
    fn what_people_take_for_the_same_is_the_same() {
        for (text, words) in [
            ("Größe, ZÜRICH: café-bar (WEB-142)!", "grosse zurich cafe bar web 142"),
            ("snake_case __init__ ﬁne", "snake case init fine"),
            ("Straße STRASSE STRAẞE", "strasse strasse strasse"),
            (
                "Søren Łódź Đorđe Ħal Œuvre Ægir Þór İstanbul ısı ISI",
                "soren lodz dorde hal oeuvre aegir thor istanbul isi isi",
            ),
            ("Özgür O\u{308}zgu\u{308}r", "ozgur ozgur"),
            (
                "d’accueil d'accueil dʼaccueil d‘accueil d＇accueil",
                "d accueil d accueil d accueil d accueil d accueil",
            ),
            ("invoice.pdf a:b c/d e·f 1,000", "invoice pdf a b c d e f 1 000"),
            ("ΣΊΣΥΦΟΣ Σίσυφος", "σισυφοσ σισυφοσ"),
            ("Ёлка Йод", "елка иод"),
            ("שָׁלוֹם صَبَاحٌ أحمد", "שלום صباح احمد"),
            // Not the same word without its mark.
            ("ガイド がか ｶﾞ", "ガイド がか ガ"),
            ("हिन्दी", "हिन्दी"),
            ("한국어", "한국어"),
            ("日本語 and iPhone用", "日本語 and iphone 用"),
            ("Ship it 🚀🎉 👍🏽 👍 ❤\u{FE0F} 🇨🇭🇳🇴", "ship it 🚀 🎉 👍 👍 ❤ 🇨🇭 🇳🇴"),
            ("Schiff\u{AD}fahrt می\u{200C}خواهم", "schifffahrt میخواهم"),
            (" - ... ?", ""),
        ] {
            assert_eq!(folded(text), words, "{text}");
        }
    }

    #[test]
    fn han_and_kana_are_found_by_pairs_in_their_order() {
        let finds = |text: &str, query: &str| {
            let words = Words::of(text, "");
            let has = |term: &Term| words.0.keys().any(|word| term.from <= *word && *word < term.to);
            terms(query).iter().all(has)
        };
        for (text, query, found) in [
            ("東京都庁", "東京", true),
            ("東京都庁", "京都", true),
            ("東京都庁", "都庁", true),
            ("東京都庁", "庁", true),
            ("東京都庁", "都", true),
            ("東京", "東京", true),
            ("京東", "東京", false),
            ("東の京", "東京", false),
            ("ガイド", "か", false),
            ("ガイド", "カ", false),
            ("タワーへ", "タワー", true),
            ("page d'accueil", "accueil", true),
            ("Don’t", "don't", true),
            ("invoice.pdf", "pdf", true),
            ("🚀 Launch", "🚀", true),
            ("🇨🇭", "🇨🇱", false),
        ] {
            assert_eq!(finds(text, query), found, "{query} in {text}");
        }
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
        fn what_is_folded_stays_as_it_is(text in "\\PC{0,40}") {
            prop_assert_eq!(folded(&folded(&text)), folded(&text));
        }

        #[test]
        fn case_and_form_make_no_difference(text in "[\\p{Latin}\\p{Greek}\\p{Cyrillic} '’.-]{0,30}") {
            for other in [text.nfd().collect::<String>(), text.nfkc().collect(), text.to_uppercase().to_lowercase()] {
                prop_assert_eq!(folded(&other), folded(&text));
            }
        }

        #[test]
        fn a_text_has_the_patterns_of_each_part_of_it(text in "\\PC{0,40}") {
            let all = folded(&text);
            for part in text.split(' ') {
                for pattern in patterns(part) {
                    prop_assert!(all.contains(pattern.trim_matches('%')), "{} in {}", pattern, all);
                }
            }
        }

        #[test]
        fn every_word_of_a_text_is_found_by_itself_and_its_beginning(text in "\\PC{0,60}", cut in 2usize..9) {
            for word in Words::of(&text, "").0.keys() {
                let finds = |term: &Term| term.from <= *word && *word < term.to;
                prop_assert!(terms(word).iter().any(finds), "{word:?}");
                let beginning: String = word.chars().take(cut).collect();
                if beginning.chars().nth(1).is_some() && !beginning.chars().any(is_combining_mark) {
                    prop_assert!(terms(&beginning).iter().any(finds), "{beginning:?} of {word:?}");
                }
            }
        }
    }
}
