//! What a tenant pays and how much of everything it may use.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

/// A plan. Its name is stored; prices and limits are read from here, today's for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// To try it out.
    Free,
    /// For a small team.
    Starter,
    /// For a business with automation.
    Professional,
    /// For a large business.
    Enterprise,
}

/// What a plan costs, in United States cents. Zero is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// For a month.
    pub monthly_cents: u32,
    /// For a year paid at once.
    pub yearly_cents: u32,
}

/// How much of everything a tenant may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Members, invited ones included.
    pub members: u32,
    /// Workflows that are active at once.
    pub active_workflows: u32,
    /// Workflow executions started in a month.
    pub executions_per_month: u32,
    /// Stored files, in bytes.
    pub storage_bytes: u64,
    /// API requests of one user or key in a minute.
    pub api_requests_per_minute: u32,
    /// Tokens of language models in a month.
    pub ai_tokens_per_month: u64,
    /// Installed plugins.
    pub plugins: u32,
}

const GIB: u64 = 1 << 30;

impl Plan {
    /// Every plan, cheapest first.
    pub const ALL: [Self; 4] = [
        Self::Free,
        Self::Starter,
        Self::Professional,
        Self::Enterprise,
    ];

    /// What it costs.
    pub const fn price(self) -> Price {
        let (monthly_cents, yearly_cents) = match self {
            Self::Free => (0, 0),
            Self::Starter => (2_900, 29_000),
            Self::Professional => (9_900, 99_000),
            Self::Enterprise => (29_900, 299_000),
        };
        Price {
            monthly_cents,
            yearly_cents,
        }
    }

    /// How much of everything it allows.
    pub const fn limits(self) -> Limits {
        match self {
            Self::Free => Limits {
                members: 10,
                active_workflows: 3,
                executions_per_month: 500,
                storage_bytes: GIB,
                api_requests_per_minute: 100,
                ai_tokens_per_month: 100_000,
                plugins: 2,
            },
            Self::Starter => Limits {
                members: 25,
                active_workflows: 20,
                executions_per_month: 10_000,
                storage_bytes: 25 * GIB,
                api_requests_per_minute: 300,
                ai_tokens_per_month: 1_000_000,
                plugins: 10,
            },
            Self::Professional => Limits {
                members: 100,
                active_workflows: 100,
                executions_per_month: 100_000,
                storage_bytes: 250 * GIB,
                api_requests_per_minute: 1_000,
                ai_tokens_per_month: 10_000_000,
                plugins: 50,
            },
            Self::Enterprise => Limits {
                members: 1_000,
                active_workflows: 1_000,
                executions_per_month: 1_000_000,
                storage_bytes: 2_048 * GIB,
                api_requests_per_minute: 5_000,
                ai_tokens_per_month: 100_000_000,
                plugins: 500,
            },
        }
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_what_the_price_list_says() {
        let prices = Plan::ALL.map(|plan| {
            let price = plan.price();
            (plan.to_string(), price.monthly_cents, price.yearly_cents)
        });
        let list = [
            ("free".to_owned(), 0, 0),
            ("starter".to_owned(), 2_900, 29_000),
            ("professional".to_owned(), 9_900, 99_000),
            ("enterprise".to_owned(), 29_900, 299_000),
        ];
        assert_eq!(prices, list);
    }

    #[test]
    fn allows_more_of_everything_for_more_money() {
        let numbers = |plan: Plan| {
            let Limits {
                members,
                active_workflows,
                executions_per_month,
                storage_bytes,
                api_requests_per_minute,
                ai_tokens_per_month,
                plugins,
            } = plan.limits();
            let small = [
                members,
                active_workflows,
                executions_per_month,
                api_requests_per_minute,
                plugins,
            ];
            (small, [storage_bytes, ai_tokens_per_month])
        };
        for pair in Plan::ALL.windows(2) {
            let ((less, less_big), (more, more_big)) = (numbers(pair[0]), numbers(pair[1]));
            assert!(less.iter().zip(more).all(|(less, more)| *less < more));
            assert!(
                less_big
                    .iter()
                    .zip(more_big)
                    .all(|(less, more)| *less < more)
            );
        }
        assert_eq!(
            Plan::ALL.map(|plan| plan.limits().members),
            [10, 25, 100, 1_000]
        );
        let requests = Plan::ALL.map(|plan| plan.limits().api_requests_per_minute);
        assert_eq!(requests, [100, 300, 1_000, 5_000]);
    }
}
