//! Which clients does a caller see?

use async_graphql::Context;
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::Permission;
use daybook_projections::invoicing::invoices::InvoiceRow;

use crate::access::Scope;
use crate::fault::Fault;
use crate::graphql::Asking;

/// The clients somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Every one of the tenant.
    All,
    /// Their own record; none when they belong to no client.
    Own(Option<ClientId>),
}

impl Sight {
    /// What may be seen of clients from here; none when nothing.
    pub(crate) fn of_clients(scope: &Scope) -> Option<Self> {
        Self::by(scope, Permission::ClientsRead, Permission::OwnClientRead)
    }

    /// Of which clients documents may be seen from here; none when of none.
    pub(crate) fn of_invoices(scope: &Scope) -> Option<Self> {
        Self::by(scope, Permission::InvoicesRead, Permission::OwnInvoicesRead)
    }

    fn by(scope: &Scope, all: Permission, own: Permission) -> Option<Self> {
        if scope.may(all) {
            Some(Self::All)
        } else {
            scope.may(own).then_some(Self::Own(scope.client_id))
        }
    }

    /// Whether that document is among those of them: a client in the portal sees what was sent to
    /// it, and nothing of what is being prepared.
    pub(crate) fn admits_document(self, row: &InvoiceRow) -> bool {
        self.admits(row.client_id) && (self == Self::All || row.sent_at.is_some())
    }

    /// Whether that client is among them.
    pub(crate) fn admits(self, client_id: ClientId) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => own == Some(client_id),
        }
    }
}

/// A caller who asks for clients, and which they may see.
///
/// # Errors
/// `UNAUTHENTICATED` or `FORBIDDEN`.
pub(crate) fn clients_seen<'c>(ctx: &Context<'c>) -> Result<(&'c Asking, &'c Scope, Sight), Fault> {
    seen(
        ctx,
        (Permission::ClientsRead, Permission::OwnClientRead),
        Sight::of_clients,
    )
}

/// A caller who asks for documents, and of which clients they may see them.
///
/// # Errors
/// `UNAUTHENTICATED` or `FORBIDDEN`.
pub(crate) fn invoices_seen<'c>(
    ctx: &Context<'c>,
) -> Result<(&'c Asking, &'c Scope, Sight), Fault> {
    seen(
        ctx,
        (Permission::InvoicesRead, Permission::OwnInvoicesRead),
        Sight::of_invoices,
    )
}

fn seen<'c>(
    ctx: &Context<'c>,
    (all, own): (Permission, Permission),
    sight: fn(&Scope) -> Option<Sight>,
) -> Result<(&'c Asking, &'c Scope, Sight), Fault> {
    let asking = Asking::of(ctx)?;
    let allowed = asking.caller.require(all);
    let scope = allowed.or_else(|fault| asking.caller.require(own).map_err(|_| fault))?;
    // Whoever may do either sees something.
    let sight = sight(scope).unwrap_or(Sight::Own(None));
    Ok((asking, scope, sight))
}
