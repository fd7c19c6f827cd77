//! The messages that the server mails, and their texts.

use minijinja::{Environment, Value, value::Serde};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumString, IntoStaticStr};

use crate::base::{
    clock::Time,
    error::{Error, Result},
};

/// A message, without its recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(rename_all = "snake_case")]
#[strum_discriminants(
    name(MessageKind),
    doc = "The kind of a mail.",
    derive(Serialize, JsonSchema, EnumString, IntoStaticStr),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case", const_into_str),
    schemars(rename = "MailKind", extend("x-extensible-enum" = true))
)]
pub enum Message {
    #[strum_discriminants(doc = "Asks a new user to verify their address.")]
    Verify { name: String, token: String },
    #[strum_discriminants(doc = "Tells the owner of an address that somebody signed up with it.")]
    AlreadyRegistered { name: String },
    #[strum_discriminants(doc = "Lets a user choose a new password.")]
    Reset { name: String, token: String },
    #[strum_discriminants(
        doc = "Asks a user to verify the new address of their account. Sent to the new address."
    )]
    ConfirmChange { name: String, token: String },
    #[strum_discriminants(
        doc = "Tells the owner of an address that somebody wants to use it for another account."
    )]
    AddressInUse { name: String },
    #[strum_discriminants(doc = "Tells a user that their address was changed. Sent to the old address.")]
    AddressChanged { name: String, to: String },
    #[strum_discriminants(doc = "Tells a user that a credential of their account was changed or used.")]
    AccountChanged { name: String, change: AccountChange },
    #[strum_discriminants(doc = "Tells a user that somebody logged in to their account from a new device.")]
    NewDevice { name: String, device: Option<String>, address: String, at: Time },
    #[strum_discriminants(doc = "Invites somebody to an organization.")]
    Invitation { inviter: String, organization: String, role: String, token: String },
    #[strum_discriminants(doc = "Tells an owner that their organization was deleted.")]
    OrganizationDeleted { name: String, by: String, organization: String },
    #[strum_discriminants(
        doc = "Tells a user that the server's operator imported an organization with them as a member."
    )]
    Imported { name: String, organization: String },
    #[strum_discriminants(
        doc = "Reminds somebody of an invitation that they haven't accepted. Not sent once it has expired, at `until`."
    )]
    Reminder { inviter: String, organization: String, role: String, token: String, until: Time },
}

crate::db::text_column!(MessageKind, into_str);

/// A change of the credentials of an account, or the use of a recovery code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountChange {
    Password,
    SecondFactorOn,
    SecondFactorOff,
    RecoveryCodesReplaced,
    RecoveryCodeUsed {
        /// The number of recovery codes that are unused.
        left: i64,
    },
    PasskeyAdded {
        passkey: String,
    },
    PasskeyRemoved {
        passkey: String,
    },
    ProviderLinked {
        provider: String,
    },
    ProviderUnlinked {
        provider: String,
    },
    /// The server's operator removed the second factor and the passkeys.
    FactorsRemoved,
}

impl AccountChange {
    /// Returns the subject, and a paragraph that says what happened.
    fn words(&self) -> (String, String) {
        let (subject, text): (String, String) = match self {
            Self::Password => {
                ("Your password was changed".into(), "the password of your account was changed.".into())
            }
            Self::SecondFactorOn => (
                "Your second factor is on".into(),
                "logging in to your account now takes a code of your authenticator too. Keep the recovery codes where you find them without your phone.".into(),
            ),
            Self::SecondFactorOff => (
                "Your second factor is off".into(),
                "logging in to your account no longer takes a code of an authenticator.".into(),
            ),
            Self::RecoveryCodesReplaced => (
                "Your recovery codes were replaced".into(),
                "your account has new recovery codes; the old ones are no longer good.".into(),
            ),
            Self::RecoveryCodeUsed { left } => {
                let text = format!("somebody used a recovery code of your account, which now has {left} left.");
                return ("A recovery code was used".into(), text);
            }
            Self::PasskeyAdded { passkey } => (
                "Your account has a new passkey".into(),
                format!("the passkey {passkey} can now be used to log in to your account."),
            ),
            Self::PasskeyRemoved { passkey } => (
                "A passkey was removed".into(),
                format!("the passkey {passkey} can no longer be used to log in to your account."),
            ),
            Self::ProviderLinked { provider } => (
                format!("{provider} can log you in now"),
                format!("your account can now be used by whoever logs in at {provider} as you."),
            ),
            Self::ProviderUnlinked { provider } => (
                format!("{provider} can no longer log you in"),
                format!("your account is no longer linked to {provider}."),
            ),
            Self::FactorsRemoved => (
                "Your second factor and passkeys were removed".into(),
                "whoever runs this server removed the second factor and the passkeys of your account, for somebody who had lost theirs.".into(),
            ),
        };
        (subject, format!("{text} It was logged out everywhere else."))
    }
}

/// The parts of a message's text, which the templates arrange.
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

/// A rendered message: the subject, and the same text as plain text and as HTML.
#[derive(Debug)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

const NOT_YOU: &str = "If this wasn't you, you can ignore this mail: nothing happens without the link.";
const NOT_YOU_CHANGED: &str =
    "If this wasn't you, ask for a new password at once: somebody else may know the one you have.";

/// Returns the URL of a page of the front end that takes a token. The token is in the fragment, because browsers don't send
/// the fragment to servers.
fn page_url(base: &str, page: &str, token: &str) -> String {
    format!("{base}/{page}#token={token}")
}

/// Returns the URL of the page on which a user chooses a new password.
pub fn reset_url(base: &str, token: &str) -> String {
    page_url(base, RESET_PAGE, token)
}

const RESET_PAGE: &str = "reset-password";

impl Message {
    /// Returns whether the message has become pointless and must not be sent any more.
    pub(super) fn is_late(&self, now: Time) -> bool {
        matches!(self, Self::Reminder { until, .. } if *until <= now)
    }

    /// Returns the parts of the text, with links that begin with `base`.
    fn words(&self, base: &str) -> Words {
        let link = |label, page: &str, token: &str| Some(Link { label, url: page_url(base, page, token) });
        let hello = |name: &str| format!("Hello {name},");
        let words = |subject: &str, name: &str, text: &str, link, closing| Words {
            subject: subject.to_owned(),
            greeting: hello(name),
            paragraphs: vec![text.to_owned()],
            link,
            closing,
        };
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
                link("Choose a new password", RESET_PAGE, token),
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
            Self::AccountChanged { name, change } => {
                let (subject, text) = change.words();
                words(&subject, name, &text, None, NOT_YOU_CHANGED)
            }
            Self::NewDevice { name, device, address, at } => {
                new_device(name, device.as_deref(), address, *at)
            }
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
            Self::Imported { name, organization } => words(
                &format!("You are a member of {organization}"),
                name,
                &format!(
                    "whoever runs this server imported {organization} from an archive, and made your account a member of it."
                ),
                None,
                "If you don't want to be a member, you can leave it.",
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

    /// Renders the message as plain text and as HTML, with links that begin with `base`.
    pub fn render(&self, base: &str) -> Result<Rendered> {
        let words = self.words(base);
        let mut templates = Environment::new();
        // The names matter: the template engine escapes HTML in `.html` templates only.
        let sources = [
            ("layout.txt", include_str!("../../../assets/mail/layout.txt")),
            ("layout.html", include_str!("../../../assets/mail/layout.html")),
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

/// Returns the text that tells a user of a login from a device that none of their sessions was from.
fn new_device(name: &str, device: Option<&str>, address: &str, at: Time) -> Words {
    Words {
        subject: "A new device logged in to your account".into(),
        greeting: format!("Hello {name},"),
        paragraphs: vec![
            "somebody logged in to your account from a device that it didn't know.".into(),
            format!("Device: {}", device.unwrap_or("unknown")),
            format!("Address: {address}"),
            format!("Time: {at}"),
        ],
        link: None,
        closing: "If this was you, there is nothing that you have to do. If not, change your password at once, end your other sessions and read your security log: somebody else may know your password.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_escaped_in_html_and_left_alone_in_text() {
        let message = Message::Reset { name: "<b>Ann & Bob</b>".into(), token: "ghm_x".into() };
        let rendered = message.render("https://hall.example").unwrap();
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
