//! A field that is null when it fails, and takes nothing else along.

use async_graphql::Result;

/// The answer of a field that may be null. The library nulls the parent of a field that fails with
/// an error around an option, and so the whole answer for a field of the root; with an error inside
/// of it, the field alone.
pub async fn nullable<T>(found: impl Future<Output = Result<Option<T>>>) -> Option<Result<T>> {
    found.await.transpose()
}
