//! What the mails say.

use minijinja::{Environment, Value, value::Serde};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Time,
    error::{Error, Result},
};

/// A mail, without whom it goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    /// To who signed up, to prove the address.
    Verify { name: String, token: String },
    /// To the holder of an address that somebody signs up with.
    AlreadyRegistered { name: String },
    /// To who forgot their password.
    Reset { name: String, token: String },
    /// To a new address, to prove it.
    ConfirmChange { name: String, token: String },
    /// To the holder of an address that somebody else wants to change to.
    AddressInUse { name: String },
    /// To the old address, after the change.
    AddressChanged { name: String, to: String },
    /// After a change of the password.
    PasswordChanged { name: String },
    /// After the second factor was switched on.
    SecondFactorOn { name: String },
    /// After it was switched off.
    SecondFactorOff { name: String },
    /// After the recovery codes were replaced.
    RecoveryCodesReplaced { name: String },
    /// After one was used.
    RecoveryCodeUsed { name: String, left: i64 },
    /// After a passkey was made.
    PasskeyAdded { name: String, passkey: String },
    /// After one was removed.
    PasskeyRemoved { name: String, passkey: String },
    /// After a provider was linked.
    ProviderLinked { name: String, provider: String },
    /// After the link was ended.
    ProviderUnlinked { name: String, provider: String },
    /// After whoever runs the server took away second factor and passkeys.
    FactorsRemoved { name: String },
    /// To the invited.
    Invitation { inviter: String, organization: String, role: String, token: String },
    /// To an organization's owners.
    OrganizationDeleted { name: String, by: String, organization: String },
    /// To who hasn't taken one up, while they can.
    Reminder { inviter: String, organization: String, role: String, token: String, until: Time },
}

/// A letter in words.
#[derive(Serialize)]
struct Words {
    subject: String,
    greeting: String,
    paragraphs: Vec<String>,
    link: Option<Link>,
    closing: &'static str,
}

#[derive(Serialize)]
struct Link {
    label: &'static str,
    url: String,
}

/// A letter ready to be sent: the subject, and the same text twice.
#[derive(Debug)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

const NOT_YOU: &str = "If this wasn't you, you can ignore this mail: nothing happens without the link.";
const NOT_YOU_CHANGED: &str =
    "If this wasn't you, ask for a new password at once: somebody else may know the one you have.";

impl Letter {
    /// Whether there is no use in sending it any more.
    pub(super) fn is_late(&self, now: Time) -> bool {
        matches!(self, Self::Reminder { until, .. } if *until <= now)
    }

    /// In words, with links under `base`.
    fn words(&self, base: &str) -> Words {
        // The token is in the fragment, which browsers send to no server.
        let link = |label, page: &str, token: &str| {
            Some(Link { label, url: format!("{base}/{page}#token={token}") })
        };
        let hello = |name: &str| format!("Hello {name},");
        let words = |subject: &str, name: &str, text: &str, link, closing| Words {
            subject: subject.to_owned(),
            greeting: hello(name),
            paragraphs: vec![text.to_owned()],
            link,
            closing,
        };
        // What logs in to the account isn't what it was.
        let changed =
            |subject: &str, name: &str, text: &str| words(subject, name, text, None, NOT_YOU_CHANGED);
        match self {
            Self::Verify { name, token } => words(
                "Verify your e-mail address",
                name,
                "you signed up with this address. Please confirm that it is yours. The link is good for 24 hours.",
                link("Verify this address", "verify-email", token),
                NOT_YOU,
            ),
            Self::AlreadyRegistered { name } => words(
                "You have an account already",
                name,
                "somebody signed up with this address, which has an account already. If it was you, log in instead, or ask for a new password.",
                None,
                "If this wasn't you, you can ignore this mail: nothing has changed.",
            ),
            Self::Reset { name, token } => words(
                "Choose a new password",
                name,
                "somebody asked for a new password for your account. The link is good for 30 minutes, once.",
                link("Choose a new password", "reset-password", token),
                NOT_YOU,
            ),
            Self::ConfirmChange { name, token } => words(
                "Confirm your new e-mail address",
                name,
                "you want to use this address for your account from now on. Please confirm that it is yours. The link is good for 24 hours.",
                link("Use this address", "verify-email", token),
                NOT_YOU,
            ),
            Self::AddressInUse { name } => words(
                "This address has an account already",
                name,
                "somebody wants to use this address for another account. It belongs to yours, so nothing was changed.",
                None,
                "There is nothing that you have to do.",
            ),
            Self::AddressChanged { name, to } => words(
                "Your e-mail address was changed",
                name,
                &format!("your account now uses the address {to}. It was logged out everywhere else."),
                None,
                "If this wasn't you, tell whoever runs this server at once.",
            ),
            Self::PasswordChanged { name } => changed(
                "Your password was changed",
                name,
                "the password of your account was changed. It was logged out everywhere else.",
            ),
            Self::SecondFactorOn { name } => changed(
                "Your second factor is on",
                name,
                "logging in to your account now takes a code of your authenticator too. It was logged out everywhere else. Keep the recovery codes where you find them without your phone.",
            ),
            Self::SecondFactorOff { name } => changed(
                "Your second factor is off",
                name,
                "logging in to your account no longer takes a code of an authenticator. It was logged out everywhere else.",
            ),
            Self::RecoveryCodesReplaced { name } => changed(
                "Your recovery codes were replaced",
                name,
                "your account has new recovery codes; the old ones are no longer good. It was logged out everywhere else.",
            ),
            Self::RecoveryCodeUsed { name, left } => changed(
                "A recovery code was used",
                name,
                &format!("somebody used a recovery code of your account, which now has {left} left."),
            ),
            Self::PasskeyAdded { name, passkey } => changed(
                "Your account has a new passkey",
                name,
                &format!(
                    "the passkey {passkey} can now be used to log in to your account. It was logged out everywhere else."
                ),
            ),
            Self::PasskeyRemoved { name, passkey } => changed(
                "A passkey was removed",
                name,
                &format!(
                    "the passkey {passkey} can no longer be used to log in to your account. It was logged out everywhere else."
                ),
            ),
            Self::ProviderLinked { name, provider } => changed(
                &format!("{provider} can log you in now"),
                name,
                &format!(
                    "your account can now be used by whoever logs in at {provider} as you. It was logged out everywhere else."
                ),
            ),
            Self::ProviderUnlinked { name, provider } => changed(
                &format!("{provider} can no longer log you in"),
                name,
                &format!(
                    "your account is no longer linked to {provider}. It was logged out everywhere else."
                ),
            ),
            Self::FactorsRemoved { name } => words(
                "Your second factor and passkeys were removed",
                name,
                "whoever runs this server removed the second factor and the passkeys of your account, for somebody who had lost theirs. It was logged out everywhere.",
                None,
                "If you didn't ask for this, tell whoever runs this server at once.",
            ),
            Self::Invitation { inviter, organization, role, token } => Words {
                subject: format!("{inviter} invites you to {organization}"),
                greeting: "Hello,".into(),
                paragraphs: vec![format!(
                    "{inviter} invites you to work together in {organization}, as {role}. The invitation is good for 7 days."
                )],
                link: link("See the invitation", "invitations", token),
                closing: "If you don't want to join, you can ignore this mail.",
            },
            Self::OrganizationDeleted { name, by, organization } => words(
                &format!("{organization} was deleted"),
                name,
                &format!(
                    "{by} deleted {organization}. Nobody gets into it any more. You and its other owners can restore it for 30 days; after that it is gone for good."
                ),
                None,
                "If this was meant, there is nothing that you have to do.",
            ),
            Self::Reminder { inviter, organization, role, token, until: _ } => Words {
                subject: format!("{organization} still waits for you"),
                greeting: "Hello,".into(),
                paragraphs: vec![format!(
                    "{inviter} invited you to work together in {organization}, as {role}. The invitation is good for 2 more days."
                )],
                link: link("See the invitation", "invitations", token),
                closing: "If you don't want to join, you can ignore this mail. There won't be another.",
            },
        }
    }

    /// As text and as HTML, with links under `base`.
    ///
    /// # Errors
    /// When a template is wrong.
    pub fn render(&self, base: &str) -> Result<Rendered> {
        let words = self.words(base);
        let mut templates = Environment::new();
        // By their names, the one escapes HTML and the other doesn't.
        let sources = [
            ("layout.txt", include_str!("../../assets/mail/layout.txt")),
            ("layout.html", include_str!("../../assets/mail/layout.html")),
        ];
        for (name, source) in sources {
            templates.add_template(name, source).map_err(Error::internal)?;
        }
        let values = Value::from(Serde(&words));
        let render = |name| templates.get_template(name).and_then(|template| template.render(&values));
        Ok(Rendered {
            text: render("layout.txt").map_err(Error::internal)?,
            html: render("layout.html").map_err(Error::internal)?,
            subject: words.subject,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_escaped_in_html_and_left_alone_in_text() {
        let letter = Letter::Reset { name: "<b>Ann & Bob</b>".into(), token: "ghm_x".into() };
        let rendered = letter.render("https://hall.example").unwrap();
        insta::assert_snapshot!(rendered.text, @r"
        Hello <b>Ann & Bob</b>,

        somebody asked for a new password for your account. The link is good for 30 minutes, once.

        Choose a new password:

        https://hall.example/reset-password#token=ghm_x

        If this wasn't you, you can ignore this mail: nothing happens without the link.
        ");
        assert!(rendered.html.contains("Hello &lt;b&gt;Ann &amp; Bob&lt;&#x2f;b&gt;,"), "{}", rendered.html);
        assert!(rendered.html.contains("reset-password#token=ghm_x\""), "{}", rendered.html);
    }
}
