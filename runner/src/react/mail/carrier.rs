//! What does the mail server say?

use std::fs;
use std::time::Duration;

use daybook_store::ClaimedMail;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use super::letter;
use crate::config::{Mail, Smtp, Tls as Wanted};
use crate::failure::Failure;

/// How long the server may take for one step.
const STEP: Duration = Duration::from_secs(20);
/// How long one mail may take in all; well below the lease.
const MAIL: Duration = Duration::from_mins(1);

/// How long a server may take to greet somebody who only wants to know whether it is there.
const GREETING: Duration = Duration::from_secs(5);

/// Takes mails to the server of the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Carrier {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The server took the mail.
    Taken,
    /// Not now; another attempt may succeed.
    NotNow(String),
    /// Never: the server does not want this mail, whoever brings it.
    Never(String),
}

impl Carrier {
    /// The way to the server; none when none is configured. Nothing is connected yet.
    ///
    /// # Errors
    /// When the certificates that are to be trusted cannot be read.
    pub(crate) fn new(config: &Mail) -> Result<Option<Self>, Failure> {
        let Some(smtp) = &config.smtp else {
            return Ok(None);
        };
        let from = config.from.parse::<Mailbox>();
        let from = from.map_err(|error| Failure::surroundings(format!("mail.from: {error}")))?;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .timeout(Some(STEP))
            .tls(match smtp.tls {
                Wanted::None => Tls::None,
                Wanted::Required => Tls::Required(parameters(smtp)?),
                Wanted::Implicit => Tls::Wrapper(parameters(smtp)?),
            });
        if let Some((name, password)) = &smtp.credentials {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(name.clone(), password));
        }
        Ok(Some(Self {
            transport: builder.build(),
            from,
        }))
    }

    /// Whether the server can be reached and takes us for who we are; nothing is sent.
    ///
    /// # Errors
    /// What the server or the way to it said.
    pub(crate) async fn reach(&self) -> Result<(), String> {
        match tokio::time::timeout(GREETING, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("it does not answer as a mail server does".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("it took longer than 5 seconds to answer".to_owned()),
        }
    }

    pub(super) async fn carry(&self, claimed: &ClaimedMail) -> Outcome {
        let message = match letter::write(claimed, &self.from) {
            Ok(message) => message,
            Err(reason) => return Outcome::Never(reason),
        };
        match tokio::time::timeout(MAIL, self.transport.send(message)).await {
            Ok(Ok(_)) => Outcome::Taken,
            Ok(Err(error)) => judge(&error),
            Err(_) => Outcome::NotNow("the server took too long".to_owned()),
        }
    }
}

fn parameters(smtp: &Smtp) -> Result<TlsParameters, Failure> {
    let mut builder = TlsParameters::builder(smtp.host.clone());
    if let Some(file) = &smtp.authority {
        let unusable = |reason: String| {
            Failure::surroundings(format!(
                "DAYBOOK_SMTP_CA: {} cannot be used: {reason}; name a file with certificates (PEM)",
                file.display()
            ))
        };
        let pem = fs::read(file).map_err(|error| unusable(error.to_string()))?;
        let certificate =
            Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
        builder = builder.add_root_certificate(certificate);
    }
    let built = builder.build();
    built.map_err(|error| Failure::surroundings(format!("DAYBOOK_SMTP_URL: {error}")))
}

/// A 5xx is about the mail, unless it is about us: who may not sign in may have a typo in the
/// configuration, which is no reason to throw mails away.
fn judge(error: &smtp::Error) -> Outcome {
    let reason = error.to_string();
    let code = error.status().map(u16::from);
    let about_us = matches!(code, Some(500..=504 | 521 | 530 | 534 | 535 | 538));
    if error.is_permanent() && !about_us {
        Outcome::Never(reason)
    } else {
        Outcome::NotNow(reason)
    }
}
