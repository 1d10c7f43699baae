//! What every mutation answers besides its object: the commit, or what was refused.

use std::borrow::Cow;

use async_graphql::{EnumType, OutputType, SimpleObject, TypeName};
use daybook_store::{Receipt, Refused};

use super::scalar::Position;
use crate::fault::Fault;

/// Where a mutation stands in the log.
#[derive(Debug, Clone, SimpleObject)]
pub struct Commit {
    /// The position of its last event in the tenant's log. Queries that ask for at least this
    /// position see its effect; subscriptions resume after it.
    position: Position,
    /// The version of the object after it, for `expectedVersion`.
    version: i64,
    /// Whether the same `commandId` had gone through before; nothing happened twice.
    replayed: bool,
}

/// What became of a mutation on one's own account, which lies in no tenant's log.
#[derive(Debug, Clone, SimpleObject)]
pub struct AccountCommit {
    /// The version of the object after it, for `expectedVersion`.
    version: i64,
    /// Whether the same `commandId` had gone through before; nothing happened twice.
    replayed: bool,
}

impl From<&Receipt> for AccountCommit {
    fn from(receipt: &Receipt) -> Self {
        Self {
            version: receipt.version,
            replayed: receipt.replayed,
        }
    }
}

impl From<&Receipt> for Commit {
    fn from(receipt: &Receipt) -> Self {
        Self {
            position: Position(receipt.position),
            version: receipt.version,
            replayed: receipt.replayed,
        }
    }
}

/// A refusal.
// `C` is the enum of one context's codes, by which the type is called: `CrmErrorCode` makes it
// `CrmUserError`.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name_type)]
pub struct UserError<C: OutputType> {
    /// What is wrong and what to do.
    message: String,
    /// The reason, stable.
    code: C,
    /// Where in the input; empty when it is not about one field.
    path: Vec<String>,
}

impl<C: OutputType> TypeName for UserError<C> {
    fn type_name() -> Cow<'static, str> {
        let codes = C::type_name();
        let context = codes.strip_suffix("ErrorCode").unwrap_or(&codes);
        format!("{context}UserError").into()
    }
}

impl<C: EnumType + OutputType> UserError<C> {
    /// The refusal in the words of a context.
    ///
    /// # Errors
    /// An internal fault when the context's enum lacks the code.
    pub fn of(refused: Refused) -> Result<Self, Fault> {
        let code = user_error_code(refused.code).ok_or_else(|| {
            tracing::error!(
                code = refused.code,
                "a refusal has no code in its context's enum"
            );
            Fault::internal()
        })?;
        let path = match refused.field {
            "" => Vec::new(),
            field => vec!["input".to_owned(), field.to_owned()],
        };
        Ok(Self {
            message: refused.message,
            code,
            path,
        })
    }
}

/// The value of a context's enum that is spelled like a refusal's code.
pub fn user_error_code<C: EnumType>(code: &str) -> Option<C> {
    C::items()
        .iter()
        .find(|item| item.name == code)
        .map(|item| item.value)
}
