//! How do numbers get out of the process?
//!
//! Everybody records through the `metrics` façade; here they are gathered and written in the text
//! format of Prometheus when somebody asks.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::catalogue;

/// The numbers of this process.
#[derive(Clone)]
pub struct Numbers {
    handle: PrometheusHandle,
}

impl std::fmt::Debug for Numbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Numbers").finish_non_exhaustive()
    }
}

/// The numbers of this process; gathered from the first call on.
pub fn numbers() -> Numbers {
    static NUMBERS: OnceLock<Numbers> = OnceLock::new();
    NUMBERS.get_or_init(gather).clone()
}

fn gather() -> Numbers {
    let recorder = catalogue::with_buckets(PrometheusBuilder::new()).build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("somebody else gathers the metrics of this process; ours will be empty");
    }
    catalogue::describe();
    Numbers { handle }
}

impl Numbers {
    /// All of them, in the text format of Prometheus.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Drains what has been recorded, so that memory stays bounded when nobody asks. Every few
    /// seconds is enough.
    pub fn tidy(&self) {
        self.handle.run_upkeep();
    }
}
