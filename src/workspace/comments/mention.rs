//! Mentions in the text of a comment: `<@` and `>` around the id of a user.

use crate::base::id::UserId;

const OPEN: &str = "<@";
/// The length of an id as it is written.
const ID: usize = 36;

/// Splits a text at its mentions: each part is a piece of text, and the user that is mentioned behind it. The last part
/// has none.
fn parts(body: &str) -> impl Iterator<Item = (&str, Option<UserId>)> {
    let mut rest = Some(body);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        for (at, _) in text.match_indices(OPEN) {
            let (before, behind) = text.split_at(at);
            if let Some((id, after)) = behind.get(OPEN.len()..).and_then(|it| it.split_at_checked(ID))
                && let (Ok(user), Some(after)) = (id.parse(), after.strip_prefix('>'))
            {
                rest = Some(after);
                return Some((before, Some(user)));
            }
        }
        Some((text, None))
    })
}

/// Returns the users whom a text mentions, each once, in their order.
#[must_use]
pub fn mentioned(body: &str) -> Vec<UserId> {
    let mut users = Vec::new();
    for (_, user) in parts(body) {
        users.extend(user.filter(|user| !users.contains(user)));
    }
    users
}

/// Returns a text without its mentions: what search looks at.
#[must_use]
pub fn without(body: &str) -> String {
    parts(body).map(|(text, _)| text).collect::<Vec<_>>().join(" ")
}

/// Returns a text in which each mentioned user is replaced by another.
///
/// # Errors
/// The error of `other`.
pub fn replaced<E>(body: &str, other: impl Fn(UserId) -> Result<UserId, E>) -> Result<String, E> {
    let piece = |(text, user): (&str, Option<UserId>)| match user {
        Some(user) => Ok(format!("{text}{OPEN}{}>", other(user)?)),
        None => Ok(text.to_owned()),
    };
    parts(body).map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "01890000-0000-7000-8000-00000000000a";
    const BOB: &str = "01890000-0000-7000-8000-00000000000b";

    #[test]
    fn whoever_is_mentioned_is_found_once_and_in_order() {
        let body = format!("<@{BOB}> and <@<@{ANN}>, é<@{BOB}>");
        assert_eq!(mentioned(&body).iter().map(ToString::to_string).collect::<Vec<_>>(), [BOB, ANN]);
        assert_eq!(without(&body), "  and <@ , é ");
        for nobody in [
            String::new(),
            "<@>".into(),
            "<@ann>".into(),
            format!("<@{ANN}"),
            format!("< @{ANN}>"),
            format!("<@{}>", ANN.replace('-', "")),
            format!("<@{ANN} >"),
            format!("<@{}é>", &ANN[..35]),
        ] {
            assert_eq!(mentioned(&nobody), [], "{nobody}");
            assert_eq!(without(&nobody), nobody);
        }
    }

    #[test]
    fn a_mention_is_replaced_and_all_else_stays() {
        let other = |_| Ok::<_, ()>(BOB.parse().unwrap());
        let body = format!("Hi <@{ANN}>, <@> <@{ANN}>\n");
        assert_eq!(replaced(&body, other).unwrap(), body.replace(ANN, BOB));
        assert_eq!(replaced(&body, |_| Err("nobody")), Err("nobody"));
        assert_eq!(replaced("plain <@ text", other).unwrap(), "plain <@ text");
    }
}
