//! What the mutations of the context answer.

use async_graphql::{Context, Result, SimpleObject};
use daybook_domain::kernel::ClientId;
use daybook_projections::crm::{CLIENTS, FIELDS, clients, fields};

use crate::crm::client::Client;
use crate::crm::error::CrmUserError;
use crate::crm::field::CustomField;
use crate::fault::Fault;
use crate::graphql::{Call, Commit, Outcome};

/// What a mutation on a client answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct ClientPayload {
    /// The client as it is now; null when the mutation was refused.
    client: Option<Client>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<CrmUserError>,
    /// Where it stands in the log; null when it was refused.
    commit: Option<Commit>,
}

/// What a mutation on a custom field answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct ClientFieldPayload {
    /// The field as it is now; null when the mutation was refused.
    field: Option<CustomField>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<CrmUserError>,
    /// Where it stands in the log; null when it was refused.
    commit: Option<Commit>,
}

impl ClientPayload {
    /// Answers from the read model, once it shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(
        call: &Call<'_>,
        ctx: &Context<'_>,
        client_id: ClientId,
        outcome: Outcome,
    ) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        call.settled(&receipt, &[CLIENTS]).await?;
        let mut tx = call.asking.read(call.scope, &[]).await?;
        let row = clients::find(&mut tx, client_id)
            .await
            .map_err(Fault::from)?;
        let selected = [ctx.look_ahead().field("client")];
        let client = Client::load(&mut tx, row.into_iter().collect(), &selected)
            .await?
            .pop();
        tx.commit().await.map_err(Fault::from)?;
        let commit = Some(Commit::from(&receipt));
        Ok(Self {
            client,
            commit,
            ..Self::default()
        })
    }
}

impl ClientFieldPayload {
    /// Answers from the read model, once it shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(call: &Call<'_>, key: &str, outcome: Outcome) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        call.settled(&receipt, &[FIELDS]).await?;
        let mut tx = call.asking.read(call.scope, &[]).await?;
        let rows = fields::list(&mut tx).await.map_err(Fault::from)?;
        tx.commit().await.map_err(Fault::from)?;
        let field = rows
            .into_iter()
            .find(|row| row.key.as_str() == key)
            .map(CustomField::from);
        Ok(Self {
            field,
            commit: Some(Commit::from(&receipt)),
            ..Self::default()
        })
    }
}
