//! The queues of the outside world against a real PostgreSQL.

#[cfg(test)]
mod leases;
mod outbox;
#[cfg(test)]
mod place;
#[cfg(test)]
mod timers;
