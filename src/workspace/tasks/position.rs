//! Positions on a board: strings that sort as bytes. Computing a position after the last takes constant time.
//!
//! The integer part of David Greenspan's fractional indexing (<https://observablehq.com/@dgreensp/implementing-fractional-indexing>):
//! a head letter that gives the number of digits, then the digits in base 62. More digits make a position between any
//! two others.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const FIRST: &str = "a0";

/// Returns a position after `last`, or the first position if there is none.
pub fn after(last: Option<&str>) -> String {
    let Some(last) = last else { return FIRST.to_owned() };
    let mut bytes = last.bytes();
    let head = bytes.next().filter(u8::is_ascii_lowercase).unwrap_or(b'a');
    // Digits after the integer make a position between two integers: the next integer sorts after it.
    let mut digits: Vec<u8> = bytes.take(usize::from(head - b'a') + 1).collect();
    for digit in digits.iter_mut().rev() {
        let value = DIGITS.iter().position(|one| one == digit).unwrap_or(0);
        match DIGITS.get(value + 1) {
            Some(next) => {
                *digit = *next;
                return text(head, &digits);
            }
            None => *digit = b'0',
        }
    }
    // All digits have overflowed, so one is added. The head letters suffice for 62^26 positions.
    digits.push(b'0');
    text((head + 1).min(b'z'), &digits)
}

/// Returns whether a text is a position: an integer, and digits that make it a position between two integers.
pub fn is_position(text: &str) -> bool {
    /// The longest integer has 27 characters.
    const MOST: usize = 100;
    let mut bytes = text.bytes();
    let digits = bytes.next().filter(u8::is_ascii_lowercase).map(|head| usize::from(head - b'a') + 1);
    digits.is_some_and(|digits| (digits + 1..=MOST).contains(&text.len()))
        && bytes.all(|byte| byte.is_ascii_alphanumeric())
}

fn text(head: u8, digits: &[u8]) -> String {
    std::iter::once(head).chain(digits.iter().copied()).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_behind_the_one_before_and_stays_short() {
        let mut place = after(None);
        for _ in 0..100_000 {
            let next = after(Some(&place));
            assert!(next > place, "{next} > {place}");
            place = next;
        }
        assert!(place.len() <= 4, "{place}");
    }

    #[test]
    fn what_is_computed_is_a_position_and_little_else() {
        let mut place = after(None);
        for _ in 0..5000 {
            assert!(is_position(&place), "{place}");
            place = after(Some(&place));
        }
        assert!(is_position("a0V"));
        for wrong in ["", "a", "b0", "A0", "00", "a-", "é0", &format!("a{}", "0".repeat(100))] {
            assert!(!is_position(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_place_between_two_integers_is_followed_by_the_next_integer() {
        assert_eq!(after(Some("a0V")), "a1");
        assert_eq!(after(Some("az")), "b00");
    }
}
