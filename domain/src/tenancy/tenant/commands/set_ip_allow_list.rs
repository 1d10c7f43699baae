//! Says from which networks members may come.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::super::events::{IpAllowListSet, TenantEvent};
use super::super::{Refusal, Tenant};
use crate::kernel::{Command, Decision};
use crate::tenancy::network::Network;

/// Replaces the list; an empty one lets members come from everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetIpAllowList {
    /// Networks and single addresses.
    pub networks: Vec<String>,
    /// From where whoever sets the list came; none when it is not a person at a network.
    pub caller: Option<IpAddr>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for SetIpAllowList {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        let profile = tenant.writable()?;
        let networks = Network::parse_list("networks", &self.networks)?;
        if self.caller.is_some() && !Network::admits(&networks, self.caller) {
            return Err(Refusal::LocksYouOut);
        }
        if networks == profile.ip_allow_list {
            return Ok(Vec::new());
        }
        Ok(vec![TenantEvent::IpAllowListSet(IpAllowListSet {
            networks,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, founded, ip_allow_list_set, refuses_unless_active};
    use super::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn command(networks: &[&str]) -> SetIpAllowList {
        SetIpAllowList {
            networks: networks.iter().map(|&text| text.to_owned()).collect(),
            caller: Some("10.1.2.3".parse().unwrap()),
            at: at(7),
        }
    }

    const LIST: [&str; 2] = ["10.0.0.0/8", "2001:db8::/32"];

    #[test]
    fn sets_the_list() {
        given(&[founded()])
            .when(&command(&LIST))
            .then(&[ip_allow_list_set()]);
    }

    #[test]
    fn clears_the_list() {
        let cleared = IpAllowListSet {
            networks: Vec::new(),
            at: at(7),
        };
        let past = [founded(), ip_allow_list_set()];
        given(&past)
            .when(&command(&[]))
            .then(&[TenantEvent::IpAllowListSet(cleared)]);
    }

    #[test]
    fn changes_nothing_when_it_is_so() {
        given(&[founded(), ip_allow_list_set()])
            .when(&command(&LIST))
            .then(&[]);
    }

    #[test]
    fn refuses_to_lock_out_whoever_sets_it() {
        given(&[founded()])
            .when(&command(&["192.0.2.0/24"]))
            .refuses(&Refusal::LocksYouOut);
        let operator = SetIpAllowList {
            caller: None,
            ..command(&["192.0.2.0/24"])
        };
        assert_eq!(
            operator
                .decide(&given(&[founded()]).state())
                .map(|events| events.len()),
            Ok(1)
        );
    }

    #[test]
    fn refuses_what_is_no_network_and_too_many() {
        let tenant = given::<Tenant>(&[founded()]).state();
        assert_eq!(
            command(&["10.0.0.0/33"])
                .decide(&tenant)
                .unwrap_err()
                .field(),
            "networks"
        );
        let many = command(&["10.0.0.0/8"; 101]);
        assert_eq!(many.decide(&tenant), Err(Refusal::TooManyNetworks));
    }

    #[test]
    fn refuses_unless_the_tenant_is_active() {
        refuses_unless_active(&command(&LIST), &[founded()]);
    }
}
