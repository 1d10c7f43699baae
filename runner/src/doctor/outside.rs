//! What leaves the house: mail and timers.

use chrono::TimeDelta;
use daybook_store::Store;

use super::finding::Finding;
use crate::clock;
use crate::config::{Config, Environment};
use crate::failure::Failure;
use crate::react::mail::Carrier;

/// What is due for longer than this is stuck, not busy.
const STUCK: TimeDelta = TimeDelta::minutes(5);

pub(super) async fn examine(config: &Config, store: &Store) -> Result<Vec<Finding>, Failure> {
    let mut findings = vec![server(config).await];
    let waiting = store.outbox().waiting().await?;
    let late = waiting
        .due_since
        .filter(|due| *due + STUCK < clock::system());
    findings.push(if waiting.given_up > 0 {
        let text = format!("{} waiting, {} given up", waiting.mails, waiting.given_up);
        Finding::warning("outbox", text, "`daybook mail` says why each was given up")
    } else if late.is_some() && config.mail.smtp.is_some() {
        let text = format!(
            "{} waiting, the oldest for more than 5 minutes",
            waiting.mails
        );
        Finding::warning("outbox", text, "start `daybook up` or `daybook work`")
    } else {
        Finding::good("outbox", format!("{} waiting", waiting.mails))
    });
    let late = store.timers().late(clock::system() - STUCK).await?;
    findings.push(if late == 0 {
        Finding::good("timers", "none is late")
    } else {
        Finding::warning(
            "timers",
            format!("{late} are late by more than 5 minutes"),
            "start `daybook up` or `daybook work`; look for \"timer\" in its log",
        )
    });
    Ok(findings)
}

async fn server(config: &Config) -> Finding {
    let Some(smtp) = &config.mail.smtp else {
        let text = "no server is named: mail is kept and shown by `daybook mail`";
        let advice = "set DAYBOOK_SMTP_URL before people outside are to get any";
        return if config.environment == Environment::Production {
            Finding::warning("mail", text, advice)
        } else {
            Finding::good("mail", text)
        };
    };
    let at = format!("{}:{}", smtp.host, smtp.port);
    let reached = match Carrier::new(&config.mail) {
        Ok(Some(carrier)) => carrier.reach().await,
        Ok(None) => Ok(()),
        Err(failure) => Err(failure.to_string()),
    };
    match reached {
        Ok(()) => Finding::good("mail", format!("{at} takes mail")),
        Err(reason) => Finding::fault(
            "mail",
            format!("{at}: {reason}"),
            "correct DAYBOOK_SMTP_URL",
        ),
    }
}
