//! How a tenant's row follows from its events.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{TenantId, UserId};
use daybook_domain::tenancy::network::Network;
use daybook_domain::tenancy::plan::Plan;
use daybook_domain::tenancy::settings::{SecurityPolicy, Settings};
use daybook_domain::tenancy::tenant::{
    Branding, DomainClaim, DomainName, Founded, Subdomain, TenantEvent,
};
use serde::{Deserialize, Serialize};

use crate::engine::{Envelope, Fault, ReadModel, existing};

/// A tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantRow {
    /// Which tenant.
    pub id: TenantId,
    /// What it is called.
    pub name: String,
    /// Its name in addresses, for good.
    pub subdomain: Subdomain,
    /// What it pays and may use.
    pub plan: Plan,
    /// Whether it does business.
    pub status: Status,
    /// Why it is suspended; none when it is not.
    pub suspension_reason: Option<String>,
    /// Who founded it.
    pub founder_id: UserId,
    /// How it looks.
    pub brand: Branding,
    /// Its own domains, claimed and verified.
    pub domains: BTreeMap<DomainName, DomainClaim>,
    /// How it does business.
    pub settings: Settings,
    /// From where members may come; empty is from everywhere.
    pub ip_allow_list: Vec<Network>,
    /// How members are let in.
    pub security: SecurityPolicy,
    /// The version of its stream, for `expectedVersion`.
    pub version: i64,
    /// When it was founded.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Its position of its stream's last event.
    pub position: i64,
}

/// Whether a tenant does business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does.
    Active,
    /// Its business stands still: nobody reads or writes until it is reactivated.
    Suspended,
    /// It stopped using Daybook.
    Closed,
}

/// The read model of tenants: one row for each.
#[derive(Debug)]
pub enum Tenants {}

impl ReadModel for Tenants {
    type Event = TenantEvent;
    type Row = TenantRow;
    type Key = TenantId;
    const TABLE: &'static str = "tenancy_tenants";
    const KEY: &'static [&'static str] = &["id"];

    fn key(row: &TenantRow) -> TenantId {
        row.id
    }

    fn keys(_: &TenantEvent, envelope: &Envelope) -> Vec<TenantId> {
        vec![TenantId(envelope.stream_id)]
    }

    fn creates(event: &TenantEvent) -> bool {
        matches!(event, TenantEvent::Founded(_))
    }

    fn apply(
        row: &mut Option<TenantRow>,
        id: &TenantId,
        event: &TenantEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        if let TenantEvent::Founded(founded) = event {
            *row = Some(founded_row(*id, founded, envelope));
            return Ok(());
        }
        let row = existing(row)?;
        match event {
            // Addresses are in no row: whoever asks is told what the log says now.
            TenantEvent::Founded(_) | TenantEvent::CheckpointRecipientsSet(_) => {}
            TenantEvent::Renamed(e) => row.name.clone_from(&e.name),
            TenantEvent::Branded(e) => row.brand = e.brand.clone(),
            TenantEvent::DomainClaimed(e) => {
                let claim = DomainClaim {
                    verification_token: e.verification_token.clone(),
                    verified_at: None,
                };
                row.domains.insert(e.domain.clone(), claim);
            }
            TenantEvent::DomainVerified(e) => {
                if let Some(claim) = row.domains.get_mut(&e.domain) {
                    claim.verified_at = Some(e.at);
                }
            }
            TenantEvent::DomainReleased(e) => {
                row.domains.remove(&e.domain);
            }
            TenantEvent::SettingsChanged(e) => row.settings = e.settings.clone(),
            TenantEvent::IpAllowListSet(e) => row.ip_allow_list.clone_from(&e.networks),
            TenantEvent::SecurityPolicySet(e) => row.security = e.policy,
            TenantEvent::PlanChanged(e) => row.plan = e.plan,
            TenantEvent::Suspended(e) => row.become_status(Status::Suspended, Some(&e.reason)),
            TenantEvent::Reactivated(_) => row.become_status(Status::Active, None),
            TenantEvent::Closed(_) => row.become_status(Status::Closed, None),
        }
        row.version = envelope.version;
        row.updated_at = envelope.recorded_at;
        row.position = envelope.position;
        Ok(())
    }
}

fn founded_row(id: TenantId, founded: &Founded, envelope: &Envelope) -> TenantRow {
    TenantRow {
        id,
        name: founded.name.clone(),
        subdomain: founded.subdomain.clone(),
        plan: founded.plan,
        status: Status::Active,
        suspension_reason: None,
        founder_id: founded.owner,
        brand: Branding::default(),
        domains: BTreeMap::new(),
        settings: Settings::default(),
        ip_allow_list: Vec::new(),
        security: SecurityPolicy::default(),
        version: envelope.version,
        created_at: envelope.recorded_at,
        updated_at: envelope.recorded_at,
        position: envelope.position,
    }
}

impl TenantRow {
    fn become_status(&mut self, status: Status, reason: Option<&String>) {
        self.status = status;
        self.suspension_reason = reason.cloned();
    }
}
