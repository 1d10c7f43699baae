//! Changes what a tenant is called.

use chrono::{DateTime, Utc};

use super::super::Tenant;
use super::super::events::{Renamed, TenantEvent};
use super::super::limits::NAME;
use crate::kernel::{Command, Decision};

/// Gives the tenant another name. The subdomain stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// What it is to be called.
    pub name: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Rename {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        let profile = tenant.writable()?;
        let name = NAME.line(&self.name)?;
        if name == profile.name {
            return Ok(Vec::new());
        }
        Ok(vec![TenantEvent::Renamed(Renamed { name, at: self.at })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Refusal;
    use super::super::super::fixtures::{at, founded, refuses_unless_active, renamed};
    use super::*;
    use crate::kernel::FieldError;
    use crate::kernel::testing::given;

    fn command(name: &str) -> Rename {
        Rename {
            name: name.to_owned(),
            at: at(1),
        }
    }

    #[test]
    fn renames() {
        given(&[founded()])
            .when(&command(" Acme Trading "))
            .then(&[renamed()]);
    }

    #[test]
    fn changes_nothing_when_it_is_called_so() {
        given(&[founded(), renamed()])
            .when(&command("Acme Trading"))
            .then(&[]);
    }

    #[test]
    fn refuses_an_empty_name() {
        let error = FieldError::Empty { field: "name" };
        given(&[founded()])
            .when(&command(" "))
            .refuses(&Refusal::Field(error));
    }

    #[test]
    fn refuses_unless_the_tenant_is_active() {
        refuses_unless_active(&command("Acme Trading"), &[founded()]);
    }
}
