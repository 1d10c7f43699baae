//! A mutation on what is a signed-in user's own, whatever tenant they act in.

use async_graphql::{Context, Error};
use daybook_domain::identity::session::Session;
use daybook_domain::kernel::{Aggregate, Command, MemberId, TenantId};
use daybook_store::{self as store, Address, Batch, Receipt};
use uuid::Uuid;

use super::asking::Asking;
use super::call::{Call, CommandInput, Outcome, context_of};
use super::leaving::Leaving;
use super::refusing::Refusing;
use crate::access::SignedIn;
use crate::fault::Fault;

/// A mutation of a signed-in user.
#[derive(Debug)]
pub struct Personal<'c> {
    /// The request.
    pub asking: &'c Asking,
    /// Who it is.
    pub user: SignedIn,
    context: store::Context,
}

impl<'c> Personal<'c> {
    /// Begins the mutation called `name`.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for nobody, `FORBIDDEN` for a program.
    pub fn begin(ctx: &Context<'c>, name: &str, input: &impl CommandInput) -> Result<Self, Fault> {
        let asking = Asking::of(ctx)?;
        let user = asking.caller.require_user()?;
        let mut context = context_of(asking, name, input);
        // Accounts share one log: what one user calls a command says nothing about another's.
        context.command_id = Uuid::new_v5(&user.user_id.0, context.command_id.as_bytes());
        context.correlation_id = context.command_id;
        let of = user.user_id.0;
        context.origin.address = asking.peer.map(|ip| Address { ip, of });
        asking.log(&context);
        Ok(Self {
            asking,
            user,
            context,
        })
    }

    /// When it was asked for.
    pub fn at(&self) -> chrono::DateTime<chrono::Utc> {
        self.asking.at
    }

    /// What comes with its command.
    pub fn context(&self) -> store::Context {
        self.context.clone()
    }

    /// An identity of what the command creates, told apart by `name`: the same for every repeat.
    pub fn mint<T: From<Uuid>>(&self, name: &str) -> T {
        T::from(Uuid::new_v5(&self.context.command_id, name.as_bytes()))
    }

    /// Runs a command on an account or a session.
    ///
    /// # Errors
    /// A conflict, a reused command id, or the log is away.
    pub async fn execute<C: Command>(
        &self,
        stream_id: impl Into<Uuid>,
        command: C,
    ) -> Result<Outcome, Error> {
        let batch = self.batch().and(stream_id, command);
        Call::outcome(batch.execute().await)
    }

    /// Ends with a refusal that looking up brought about, unless the same command had gone through
    /// before on the stream of that tenant.
    ///
    /// # Errors
    /// A reused command id, or the log is away.
    pub async fn refuse<A: Aggregate>(
        &self,
        (tenant, stream_id): (TenantId, impl Into<Uuid>),
        refusal: A::Refusal,
    ) -> Result<Outcome, Error> {
        let store = self.asking.api.store();
        let batch = store.batch(tenant, self.context.clone());
        let batch = batch.and(stream_id, Refusing::<A>(refusal));
        Call::outcome(batch.execute().await)
    }

    /// Commands on accounts and sessions as one; run it and hand the result to [`Call::outcome`].
    pub fn batch(&self) -> Batch<'c> {
        let store = self.asking.api.store();
        store.batch(TenantId::PLATFORM, self.context.clone())
    }

    /// Commands of a tenant as one, by the user as that member of it.
    pub fn batch_of_member(&self, place: (TenantId, MemberId)) -> Batch<'c> {
        self.batch_as(place, &self.context)
    }

    /// Commands on sessions as one, begun by the caller's own, which stays as it is: so a command that
    /// finds no session to change is known all the same when it is repeated.
    pub fn batch_of_sessions(&self) -> Batch<'c> {
        let batch = self.batch();
        batch.and(self.user.session_id, Leaving::<Session>::new())
    }

    /// The command's part on one of several streams, each a command of its own.
    pub fn part(&self, stream_id: impl Into<Uuid>) -> store::Context {
        let stream_id: Uuid = stream_id.into();
        self.context.part(&stream_id.to_string())
    }

    /// The same, as a part of this one.
    pub fn batch_as(
        &self,
        (tenant, member_id): (TenantId, MemberId),
        part: &store::Context,
    ) -> Batch<'c> {
        let mut part = part.clone();
        // What is sealed in a tenant is sealed for the member.
        if let Some(address) = &mut part.origin.address {
            address.of = member_id.0;
        }
        self.asking.api.store().batch(tenant, part)
    }

    /// Waits until the read models show what the receipt says.
    ///
    /// # Errors
    /// `CONSISTENCY_TIMEOUT`; what was written stays.
    pub async fn settled(
        &self,
        receipt: &Receipt,
        read_models: &[&'static str],
    ) -> Result<(), Fault> {
        let patience = self.asking.api.options().patience;
        let reached = receipt.log_position;
        self.asking.settled(reached, read_models, patience).await
    }
}
