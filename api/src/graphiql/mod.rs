//! Where does a client developer try a query by hand?
//!
//! `/graphiql`, in development only: GraphiQL itself where the browser can load it, and a plain console
//! where it cannot. Whoever uses it signs in with a member's password or an API key.

mod routes;

pub use routes::routes;
