//! Hand the ownership over.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::kernel::MemberId;
use daybook_domain::tenancy::member::{HandOver, Member, ReceiveOwnership, Refusal};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::payload::OwnershipTransferPayload;
use crate::graphql::{Call, CommandInput, decode_id, step_up};

/// Transfers the ownership.
#[derive(Debug, Default)]
pub(super) struct OwnershipTransfer;

/// To whom.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct OwnershipTransferInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the member who is to be the owner that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The member who is to be the owner.
    to: ID,
}

impl CommandInput for OwnershipTransferInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl OwnershipTransfer {
    /// Makes another member an owner and the caller an administrator, both or neither. Needs
    /// `ownership.transfer` and a password given in the last 15 minutes.
    async fn ownership_transfer(
        &self,
        ctx: &Context<'_>,
        input: OwnershipTransferInput,
    ) -> Result<OwnershipTransferPayload> {
        let call = Call::begin(
            ctx,
            "ownershipTransfer",
            Permission::OwnershipTransfer,
            &input,
        )?;
        step_up(call.asking)?;
        let to: MemberId = decode_id(&input.to)?;
        let from = call.scope.member_id;
        if to == from {
            let outcome = call.refuse::<Member>(to, Refusal::SameMember).await?;
            return OwnershipTransferPayload::of(&call, [to, from], outcome).await;
        }
        let receive = ReceiveOwnership {
            from,
            from_role: call.scope.role,
            at: call.at(),
        };
        let hand_over = HandOver { to, at: call.at() };
        // First received, then handed over: the tenant has an owner all the time.
        let batch = call.batch().and(to, receive).and(from, hand_over);
        let outcome = Call::outcome(batch.execute().await)?;
        OwnershipTransferPayload::of(&call, [to, from], outcome).await
    }
}
