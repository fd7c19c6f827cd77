//! Positions of tasks and columns: strings that sort as bytes. There is room for one between any two, in constant time.
//!
//! David Greenspan's fractional indexing (<https://observablehq.com/@dgreensp/implementing-fractional-indexing>): an integer,
//! which is a head letter that gives the number of digits and these digits in base 62, and then the digits of a fraction. So a
//! position at either end stays short. The crate `fractional_index` has no integers: its keys grow with every 128 at an end.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const FIRST: &str = "a0";

/// The longest position. It takes about 500 positions between the same two to need a longer one: then those around are
/// spread anew.
const LONGEST: usize = 100;

/// Returns a position after `last`, or the first position if there is none.
pub fn after(last: Option<&str>) -> String {
    between(last, None).unwrap_or_else(|| FIRST.to_owned())
}

/// Returns a position between two others, or at an end. `None` if there is none that is short enough, or if the two aren't in
/// order.
pub fn between(low: Option<&str>, high: Option<&str>) -> Option<String> {
    let found = match (low, high) {
        (None, None) => FIRST.as_bytes().to_vec(),
        (Some(low), None) => step(parts(low)?.0, true)?,
        (None, Some(high)) => match parts(high)? {
            (integer, []) => step(integer, false)?,
            (integer, _) => integer.to_vec(),
        },
        (Some(low), Some(high)) => {
            let ((integer, behind), (other, beyond)) = (parts(low)?, parts(high)?);
            let next = step(integer, true)?;
            if integer == other {
                [integer, &middle(behind, Some(beyond))?].concat()
            } else if next.as_slice() < high.as_bytes() {
                next
            } else {
                [integer, &middle(behind, None)?].concat()
            }
        }
    };
    let found = String::from_utf8(found).ok().filter(|found| found.len() <= LONGEST)?;
    let is_between =
        low.is_none_or(|low| low < found.as_str()) && high.is_none_or(|high| found.as_str() < high);
    is_between.then_some(found)
}

/// Returns so many positions between two others, or at an end, in order. `None` where [`between`] finds none.
pub fn spread(low: Option<&str>, high: Option<&str>, count: usize) -> Option<Vec<String>> {
    let mut spread = Vec::with_capacity(count);
    if count == 0 {
        return Some(spread);
    }
    // Behind the last there is always room.
    let before = if high.is_some() { count / 2 } else { 0 };
    let middle = between(low, high)?;
    spread.extend(self::spread(low, Some(&middle), before)?);
    if high.is_some() {
        let behind = self::spread(Some(&middle), high, count - before - 1)?;
        spread.push(middle);
        spread.extend(behind);
        return Some(spread);
    }
    let positions = std::iter::successors(Some(middle), |last| between(Some(last), None));
    spread.extend(positions.take(count));
    Some(spread)
}

/// Returns whether a text is a position: an integer, and digits that make it a position between two integers.
pub fn is_position(text: &str) -> bool {
    text.len() <= LONGEST && parts(text).is_some() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Splits a position into its integer and the digits of its fraction.
fn parts(position: &str) -> Option<(&[u8], &[u8])> {
    let bytes = position.as_bytes();
    bytes.split_at_checked(1 + digits(*bytes.first()?)?)
}

/// Returns the number of digits of an integer with this head: a letter from `A`, the lowest, to `z`.
fn digits(head: u8) -> Option<usize> {
    match head {
        b'a'..=b'z' => Some(usize::from(head - b'a') + 1),
        b'A'..=b'Z' => Some(usize::from(b'Z' - head) + 1),
        _ => None,
    }
}

fn value(digit: u8) -> usize {
    DIGITS.iter().position(|one| *one == digit).unwrap_or(0)
}

/// Returns the next integer, or the one before. There are 62^26 in either direction.
fn step(integer: &[u8], up: bool) -> Option<Vec<u8>> {
    let (head, rest) = integer.split_first()?;
    let (full, empty) = if up { (b'z', b'0') } else { (b'0', b'z') };
    let mut rest = rest.to_vec();
    for digit in rest.iter_mut().rev() {
        if *digit == full {
            *digit = empty;
            continue;
        }
        let other = if up { value(*digit) + 1 } else { value(*digit).checked_sub(1)? };
        *digit = *DIGITS.get(other)?;
        return Some([&[*head], rest.as_slice()].concat());
    }
    // All digits have overflowed: the next head has one more, or one less.
    let head = match (*head, up) {
        (b'Z', true) => b'a',
        (b'a', false) => b'Z',
        (head, true) => head + 1,
        (head, false) => head - 1,
    };
    rest.resize(digits(head)?, empty);
    Some([&[head], rest.as_slice()].concat())
}

/// Returns the digits of a fraction between two others, of which `None` is the next integer.
fn middle(low: &[u8], mut high: Option<&[u8]>) -> Option<Vec<u8>> {
    let (mut low, mut found) = (low.iter(), Vec::new());
    loop {
        let from = low.next().map_or(0, |digit| value(*digit));
        let (to, beyond) = match high {
            Some(digits) => digits.split_first().map(|(digit, beyond)| (value(*digit), Some(beyond)))?,
            None => (DIGITS.len(), None),
        };
        let has_more = beyond.is_some_and(|digits| !digits.is_empty());
        let (digit, is_last) = match to.checked_sub(from)? {
            1 if has_more => (to, true),
            0 | 1 => (from, false),
            _ => (usize::midpoint(from, to), true),
        };
        found.push(*DIGITS.get(digit)?);
        if is_last {
            return Some(found);
        }
        // Behind a smaller digit, all digits are smaller.
        high = if from == to { beyond } else { None };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_place_is_beyond_the_last_at_either_end_and_stays_short() {
        let (mut last, mut first) = (after(None), after(None));
        for _ in 0..100_000 {
            let next = after(Some(&last));
            assert!(next > last, "{next} > {last}");
            let before = between(None, Some(&first)).unwrap();
            assert!(before < first, "{before} < {first}");
            (last, first) = (next, before);
        }
        assert!(last.len() <= 4 && first.len() <= 4, "{first} {last}");
    }

    #[test]
    fn a_text_is_a_position_or_not() {
        for right in ["a0", "a0V", "Zz", "Yzz", "b00"] {
            assert!(is_position(right), "{right}");
        }
        for wrong in ["", "a", "b0", "Y0", "00", "a-", "é0", &format!("a{}", "0".repeat(100))] {
            assert!(!is_position(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_place_is_found_between_two_that_are_in_order_and_to_no_others() {
        for (low, high, found) in [
            (None, None, "a0"),
            (Some("a0"), None, "a1"),
            (Some("a0V"), None, "a1"),
            (Some("az"), None, "b00"),
            (Some("Zz"), None, "a0"),
            (None, Some("a0"), "Zz"),
            (None, Some("a0V"), "a0"),
            (None, Some("Z0"), "Yzz"),
            (Some("a0"), Some("a2"), "a1"),
            (Some("a0"), Some("a1"), "a0V"),
            (Some("a0"), Some("a0V"), "a0F"),
            (Some("a0V"), Some("a0W"), "a0VV"),
            (Some("a0V"), Some("a0W1"), "a0W"),
            (Some("az"), Some("b00"), "azV"),
        ] {
            assert_eq!(between(low, high).as_deref(), Some(found), "{low:?} {high:?}");
        }
        for (low, high) in [("a1", "a1"), ("a1", "a0"), ("a0V", "a0"), ("a0", "a00"), ("a0", "x")] {
            assert_eq!(between(Some(low), Some(high)), None, "{low} {high}");
        }
    }

    #[test]
    fn hundreds_fit_between_the_same_two() {
        for upwards in [true, false] {
            let (mut low, mut high, mut count) = ("a0".to_owned(), "a1".to_owned(), 0);
            while let Some(found) = between(Some(&low), Some(&high)) {
                *(if upwards { &mut low } else { &mut high }) = found;
                count += 1;
            }
            assert!(count > 450, "{count}");
        }
    }

    proptest! {
        #[test]
        fn what_is_put_anywhere_is_in_order(places in prop::collection::vec(any::<prop::sample::Index>(), 0..300)) {
            let mut all: Vec<String> = Vec::new();
            for place in places {
                let at = place.index(all.len() + 1);
                let (low, high) = (at.checked_sub(1).map(|at| all[at].as_str()), all.get(at).map(String::as_str));
                let found = between(low, high).unwrap();
                prop_assert!(is_position(&found), "{}", found);
                all.insert(at, found);
            }
            prop_assert!(all.is_sorted_by(|one, next| one < next), "{all:?}");
        }

        #[test]
        fn what_is_spread_is_in_order_and_short(count in 0usize..300, has_low: bool, has_high: bool) {
            let (low, high) = (has_low.then_some("a0"), has_high.then_some("a0V"));
            let spread = spread(low, high, count).unwrap();
            prop_assert_eq!(spread.len(), count);
            let all: Vec<&str> = low.into_iter().chain(spread.iter().map(String::as_str)).chain(high).collect();
            prop_assert!(all.is_sorted_by(|one, next| one < next), "{:?}", all);
            prop_assert!(all.iter().all(|one| one.len() < 12), "{:?}", all);
        }
    }
}
