//! How tokens are handed out: in the body, or as cookies that no script can read.

use axum::Json;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use daybook_domain::identity::user::Account;
use daybook_projections::tenancy::memberships::MembershipRow;
use serde::Serialize;

use crate::door::{ACCESS_COOKIE, REFRESH_COOKIE};
use crate::graphql::encode_id;
use crate::identity::entrance::Entrance;
use crate::identity::sign_in::Tokens;

/// How the client wants its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// In the body.
    Body,
    /// As cookies.
    Cookies,
}

/// What a sign-in, a refresh and a change of tenant answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedIn {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    token_type: &'static str,
    /// Seconds until the access token opens nothing.
    expires_in: i64,
    /// Seconds until the session ends unless it is refreshed.
    session_expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserReply>,
    /// The tenant the tokens act in; null before one is chosen.
    tenant: Option<TenantReply>,
    /// Those that can be chosen, by name; there when a sign-in chose none.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenants: Option<Vec<TenantReply>>,
}

/// What a sign-in by password tells besides the tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Introduction<'a> {
    pub(super) account: &'a Account,
    /// The tenants that can be chosen.
    pub(super) choices: &'a [MembershipRow],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserReply {
    id: String,
    email: String,
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TenantReply {
    id: String,
    subdomain: String,
    name: String,
    role: String,
    member_id: String,
}

impl SignedIn {
    /// The answer, at `now`.
    pub(super) fn reply(
        tokens: &Tokens,
        introduction: Option<Introduction<'_>>,
        entrance: Option<&Entrance>,
        (carrier, now): (Carrier, DateTime<Utc>),
    ) -> Response {
        let shown = |token: &str| (carrier == Carrier::Body).then(|| token.to_owned());
        let seconds = |until: DateTime<Utc>| (until - now).num_seconds().max(0);
        let body = Self {
            access_token: shown(tokens.access.reveal()),
            refresh_token: shown(tokens.refresh.reveal()),
            token_type: "Bearer",
            expires_in: seconds(tokens.access_expires_at),
            session_expires_in: seconds(tokens.session_ends_at),
            user: introduction.map(|it| UserReply::of(it.account)),
            tenant: entrance.map(TenantReply::of),
            tenants: introduction
                .filter(|_| entrance.is_none())
                .map(|it| it.choices.iter().map(TenantReply::choice).collect()),
        };
        let mut response = Json(&body).into_response();
        if carrier == Carrier::Cookies {
            let headers = response.headers_mut();
            set(
                headers,
                ACCESS_COOKIE,
                "/",
                (tokens.access.reveal(), body.expires_in),
            );
            let refresh = (tokens.refresh.reveal(), body.session_expires_in);
            set(headers, REFRESH_COOKIE, "/auth", refresh);
        }
        response
    }
}

impl UserReply {
    fn of(account: &Account) -> Self {
        Self {
            id: encode_id(account.user_id).0,
            email: account.email.to_string(),
            name: account.name.clone(),
        }
    }
}

impl TenantReply {
    fn of(entrance: &Entrance) -> Self {
        Self {
            id: encode_id(entrance.place.tenant_id).0,
            subdomain: entrance.subdomain.to_string(),
            name: entrance.name.clone(),
            role: entrance.role.to_string(),
            member_id: encode_id(entrance.place.member_id).0,
        }
    }

    fn choice(row: &MembershipRow) -> Self {
        Self {
            id: encode_id(row.tenant).0,
            subdomain: row.subdomain.to_string(),
            name: row.tenant_name.clone(),
            role: row.role.to_string(),
            member_id: encode_id(row.member_id).0,
        }
    }
}

/// Done, with nothing to say; the tokens' cookies are taken back.
pub(super) fn signed_out() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    set(response.headers_mut(), ACCESS_COOKIE, "/", ("", 0));
    set(response.headers_mut(), REFRESH_COOKIE, "/auth", ("", 0));
    response
}

/// The answer to everything that a mail answers: the same whatever was found.
pub(super) fn look_at_your_mail() -> Response {
    let body = serde_json::json!({
        "message": "if there is anything to be done about this address, a mail says what"
    });
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

fn set(headers: &mut HeaderMap, name: &str, path: &str, (value, seconds): (&str, i64)) {
    let flags = "HttpOnly; Secure; SameSite=Lax";
    let cookie = format!("{name}={value}; Path={path}; Max-Age={seconds}; {flags}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}
