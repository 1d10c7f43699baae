//! Which anchors are there?

use std::time::Duration;

use daybook_store::audit::Outside;

use super::bucket::Bucket;
use super::desk::Waiting;
use super::directory;
use super::mail::{self, Mailing};
use super::round::Round;
use super::webhook::Webhook;
use crate::config::{Anchors, Audit};
use crate::failure::Failure;
use crate::outbound::Outbound;

/// Between two rounds: what is signed meanwhile replaces what waits.
const PACE: Duration = Duration::from_millis(200);

/// Where checkpoints go.
#[derive(Debug, Clone)]
pub(in crate::react::seal) enum Anchor {
    /// The data directory, a file for each tenant.
    Data(Outside),
    /// Another directory, a file for each tenant.
    Directory(Outside),
    /// An address that each is posted to.
    Webhook(Webhook),
    /// A bucket, an object for each.
    Bucket(Bucket),
    /// Mail, to those whom each tenant has chosen.
    Mail(Mailing),
}

impl Anchor {
    /// Every anchor of the configuration; `data` is what the data directory has.
    ///
    /// # Errors
    /// When a directory cannot be written, or certificates cannot be read; the text says what to do.
    pub(in crate::react::seal) fn all(audit: &Audit, data: &Outside) -> Result<Vec<Self>, Failure> {
        let config = &audit.anchors;
        let mut anchors = vec![Self::Data(data.clone())];
        if let Some(path) = &config.directory {
            anchors.push(Self::Directory(super::super::open::directory(path)?));
        }
        anchors.extend(Self::elsewhere(config)?);
        Ok(anchors)
    }

    /// Those of the configuration that are reached over a network; nothing is connected yet.
    ///
    /// # Errors
    /// When certificates cannot be read, or a bucket has no address; the text says what to do.
    pub(in crate::react::seal) fn elsewhere(config: &Anchors) -> Result<Vec<Self>, Failure> {
        let outbound = || {
            let made = Outbound::new(config.authority.as_deref(), config.patience);
            made.map_err(|fault| Failure::surroundings(format!("DAYBOOK_ANCHOR_CA: {fault}")))
        };
        let mut anchors = Vec::new();
        if let Some(url) = &config.url {
            anchors.push(Self::Webhook(Webhook::new(outbound()?, url.clone())));
        }
        if let Some(bucket) = &config.bucket {
            let bucket = Bucket::new(outbound()?, bucket).map_err(|fault| {
                Failure::surroundings(format!(
                    "DAYBOOK_ANCHOR_S3_ENDPOINT: the bucket has no address there: {fault}; try \
                     DAYBOOK_ANCHOR_S3_STYLE=path"
                ))
            })?;
            anchors.push(Self::Bucket(bucket));
        }
        Ok(anchors)
    }

    /// What it is called where it is counted and written about.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Data(_) => "data",
            Self::Directory(_) => "directory",
            Self::Webhook(_) => "webhook",
            Self::Bucket(_) => "s3",
            Self::Mail(_) => mail::NAME,
        }
    }

    /// Whether it is written down what it has. The data directory says so itself.
    pub(super) fn is_accounted_for(&self) -> bool {
        !matches!(self, Self::Data(_))
    }

    /// The pause after a round.
    pub(super) fn pace(&self) -> Duration {
        match self {
            Self::Data(_) | Self::Directory(_) | Self::Webhook(_) => PACE,
            Self::Bucket(bucket) => bucket.pace(),
            Self::Mail(mailing) => mailing.pace(),
        }
    }

    /// Keeps checkpoints.
    pub(super) async fn keep(&self, waiting: Waiting) -> Round {
        match self {
            Self::Data(to) => directory::follow(to, waiting).await,
            Self::Directory(to) => directory::witness(to, waiting).await,
            Self::Webhook(webhook) => Round::of(webhook, waiting).await,
            Self::Bucket(bucket) => Round::of(bucket, waiting).await,
            Self::Mail(mailing) => mailing.keep(waiting).await,
        }
    }
}
