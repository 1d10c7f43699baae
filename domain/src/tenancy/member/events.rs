//! What happens to a member, as it is stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::kernel::{
    Claim, ClientId, Count, Digest, Email, Event, MemberId, Personal, Realm, UserId,
};
use crate::tenancy::access::Role;

/// Claims of the addresses of invited and joined members, in lower case, per tenant.
pub const EMAIL_SCOPE: &str = "tenancy.member_email";
/// Claims of joined users, per tenant.
pub const USER_SCOPE: &str = "tenancy.member_user";
/// Claims of invitation tokens that are good, by digest, platform-wide.
pub const INVITATION_SCOPE: &str = "tenancy.invitation";
/// Counts invited and joined members.
pub const MEMBERS_COUNT: &str = "tenancy.members";
/// Counts owners.
pub const OWNERS_COUNT: &str = "tenancy.owners";

/// The facts of a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberEvent {
    /// Somebody is asked to join.
    #[serde(rename = "tenancy.member.invited")]
    Invited(Invited),
    /// The invitation was sent again, under another token.
    #[serde(rename = "tenancy.member.invitation_renewed")]
    InvitationRenewed(InvitationRenewed),
    /// The invitation is good no longer.
    #[serde(rename = "tenancy.member.invitation_revoked")]
    InvitationRevoked(InvitationRevoked),
    /// A user is a member, by invitation or as the founder.
    #[serde(rename = "tenancy.member.joined")]
    Joined(Joined),
    /// The member may do other things.
    #[serde(rename = "tenancy.member.role_changed")]
    RoleChanged(RoleChanged),
    /// The member is an owner, too.
    #[serde(rename = "tenancy.member.ownership_received")]
    OwnershipReceived(OwnershipReceived),
    /// The member was an owner and is an administrator.
    #[serde(rename = "tenancy.member.ownership_handed_over")]
    OwnershipHandedOver(OwnershipHandedOver),
    /// Somebody ended the membership.
    #[serde(rename = "tenancy.member.removed")]
    Removed(Removed),
    /// The member ended the membership.
    #[serde(rename = "tenancy.member.left")]
    Left(Left),
    /// Who it was is not known any more.
    #[serde(rename = "tenancy.member.erased")]
    Erased(Erased),
}

/// Payload of `tenancy.member.invited`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invited {
    /// The new member, also the stream.
    pub member_id: MemberId,
    /// Who may accept.
    pub email: Email,
    /// What they will be.
    pub role: Role,
    /// The client record they belong to; none but for the role Client.
    pub client_id: Option<ClientId>,
    /// The token in the mail.
    pub token: Digest,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// How many members the plan allowed.
    pub member_limit: u32,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.member.invitation_renewed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationRenewed {
    /// The token in the new mail.
    pub token: Digest,
    /// The token that it makes void.
    pub replaced_token: Digest,
    /// Until when the new one is good.
    pub expires_at: DateTime<Utc>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.member.invitation_revoked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationRevoked {
    /// Who had been invited.
    pub email: Email,
    /// The token that is void.
    pub token: Digest,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.member.joined`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Joined {
    /// The member, also the stream.
    pub member_id: MemberId,
    /// Who it is.
    pub user_id: UserId,
    /// Their address when they joined.
    pub email: Email,
    /// What they are.
    pub role: Role,
    /// The client record they belong to; none but for the role Client.
    pub client_id: Option<ClientId>,
    /// The token of the invitation, used up; none for the founder.
    pub invitation: Option<Digest>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.member.role_changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleChanged {
    /// What the member was.
    pub previous_role: Role,
    /// What the member is.
    pub role: Role,
    /// The client record they belong to; none but for the role Client.
    pub client_id: Option<ClientId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.member.ownership_received`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnershipReceived {
    /// The owner who is to hand it over.
    pub from: MemberId,
    /// What the member was.
    pub previous_role: Role,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.member.ownership_handed_over`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnershipHandedOver {
    /// Who received it.
    pub to: MemberId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.member.removed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// Who it was.
    pub user_id: UserId,
    /// Their address, free to be invited again.
    pub email: Email,
    /// What they were.
    pub role: Role,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.member.left`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// Who it was.
    pub user_id: UserId,
    /// Their address, free to be invited again.
    pub email: Email,
    /// What they were.
    pub role: Role,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.member.erased`: the key of the personal fields goes away with this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    /// When.
    pub at: DateTime<Utc>,
}

impl Event for MemberEvent {
    fn claims(&self) -> Vec<Claim> {
        match self {
            Self::Invited(e) => vec![take_email(&e.email), take_invitation(e.token)],
            Self::InvitationRenewed(e) => {
                vec![
                    release_invitation(e.replaced_token),
                    take_invitation(e.token),
                ]
            }
            Self::InvitationRevoked(e) => {
                vec![release_email(&e.email), release_invitation(e.token)]
            }
            Self::Joined(e) => {
                let mut claims = vec![take_email(&e.email), take_user(e.user_id)];
                claims.extend(e.invitation.map(release_invitation));
                claims
            }
            Self::Removed(e) => vec![release_email(&e.email), release_user(e.user_id)],
            Self::Left(e) => vec![release_email(&e.email), release_user(e.user_id)],
            Self::RoleChanged(_)
            | Self::OwnershipReceived(_)
            | Self::OwnershipHandedOver(_)
            | Self::Erased(_) => Vec::new(),
        }
    }

    fn counts(&self) -> Vec<Count> {
        match self {
            Self::Invited(e) => vec![Count {
                name: MEMBERS_COUNT,
                delta: 1,
                min: None,
                max: Some(i64::from(e.member_limit)),
            }],
            Self::InvitationRevoked(_) => vec![one_member_less()],
            Self::Joined(e) => {
                // Who was invited is counted already.
                let founder = e.invitation.is_none().then_some(Count {
                    name: MEMBERS_COUNT,
                    delta: 1,
                    min: None,
                    max: None,
                });
                founder
                    .into_iter()
                    .chain(owners(false, e.role == Role::Owner))
                    .collect()
            }
            Self::RoleChanged(e) => owners(e.previous_role == Role::Owner, e.role == Role::Owner)
                .into_iter()
                .collect(),
            Self::OwnershipReceived(e) => owners(e.previous_role == Role::Owner, true)
                .into_iter()
                .collect(),
            Self::OwnershipHandedOver(_) => owners(true, false).into_iter().collect(),
            Self::Removed(e) => ended(e.role),
            Self::Left(e) => ended(e.role),
            Self::InvitationRenewed(_) | Self::Erased(_) => Vec::new(),
        }
    }

    fn personal(&self) -> Vec<Personal> {
        match self {
            Self::Invited(_)
            | Self::InvitationRevoked(_)
            | Self::Joined(_)
            | Self::Removed(_)
            | Self::Left(_) => vec![Personal::email("/email")],
            Self::InvitationRenewed(_)
            | Self::RoleChanged(_)
            | Self::OwnershipReceived(_)
            | Self::OwnershipHandedOver(_)
            | Self::Erased(_) => Vec::new(),
        }
    }
}

fn ended(role: Role) -> Vec<Count> {
    let owner = owners(role == Role::Owner, false);
    [one_member_less()].into_iter().chain(owner).collect()
}

fn one_member_less() -> Count {
    Count {
        name: MEMBERS_COUNT,
        delta: -1,
        min: None,
        max: None,
    }
}

/// The move of the owners' counter: one more, or one less as long as one is left.
fn owners(was: bool, is: bool) -> Option<Count> {
    let (delta, min) = match (was, is) {
        (false, true) => (1, None),
        (true, false) => (-1, Some(1)),
        (true, true) | (false, false) => return None,
    };
    Some(Count {
        name: OWNERS_COUNT,
        delta,
        min,
        max: None,
    })
}

fn take_email(email: &Email) -> Claim {
    Claim::Take {
        realm: Realm::Tenant,
        scope: EMAIL_SCOPE,
        value: email.compared(),
    }
}

fn release_email(email: &Email) -> Claim {
    Claim::Release {
        realm: Realm::Tenant,
        scope: EMAIL_SCOPE,
        value: email.compared(),
    }
}

fn take_user(user: UserId) -> Claim {
    Claim::Take {
        realm: Realm::Tenant,
        scope: USER_SCOPE,
        value: user.to_string(),
    }
}

fn release_user(user: UserId) -> Claim {
    Claim::Release {
        realm: Realm::Tenant,
        scope: USER_SCOPE,
        value: user.to_string(),
    }
}

fn take_invitation(token: Digest) -> Claim {
    Claim::Take {
        realm: Realm::Platform,
        scope: INVITATION_SCOPE,
        value: token.to_string(),
    }
}

fn release_invitation(token: Digest) -> Claim {
    Claim::Release {
        realm: Realm::Platform,
        scope: INVITATION_SCOPE,
        value: token.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{
        digest, email, erased, every_event, founder, handed_over, invited, joined, left, received,
        removed, renewed, revoked, role_changed, user,
    };
    use super::*;
    use crate::kernel::encode;
    use crate::kernel::testing::{erased_as, stored_as};

    #[test]
    fn is_stored_as_it_always_was() {
        let contract = [
            (
                "invited",
                r#"{"memberId":"00000000-0000-0000-0000-00000000000a","email":"Bob@Example.com","role":"member","clientId":null,"token":"<1>","expiresAt":"2026-01-08T00:00:00Z","memberLimit":25,"at":"2026-01-01T00:00:00Z"}"#,
            ),
            (
                "invitation_renewed",
                r#"{"token":"<2>","replacedToken":"<1>","expiresAt":"2026-01-08T00:01:00Z","at":"2026-01-01T00:01:00Z"}"#,
            ),
            (
                "invitation_revoked",
                r#"{"email":"Bob@Example.com","token":"<1>","at":"2026-01-01T00:02:00Z"}"#,
            ),
            (
                "joined",
                r#"{"memberId":"00000000-0000-0000-0000-00000000000a","userId":"00000000-0000-0000-0000-00000000000b","email":"Bob@Example.com","role":"member","clientId":null,"invitation":"<1>","at":"2026-01-01T00:03:00Z"}"#,
            ),
            (
                "role_changed",
                r#"{"previousRole":"member","role":"client","clientId":"00000000-0000-0000-0000-00000000000c","at":"2026-01-01T00:04:00Z"}"#,
            ),
            (
                "ownership_received",
                r#"{"from":"00000000-0000-0000-0000-00000000000d","previousRole":"member","at":"2026-01-01T00:05:00Z"}"#,
            ),
            (
                "ownership_handed_over",
                r#"{"to":"00000000-0000-0000-0000-00000000000d","at":"2026-01-01T00:06:00Z"}"#,
            ),
            (
                "removed",
                r#"{"userId":"00000000-0000-0000-0000-00000000000b","email":"Bob@Example.com","role":"member","at":"2026-01-01T00:07:00Z"}"#,
            ),
            (
                "left",
                r#"{"userId":"00000000-0000-0000-0000-00000000000b","email":"Bob@Example.com","role":"member","at":"2026-01-01T00:08:00Z"}"#,
            ),
            ("erased", r#"{"at":"2026-01-01T00:09:00Z"}"#),
        ];
        assert_eq!(every_event().len(), contract.len());
        for (event, (name, payload)) in every_event().iter().zip(contract) {
            let payload = (1..=2).fold(payload.to_owned(), |text, n| {
                text.replace(&format!("<{n}>"), &digest(n).to_string())
            });
            stored_as(event, &format!("tenancy.member.{name}"), &payload);
        }
    }

    #[test]
    fn claims_address_user_and_invitation_and_gives_them_back() {
        let (email, user) = (email(), user());
        let claims = |event: MemberEvent| event.claims();
        let (take, release) = (take_email(&email), release_email(&email));
        let bound = || vec![take.clone(), take_user(user)];
        let free = || vec![release.clone(), release_user(user)];
        assert_eq!(
            claims(invited()),
            [take.clone(), take_invitation(digest(1))]
        );
        let swapped = [release_invitation(digest(1)), take_invitation(digest(2))];
        assert_eq!(claims(renewed()), swapped);
        assert_eq!(
            claims(revoked()),
            [release.clone(), release_invitation(digest(1))]
        );
        let accepted = [bound(), vec![release_invitation(digest(1))]].concat();
        assert_eq!(claims(joined(Role::Member)), accepted);
        assert_eq!(claims(founder()), bound());
        assert_eq!(claims(removed(Role::Member)), free());
        assert_eq!(claims(left(Role::Member)), free());
        assert_eq!(claims(handed_over()), []);
        assert_eq!(claims(erased()), []);
    }

    fn moves(event: &MemberEvent) -> Vec<(&'static str, i64, Option<i64>, Option<i64>)> {
        let counts = event.counts().into_iter();
        counts
            .map(|count| (count.name, count.delta, count.min, count.max))
            .collect()
    }

    #[test]
    fn counts_members_from_the_invitation_on_against_the_plan() {
        let one_less = (MEMBERS_COUNT, -1, None, None);
        assert_eq!(moves(&invited()), [(MEMBERS_COUNT, 1, None, Some(25))]);
        assert_eq!(moves(&renewed()), []);
        assert_eq!(moves(&joined(Role::Member)), []);
        assert_eq!(moves(&revoked()), [one_less]);
        assert_eq!(moves(&removed(Role::Member)), [one_less]);
        assert_eq!(moves(&left(Role::Member)), [one_less]);
    }

    #[test]
    fn counts_owners_and_keeps_one() {
        let gain = (OWNERS_COUNT, 1, None, None);
        let loss = (OWNERS_COUNT, -1, Some(1), None);
        let one_less = (MEMBERS_COUNT, -1, None, None);
        assert_eq!(moves(&founder()), [(MEMBERS_COUNT, 1, None, None), gain]);
        assert_eq!(moves(&joined(Role::Owner)), [gain]);
        assert_eq!(moves(&role_changed(Role::Admin, Role::Owner)), [gain]);
        assert_eq!(moves(&role_changed(Role::Owner, Role::Admin)), [loss]);
        assert_eq!(moves(&role_changed(Role::Guest, Role::Member)), []);
        assert_eq!(moves(&received(Role::Member)), [gain]);
        assert_eq!(moves(&handed_over()), [loss]);
        assert_eq!(moves(&removed(Role::Owner)), [one_less, loss]);
        assert_eq!(moves(&left(Role::Owner)), [one_less, loss]);
    }
    #[test]
    fn an_erased_member_has_no_address() {
        let mut addressed = 0;
        for event in every_event() {
            let payload = String::from_utf8(encode(&event).payload).unwrap();
            let erased = payload.replace(email().as_str(), "erased@erased.invalid");
            addressed += usize::from(erased != payload);
            erased_as(&event, &erased);
        }
        assert_eq!(addressed, 5);
    }
}
