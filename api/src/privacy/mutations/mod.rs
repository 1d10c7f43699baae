//! One file per mutation.

mod consent_give;
mod consent_withdraw;
mod data_subject_erase;
mod data_subject_export;
mod data_subject_hold;
mod data_subject_payload;
mod data_subject_release;
mod payload;
mod retention_clear;
mod retention_payload;
mod retention_set;

use async_graphql::MergedObject;

use consent_give::ConsentGive;
use consent_withdraw::ConsentWithdraw;
use data_subject_erase::DataSubjectErase;
use data_subject_export::DataSubjectExport;
use data_subject_hold::DataSubjectHold;
use data_subject_release::DataSubjectRelease;
use payload::ConsentPayload;
use retention_clear::RetentionClear;
use retention_set::RetentionSet;

/// The context's mutations.
#[derive(Debug, Default, MergedObject)]
pub struct PrivacyMutation(
    ConsentGive,
    ConsentWithdraw,
    DataSubjectHold,
    DataSubjectRelease,
    DataSubjectErase,
    DataSubjectExport,
    RetentionSet,
    RetentionClear,
);
