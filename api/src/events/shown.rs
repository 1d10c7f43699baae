//! What of a payload leaves the log: everything but digests of secrets.

use serde_json::Value;

/// Fields that hold digests of secrets, by the beginning of the event's name. They are part of
/// what is hashed and sealed, and of no use to anybody but the rules.
const HIDDEN: [(&str, &[&str]); 4] = [
    (
        "identity.user.",
        &[
            "passwordHash",
            "verificationToken",
            "token",
            "replacedToken",
            "discardedVerificationToken",
            "discardedResetToken",
        ],
    ),
    (
        "identity.session.",
        &[
            "refreshToken",
            "accessToken",
            "parentToken",
            "salt",
            "token",
        ],
    ),
    ("tenancy.member.", &["token", "replacedToken", "invitation"]),
    ("tenancy.api_key.", &["secret"]),
];

/// The payload as clients see it.
pub(super) fn shown(event_type: &str, payload: &[u8]) -> Value {
    let mut value: Value = serde_json::from_slice(payload).unwrap_or_default();
    let hidden = HIDDEN
        .iter()
        .filter(|(prefix, _)| event_type.starts_with(prefix));
    if let Value::Object(fields) = &mut value {
        for field in hidden.flat_map(|(_, fields)| fields.iter()) {
            fields.remove(*field);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hides_digests_and_nothing_else() {
        let payload = br#"{"memberId":"m","token":"abc"}"#;
        assert_eq!(
            shown("tenancy.member.invited", payload),
            json!({ "memberId": "m" })
        );
        assert_eq!(
            shown("crm.client.registered", b"{\"token\":1}"),
            json!({ "token": 1 })
        );
    }
}
