//! What may happen to one thing of each kind, in an order in which it could.

use std::collections::BTreeSet;

use daybook_domain::audit::export::{Cause, ExportEvent, fixtures as export};
use daybook_domain::audit::seal::{SealEvent, fixtures as seal};
use daybook_domain::crm::client::{ClientEvent, fixtures as client};
use daybook_domain::crm::fields::{FieldSetEvent, Kind, fixtures as fields};
use daybook_domain::identity::password::PasswordHash;
use daybook_domain::identity::session::{
    EndReason, Refreshed, Revoked as SignedOut, Salt, SessionEvent, Started,
};
use daybook_domain::identity::user::{ProfileUpdated, SignedUp, UserEvent};
use daybook_domain::invoicing::invoice::InvoiceEvent;
use daybook_domain::invoicing::invoice::fixtures::Dice;
use daybook_domain::kernel::{ApiKeyId, ClientId, MemberId, SessionId, TenantId, UserId};
use daybook_domain::privacy::consent::{ConsentEvent, fixtures as consent};
use daybook_domain::privacy::data_subject::{
    Basis, DataSubjectEvent, Erased, Exported, Forgotten, Held, Released, Subject,
};
use daybook_domain::privacy::retention::{RetentionEvent, fixtures as retention};
use daybook_domain::tenancy::access::{Permission, Role};
use daybook_domain::tenancy::api_key::{ApiKeyEvent, Created, Kid, Revoked, Rotated};
use daybook_domain::tenancy::member::{MemberEvent, RoleChanged};
use daybook_domain::tenancy::plan::Plan;
use daybook_domain::tenancy::tenant::{PlanChanged, Renamed, TenantEvent};
use uuid::Uuid;

use crate::chance::{client_events, invoice_events};
use crate::tenancy::testing::{at, email, founded, invited, joined, removed, token};
use crate::testing::id;

pub(super) fn terms() -> Vec<RetentionEvent> {
    vec![retention::set(30), retention::set(60), retention::cleared()]
}

pub(super) fn a_tenant(tenant: TenantId) -> Vec<TenantEvent> {
    let subdomain = format!("t{}", tenant.0.simple());
    vec![
        founded(tenant, &subdomain),
        TenantEvent::Renamed(Renamed {
            name: "Acme & Sons".to_owned(),
            at: at(1),
        }),
        TenantEvent::PlanChanged(PlanChanged {
            plan: Plan::Professional,
            at: at(2),
        }),
    ]
}

pub(super) fn custom_fields() -> Vec<FieldSetEvent> {
    let declared = ["colour", "size", "colour"].map(|key| fields::declared(key, Kind::Text));
    let [colour, size, again] = declared;
    vec![colour, fields::retired("colour"), size, again]
}

/// What operators do to a seal.
pub(super) fn operations() -> Vec<SealEvent> {
    vec![seal::resumed(), seal::key_rotated(), seal::gave_up()]
}

/// Ready and gone again, or failed.
pub(super) fn an_export(dice: &mut Dice) -> Vec<ExportEvent> {
    if dice.below(2) == 0 {
        return vec![export::requested(), export::failed(Cause::DiskFull, None)];
    }
    vec![export::requested(), export::completed(), export::expired()]
}

pub(super) fn a_client(stream: Uuid, dice: &mut Dice) -> Vec<ClientEvent> {
    let mut events = client_events(dice);
    if let ClientEvent::Registered(registered) = &mut events[0] {
        registered.client_id = ClientId(stream);
    }
    if dice.below(4) == 0 {
        events.push(client::erased());
    }
    events
}

/// One of which something is paid.
pub(super) fn paid_invoice(dice: &mut Dice, client: ClientId) -> Vec<InvoiceEvent> {
    loop {
        let events = invoice_events(dice, client);
        let is_paid = |event: &InvoiceEvent| matches!(event, InvoiceEvent::PaymentRecorded(_));
        if events.iter().any(is_paid) {
            return events;
        }
    }
}

pub(super) fn member(stream: Uuid) -> Vec<MemberEvent> {
    let (member, user) = (MemberId(stream), UserId(id()));
    let mut joined = joined(member, user, Role::Guest);
    if let MemberEvent::Joined(joined) = &mut joined {
        joined.invitation = Some(token(stream));
    }
    let promoted = MemberEvent::RoleChanged(RoleChanged {
        previous_role: Role::Guest,
        role: Role::Manager,
        client_id: None,
        at: at(9),
    });
    let address = format!("{}@invited.example", stream.simple());
    let invited = invited(member, &address, Role::Guest);
    vec![invited, joined, promoted, removed(user, Role::Manager)]
}

pub(super) fn api_key(stream: Uuid) -> Vec<ApiKeyEvent> {
    vec![
        ApiKeyEvent::Created(Created {
            api_key_id: ApiKeyId(stream),
            kid: Kid::from_bits(stream.as_u64_pair().1),
            secret: token(stream),
            name: "Shop".to_owned(),
            scopes: BTreeSet::from([Permission::ClientsRead]),
            expires_at: Some(at(900)),
            networks: Vec::new(),
            creator: MemberId(id()),
            at: at(0),
        }),
        ApiKeyEvent::Rotated(Rotated {
            secret: token(id()),
            previous_expires_at: at(100),
            at: at(1),
        }),
        ApiKeyEvent::Revoked(Revoked { at: at(2) }),
    ]
}

pub(super) fn user(stream: Uuid) -> Vec<UserEvent> {
    vec![
        UserEvent::SignedUp(SignedUp {
            user_id: UserId(stream),
            email: email(&format!("{}@users.example", stream.simple())),
            name: "Ada Lovelace".to_owned(),
            password_hash: PasswordHash::new("$argon2id$secret"),
            verification_token: token(stream),
            verification_expires_at: at(60),
            at: at(0),
        }),
        UserEvent::ProfileUpdated(ProfileUpdated {
            name: "Ada King".to_owned(),
            locale: None,
            time_zone: None,
            at: at(3),
        }),
    ]
}

pub(super) fn session(stream: Uuid) -> Vec<SessionEvent> {
    let token = |n: u128| token(Uuid::from_u128(stream.as_u128() ^ n));
    vec![
        SessionEvent::Started(Started {
            session_id: SessionId(stream),
            user_id: UserId(id()),
            place: None,
            refresh_token: token(1),
            access_token: token(2),
            access_expires_at: at(10),
            idle_minutes: 60,
            idle_expires_at: at(60),
            absolute_expires_at: at(720),
            authenticated_at: at(0),
            user_agent: Some("Firefox".to_owned()),
            address: Some([192, 0, 2, 7].into()),
            at: at(0),
        }),
        SessionEvent::Refreshed(Refreshed {
            parent_token: token(1),
            refresh_token: token(3),
            salt: Salt::new([1; 16]),
            access_token: token(4),
            access_expires_at: at(30),
            idle_expires_at: at(80),
            at: at(20),
        }),
        SessionEvent::Revoked(SignedOut {
            reason: EndReason::SignedOut,
            at: at(25),
        }),
    ]
}

pub(super) fn consents_of(client_id: ClientId) -> Vec<ConsentEvent> {
    let mut events = vec![
        consent::given(),
        consent::withdrawn(Some("too many")),
        consent::given_in("Yes."),
    ];
    for event in &mut events {
        match event {
            ConsentEvent::Given(given) => given.client_id = client_id,
            ConsentEvent::Withdrawn(withdrawn) => withdrawn.client_id = client_id,
        }
    }
    events
}

/// Held and handed out; erased, half of the time.
pub(super) fn data_subject(subject: Subject, dice: &mut Dice) -> Vec<DataSubjectEvent> {
    let at = at(5);
    let reason = "case 7".to_owned();
    let mut events = vec![
        DataSubjectEvent::Held(Held {
            subject,
            reason,
            at,
        }),
        DataSubjectEvent::Exported(Exported { subject, at }),
        DataSubjectEvent::Released(Released { at }),
    ];
    if dice.below(2) == 0 {
        let (basis, streams) = (Basis::Request, vec![subject.id]);
        events.push(DataSubjectEvent::Erased(Erased {
            subject,
            basis,
            streams,
            at,
        }));
        events.push(DataSubjectEvent::Forgotten(Forgotten { subject, at }));
    }
    events
}
