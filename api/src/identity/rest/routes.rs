//! Under which paths the endpoints are reached, and what every answer has in common.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{ALLOW, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use tokio::time::timeout;

use super::Problem;
use super::login::login;
use super::logout::logout;
use super::refresh::refresh;
use super::resend_verification::resend_verification;
use super::reset_password::reset_password;
use super::reset_password_confirm::reset_password_confirm;
use super::signup::signup;
use super::switch_tenant::switch_tenant;
use super::update_password::update_password;
use super::verify_email::verify_email;
use crate::api::Api;
use crate::fault::{Code, Fault};
use crate::gateway::RequestId;
use crate::http::count;

/// How long an endpoint may take.
const LIMIT: Duration = Duration::from_secs(30);

/// `/auth/*`.
pub fn routes(api: Api) -> Router {
    let endpoints: [(&'static str, MethodRouter<Api>); 10] = [
        ("/auth/signup", post(signup)),
        ("/auth/verify-email", post(verify_email)),
        ("/auth/verify-email/resend", post(resend_verification)),
        ("/auth/login", post(login)),
        ("/auth/refresh", post(refresh)),
        ("/auth/logout", post(logout)),
        ("/auth/switch-tenant", post(switch_tenant)),
        ("/auth/reset-password", post(reset_password)),
        ("/auth/reset-password/confirm", post(reset_password_confirm)),
        ("/auth/update-password", post(update_password)),
    ];
    let mut router = Router::new();
    for (path, endpoint) in endpoints {
        let dress = move |request, next| dress(path, request, next);
        router = router.route(path, endpoint.layer(from_fn(dress)));
    }
    router.with_state(api)
}

/// Bounds the time, writes problems out and adds the headers of every answer.
async fn dress(path: &'static str, mut request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let (parts, body) = request.into_parts();
    let id = RequestId::of(&parts);
    request = Request::from_parts(parts, body);
    request.extensions_mut().insert(id.clone());
    let mut response = match timeout(LIMIT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let fault = Fault::new(Code::Timeout, "this took too long; try again in a moment");
            Problem::from(fault).write(id.as_str())
        }
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let fault = Fault::new(Code::MethodNotAllowed, "send POST");
        response = Problem::from(fault).write(id.as_str());
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
    } else if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = problem.write(id.as_str());
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(id) = id.to_header() {
        headers.insert(RequestId::HEADER, id);
    }
    count(path, &method, response.status());
    response
}
