//! A mutation on its way: permission, command, execute, wait for its read model.

use std::sync::Arc;

use async_graphql::{Context, EnumType, Error, OutputType};
use daybook_domain::kernel::{Aggregate, Command};
use daybook_domain::tenancy::public::Permission;
use daybook_store::{
    self as store, Batch, ExecuteError, Fingerprint, Origin, Receipt, Refused, SUBJECT_ERASED,
};
use serde::Serialize;
use uuid::Uuid;

use super::asking::Asking;
use super::failure::failed;
use super::global_id::GlobalId;
use super::payload::UserError;
use super::refusing::Refusing;
use crate::access::Scope;
use crate::fault::Fault;

/// The input of a mutation. Serialising it gives the fingerprint by which a repeat is recognised:
/// leave `commandId`, `expectedVersion` and secrets out with `#[serde(skip)]`.
pub trait CommandInput: Serialize {
    /// The command's identity; repeating it has no further effect.
    fn command_id(&self) -> Uuid;

    /// The version the client saw; none decides on whatever is current.
    fn expected_version(&self) -> Option<i64> {
        None
    }
}

/// A mutation that its caller may do.
#[derive(Debug)]
pub struct Call<'c> {
    /// The request.
    pub asking: &'c Asking,
    /// The place from which it is done.
    pub scope: &'c Scope,
    context: store::Context,
}

/// How a command ended, as a payload tells it.
#[derive(Debug)]
pub enum Outcome {
    /// It went through, or had before.
    Done(Receipt),
    /// A rule said no.
    Refused(Refused),
}

impl Outcome {
    /// The receipt, or what a payload says of a refusal.
    ///
    /// # Errors
    /// An internal fault when the context's enum lacks the code.
    pub fn told<C>(self) -> Result<Result<Receipt, Vec<UserError<C>>>, Fault>
    where
        C: EnumType + OutputType,
    {
        Ok(match self {
            Self::Done(receipt) => Ok(receipt),
            Self::Refused(refused) => Err(vec![UserError::of(refused)?]),
        })
    }
}

impl<'c> Call<'c> {
    /// Begins the mutation called `name`.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` or `FORBIDDEN`.
    pub fn begin(
        ctx: &Context<'c>,
        name: &str,
        permission: Permission,
        input: &impl CommandInput,
    ) -> Result<Self, Fault> {
        let (asking, scope) = Asking::permitted(ctx, permission)?;
        let context = context_of(asking, name, input);
        asking.log(&context);
        Ok(Self {
            asking,
            scope,
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

    /// The identity of what the command creates: the same for every repeat of it.
    pub fn mint<T: GlobalId>(&self) -> T {
        self.mint_named(T::KIND)
    }

    /// A further identity of the same command, told apart by `name`.
    pub fn mint_named<T: From<Uuid>>(&self, name: &str) -> T {
        let seed = [self.context.command_id.as_bytes(), name.as_bytes()].concat();
        T::from(Uuid::new_v5(&self.scope.tenant.0, &seed))
    }

    /// Runs a command on a stream.
    ///
    /// # Errors
    /// A conflict, a reused command id, or the log is away.
    pub async fn execute<C: Command>(
        &self,
        stream_id: impl Into<Uuid>,
        command: C,
    ) -> Result<Outcome, Error> {
        Self::outcome(self.batch().and(stream_id, command).execute().await)
    }

    /// Runs a command that begins a stream.
    ///
    /// # Errors
    /// A reused command id, or the log is away.
    pub async fn create<C: Command>(
        &self,
        stream_id: impl Into<Uuid>,
        command: C,
    ) -> Result<Outcome, Error> {
        Self::outcome(self.batch().and_new(stream_id, command).execute().await)
    }

    /// Several commands of the tenant as one; run it and hand the result to [`Self::outcome`].
    pub fn batch(&self) -> Batch<'c> {
        self.asking
            .api
            .store()
            .batch(self.scope.tenant, self.context.clone())
    }

    /// Looks up what another aggregate knows, for a command that needs it.
    ///
    /// # Errors
    /// The log is away.
    pub async fn look_up<A: Aggregate>(&self, stream_id: impl Into<Uuid>) -> Result<Arc<A>, Fault> {
        let store = self.asking.api.store();
        Ok(store.load::<A>(self.scope.tenant, stream_id).await?.state)
    }

    /// The same, as the database has it, whatever is in memory.
    ///
    /// # Errors
    /// The log is away.
    pub async fn look_up_now<A: Aggregate>(
        &self,
        stream_id: impl Into<Uuid>,
    ) -> Result<Arc<A>, Fault> {
        let store = self.asking.api.store();
        let tenant = self.scope.tenant;
        Ok(store.load_stored_now::<A>(tenant, stream_id).await?.state)
    }

    /// Ends with a refusal that looking up brought about, on the stream that the command is for.
    ///
    /// # Errors
    /// A reused command id, or the log is away.
    pub async fn refuse<A: Aggregate>(
        &self,
        stream_id: impl Into<Uuid>,
        refusal: A::Refusal,
    ) -> Result<Outcome, Error> {
        self.execute(stream_id, Refusing::<A>(refusal)).await
    }

    /// A refusal belongs to the payload, every other failure does not.
    ///
    /// # Errors
    /// Every failure that is no refusal.
    pub fn outcome(result: Result<Receipt, ExecuteError>) -> Result<Outcome, Error> {
        match result {
            Ok(receipt) => Ok(Outcome::Done(receipt)),
            // A rule of the log and of no context: it has no place among a context's refusals.
            Err(ExecuteError::Refused(refused)) if refused.code != SUBJECT_ERASED => {
                Ok(Outcome::Refused(refused))
            }
            Err(error) => Err(failed(&error)),
        }
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
        self.asking
            .settled(receipt.log_position, read_models, patience)
            .await?;
        self.asking.reflected.rise(receipt.position);
        Ok(())
    }
}

/// What comes with the command of the mutation called `name`.
pub(super) fn context_of(asking: &Asking, name: &str, input: &impl CommandInput) -> store::Context {
    let fingerprint = Fingerprint::of(name, input);
    let actor = asking.caller.actor();
    let origin = Origin {
        address: asking.caller.address(asking.peer),
        on_behalf_of: asking.caller.on_behalf_of().map(|member| member.0),
        operator: None,
        reason: asking.reason.clone(),
        request_id: Some(asking.request_id.clone()),
        route: Some(format!("graphql:{name}")),
        session_id: asking.caller.session().map(|session| session.0),
    };
    store::Context::new(actor, input.command_id(), fingerprint, asking.at)
        .expecting(input.expected_version())
        .from(origin)
}
