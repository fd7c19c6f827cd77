//! Emoji, with which people react: exactly one, in one spelling.

use std::{borrow::Cow, fmt, str::FromStr};

use icu_properties::{
    CodePointSetData,
    props::{Emoji as IsEmoji, EmojiModifier, EmojiPresentation, RegionalIndicator},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::{
    json::{ParseError, parsed},
    text::value_text,
};

/// One emoji (Unicode Technical Standard #51): a pictogram, a flag, a keycap, or several that are joined to one.
///
/// It is stored fully qualified, so that ❤ with and without its variation selector is the same reaction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Emoji(String);

/// Asks for the colorful form of the character before it.
const COLORFUL: char = '\u{FE0F}';
const JOINER: char = '\u{200D}';
const KEYCAP: char = '\u{20E3}';
/// The most pictograms that one emoji joins. Those of Unicode join four.
const JOINED: usize = 6;
/// The most tags of one emoji, such as those of the flag of Scotland, which has five.
const TAGS: usize = 8;

impl FromStr for Emoji {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        one(text).map(Self).ok_or_else(|| ParseError::new("invalid_value", "must be one emoji"))
    }
}
value_text!(Emoji { "type": "string" });

/// Reads one emoji and nothing else. Returns it fully qualified.
fn one(text: &str) -> Option<String> {
    let flags = CodePointSetData::new::<RegionalIndicator>();
    let mut letters = text.chars().peekable();
    let first = *letters.peek()?;
    if flags.contains(first) {
        let pair: Vec<char> = letters.collect();
        return (pair.len() == 2 && pair.iter().all(|letter| flags.contains(*letter))).then(|| text.into());
    }
    if matches!(first, '0'..='9' | '#' | '*') {
        let rest = text.get(1..)?.trim_start_matches(COLORFUL);
        return (rest == KEYCAP.to_string()).then(|| format!("{first}{COLORFUL}{KEYCAP}"));
    }
    let mut whole = String::new();
    for _ in 0..JOINED {
        pictogram(&mut letters, &mut whole)?;
        match letters.next() {
            None => return Some(whole),
            Some(JOINER) => whole.push(JOINER),
            Some(_) => return None,
        }
    }
    None
}

/// Reads a pictogram with what modifies it, and appends it fully qualified.
fn pictogram(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, whole: &mut String) -> Option<()> {
    let is_emoji = CodePointSetData::new::<IsEmoji>();
    let is_modifier = CodePointSetData::new::<EmojiModifier>();
    let is_colorful = CodePointSetData::new::<EmojiPresentation>();
    let flags = CodePointSetData::new::<RegionalIndicator>();
    let base = letters.next().filter(|base| !base.is_ascii() && is_emoji.contains(*base))?;
    if flags.contains(base) {
        return None;
    }
    whole.push(base);
    letters.next_if_eq(&COLORFUL);
    if let Some(modifier) = letters.next_if(|letter| is_modifier.contains(*letter)) {
        whole.push(modifier);
    } else if !is_colorful.contains(base) {
        whole.push(COLORFUL);
    }
    let mut tags = 0;
    while let Some(tag) = letters.next_if(|letter| matches!(letter, '\u{E0020}'..='\u{E007F}')) {
        whole.push(tag);
        tags += 1;
    }
    let is_ended = tags == 0 || whole.ends_with('\u{E007F}');
    (is_ended && tags <= TAGS).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_is_taken_in_one_spelling() {
        for (given, kept) in [
            ("👍", "👍"),
            ("👍🏽", "👍🏽"),
            ("❤", "❤\u{FE0F}"),
            ("❤\u{FE0F}", "❤\u{FE0F}"),
            ("🎉\u{FE0F}", "🎉"),
            ("🇨🇭", "🇨🇭"),
            ("1\u{20E3}", "1\u{FE0F}\u{20E3}"),
            ("#\u{FE0F}\u{20E3}", "#\u{FE0F}\u{20E3}"),
            ("👩\u{200D}💻", "👩\u{200D}💻"),
            ("🏳\u{200D}🌈", "🏳\u{FE0F}\u{200D}🌈"),
            ("👨\u{200D}👩\u{200D}👧\u{200D}👦", "👨\u{200D}👩\u{200D}👧\u{200D}👦"),
            (
                "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
                "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
            ),
        ] {
            assert_eq!(given.parse::<Emoji>().unwrap().as_str(), kept, "{given}");
            assert_eq!(kept.parse::<Emoji>().unwrap().as_str(), kept, "{kept}");
        }
    }

    #[test]
    fn what_is_not_one_emoji_is_refused() {
        let many = ["👩"; 7].join("\u{200D}");
        let tags = format!("🏴{}\u{E007F}", "\u{E0067}".repeat(9));
        for wrong in [
            "",
            "a",
            "1",
            "👍👍",
            "👍 ",
            " 👍",
            "👍a",
            "ok👍",
            "🇨",
            "🇨🇭🇨",
            "🇨a",
            "\u{200D}",
            "👩\u{200D}",
            "\u{FE0F}",
            "👍🏽🏽",
            "👍\u{0}",
            "+1",
            ":+1:",
            "#",
            "12\u{20E3}",
            "🏴\u{E0067}",
            &many,
            &tags,
            &"👍".repeat(1000),
        ] {
            assert!(wrong.parse::<Emoji>().is_err(), "{wrong}");
        }
    }
}
