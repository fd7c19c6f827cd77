//! The format of API tokens: a prefix, random letters and digits, and a checksum. The database stores only a hash.

use crate::base::secret;

/// The prefix of every API token.
pub const PREFIX: &str = "gh_";
/// The number of random characters, which hold 178 bits.
const RANDOM: usize = 30;
const CHECKSUM: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Generates a new token. It ends with a checksum (CRC-32) of its random characters, by which secret scanners tell
/// tokens from texts that only look like them.
pub fn generate() -> String {
    let mut text = String::with_capacity(RANDOM);
    while text.len() < RANDOM {
        // 248 is four times 62: accepting larger bytes would make some characters more likely than others.
        let fair = secret::random::<64>().into_iter().filter(|byte| *byte < 248);
        let characters = fair.filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
        text.extend(characters.take(RANDOM - text.len()).map(|byte| char::from(*byte)));
    }
    format!("{PREFIX}{text}{}", checksum(&text))
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        let place = usize::try_from(rest % 62).unwrap_or(0);
        *digit = ALPHABET.get(place).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.map(char::from).iter().collect()
}

/// Returns the hash under which a token is stored. Returns `None` if the text isn't a well-formed token.
pub fn hash(text: &str) -> Option<String> {
    let (random, check) = text.strip_prefix(PREFIX)?.split_at_checked(RANDOM)?;
    (check == checksum(random)).then(|| secret::stored(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_from_what_only_looks_like_one() {
        let token = generate();
        assert_eq!(token.len(), PREFIX.len() + RANDOM + CHECKSUM);
        assert!(token[PREFIX.len()..].bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
        assert!(hash(&token).is_some());
        for at in PREFIX.len()..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'a' { b'b' } else { b'a' };
            assert_eq!(hash(std::str::from_utf8(&altered).unwrap()), None);
        }
        for wrong in ["", "gh_", "gh_short", &token[1..], &format!("{token}0"), &"gh_ä".repeat(20)] {
            assert_eq!(hash(wrong), None, "{wrong}");
        }
        assert_eq!(checksum("0"), "4U0xWL", "changes only with the format");
    }
}
