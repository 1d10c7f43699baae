//! When is a mail tried again?

use std::time::Duration;

use uuid::Uuid;

/// Pauses after each failed attempt: a day in all.
const PAUSES: [Duration; 10] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(2),
    Duration::from_hours(4),
    Duration::from_hours(8),
    Duration::from_hours(8),
];

/// The pause after the attempt of this number, counted from 1; none: enough was tried.
///
/// Up to a fifth longer, so that what failed together is not tried together. Always the same for
/// one mail and attempt.
pub(super) fn pause_after(attempt: i32, effect_id: Uuid) -> Option<Duration> {
    let index = usize::try_from(attempt).ok()?.checked_sub(1)?;
    let pause = PAUSES.get(index)?;
    let seed = effect_id.as_u128() ^ index.try_into().unwrap_or(0_u128);
    let thousandths = u32::try_from(seed % 201).unwrap_or(0);
    Some(*pause + *pause * thousandths / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_for_a_day_and_end() {
        for effect in [1_u128, 77, u128::MAX] {
            let effect = Uuid::from_u128(effect);
            let pauses: Vec<Duration> = (1..).map_while(|n| pause_after(n, effect)).collect();
            assert_eq!(pauses.len(), PAUSES.len());
            for (pause, least) in pauses.iter().zip(PAUSES) {
                assert!(*pause >= least && *pause <= least * 6 / 5, "{pause:?}");
            }
            let day: Duration = pauses.iter().sum();
            assert!(day > Duration::from_hours(23) && day < Duration::from_hours(29));
            assert_eq!(pause_after(0, effect), None);
            assert_eq!(pause_after(-1, effect), None);
        }
    }
}
