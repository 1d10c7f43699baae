//! From what a client left out, sent as null or sent, to the domain's patch.

use async_graphql::MaybeUndefined;
use daybook_domain::kernel::Patch;

/// Left out keeps, null clears, a value sets.
pub fn patch<T>(value: MaybeUndefined<T>) -> Patch<T> {
    match value {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(value),
    }
}
