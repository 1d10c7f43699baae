//! What does a mail look like to the world?

use daybook_store::{Attachment, ClaimedMail};
use lettre::Message;
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};

/// Writes it. The Message-ID is made of the effect's id, so that whoever gets it twice can tell.
///
/// # Errors
/// When the address is none, in words for the operator.
pub(super) fn write(claimed: &ClaimedMail, from: &Mailbox) -> Result<Message, String> {
    let mail = &claimed.mail;
    let to: Mailbox = mail
        .to
        .parse()
        .map_err(|_| "the address is not valid".to_owned())?;
    let id = format!("<{}@{}>", mail.effect_id, from.email.domain());
    let message = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(one_line(&mail.subject))
        .date(claimed.enqueued_at.into())
        .message_id(Some(id))
        // Nobody's out-of-office note is to answer us (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    let text = mail.text.clone();
    let written = match (&mail.html, &mail.attachment) {
        (None, None) => message.singlepart(SinglePart::plain(text)),
        (Some(html), None) => {
            message.multipart(MultiPart::alternative_plain_html(text, html.clone()))
        }
        (html, Some(file)) => {
            let parts = MultiPart::mixed();
            let parts = match html {
                Some(html) => {
                    parts.multipart(MultiPart::alternative_plain_html(text, html.clone()))
                }
                None => parts.singlepart(SinglePart::plain(text)),
            };
            message.multipart(parts.singlepart(enclosed(file)?))
        }
    };
    written.map_err(|error| error.to_string())
}

/// The file in base64: as text on its way it would get other ends of lines.
fn enclosed(file: &Attachment) -> Result<SinglePart, String> {
    let kind =
        ContentType::parse("text/plain; charset=utf-8").map_err(|error| error.to_string())?;
    let bytes = file.text.clone().into_bytes();
    let body = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64);
    let body = body.map_err(|_| "the file cannot be encoded".to_owned())?;
    Ok(SinglePart::builder()
        .header(kind)
        .header(ContentDisposition::attachment(&file.name))
        .body(body))
}

fn one_line(subject: &str) -> String {
    subject.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use daybook_domain::kernel::TenantId;
    use daybook_store::Mail;
    use uuid::Uuid;

    use super::*;

    fn claimed(to: &str, subject: &str, html: Option<&str>) -> ClaimedMail {
        let enqueued_at: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().unwrap();
        ClaimedMail {
            tenant: TenantId::PLATFORM,
            mail: Mail {
                effect_id: Uuid::from_u128(7),
                to: to.to_owned(),
                subject: subject.to_owned(),
                text: "Grüße,\nDaybook".to_owned(),
                html: html.map(str::to_owned),
                attachment: None,
                expires_at: None,
            },
            attempt: 1,
            enqueued_at,
        }
    }

    fn written(claimed: &ClaimedMail) -> String {
        let from: Mailbox = "Daybook <post@daybook.example>".parse().unwrap();
        String::from_utf8(write(claimed, &from).unwrap().formatted()).unwrap()
    }

    #[test]
    fn is_the_same_at_every_attempt() {
        let first = claimed("a@example.com", "Hello", None);
        let second = ClaimedMail {
            attempt: 2,
            ..first.clone()
        };
        assert_eq!(written(&first), written(&second));
        for line in [
            "From: Daybook <post@daybook.example>\r\n",
            "To: a@example.com\r\n",
            "Subject: Hello\r\n",
            "Message-ID: <00000000-0000-0000-0000-000000000007@daybook.example>\r\n",
            "Date: Mon, 01 Jun 2026 12:00:00 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
        ] {
            assert!(
                written(&first).contains(line),
                "{line} is missing in {}",
                written(&first)
            );
        }
    }

    #[test]
    fn has_both_forms_when_there_is_html() {
        let text = written(&claimed("a@example.com", "Hello", Some("<p>Grüße</p>")));
        assert!(text.contains("multipart/alternative"));
        assert!(text.contains("text/plain") && text.contains("text/html"));
    }

    #[test]
    fn a_subject_or_an_address_adds_no_header() {
        let text = written(&claimed(
            "a@example.com",
            "Hi\r\nBcc: evil@example.com",
            None,
        ));
        assert!(
            text.contains("Subject: Hi Bcc: evil@example.com\r\n"),
            "{text}"
        );
        let from: Mailbox = "post@daybook.example".parse().unwrap();
        for bad in [
            "",
            "nobody",
            "a@b@c",
            "a@example.com\r\nBcc: evil@example.com",
        ] {
            assert!(write(&claimed(bad, "Hi", None), &from).is_err(), "{bad:?}");
        }
    }
}
