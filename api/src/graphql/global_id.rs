//! Global ids: opaque to clients, typed to us, `client_01890a5d…`.

use async_graphql::ID;
use daybook_domain::kernel::{
    ApiKeyId, ClientId, ConsentId, DataSubjectId, ExportId, InvoiceId, LineId, MemberId, NoteId,
    PaymentId, SessionId, TenantId, UserId,
};
use uuid::Uuid;

use crate::fault::{Code, Fault};

/// An identity that has a global id.
pub trait GlobalId: Copy + From<Uuid> + Into<Uuid> {
    /// What the id begins with: the aggregate's or entity's name.
    const KIND: &'static str;
}

macro_rules! global_id {
    ($($id:ty => $kind:literal),* $(,)?) => {
        $(impl GlobalId for $id { const KIND: &'static str = $kind; })*
    };
}

global_id! {
    ApiKeyId => "api_key", ClientId => "client", ConsentId => "consent",
    DataSubjectId => "data_subject", ExportId => "export", InvoiceId => "invoice", LineId => "line",
    MemberId => "member", NoteId => "note", PaymentId => "payment", SessionId => "session", TenantId => "tenant",
    UserId => "user",
}

/// The global id of an identity.
pub fn encode_id<T: GlobalId>(id: T) -> ID {
    let id: Uuid = id.into();
    ID(format!("{}_{}", T::KIND, id.simple()))
}

/// The identity of a global id.
///
/// # Errors
/// `BAD_USER_INPUT` when the text is no id of that kind. That is told from the text alone, and so
/// says nothing about what exists.
pub fn decode_id<T: GlobalId>(id: &ID) -> Result<T, Fault> {
    let uuid = id
        .strip_prefix(T::KIND)
        .and_then(|rest| rest.strip_prefix('_'));
    let uuid = uuid
        .filter(|uuid| uuid.len() == 32)
        .and_then(|uuid| Uuid::try_parse(uuid).ok());
    uuid.map(T::from).ok_or_else(|| {
        Fault::new(
            Code::BadUserInput,
            format!("an id of this kind begins with {}_", T::KIND),
        )
    })
}

/// The kind in global ids of a stream: `client` for `crm.client`.
pub fn kind_of_stream(stream_type: &str) -> &str {
    stream_type.rsplit('.').next().unwrap_or(stream_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let id = ClientId(Uuid::from_u128(7));
        let text = encode_id(id);
        assert_eq!(text.as_str(), "client_00000000000000000000000000000007");
        assert_eq!(decode_id::<ClientId>(&text).unwrap(), id);
        assert!(decode_id::<InvoiceId>(&text).is_err());
        for bad in [
            "",
            "client_",
            "client_7",
            "00000000-0000-0000-0000-000000000007",
        ] {
            assert!(decode_id::<ClientId>(&ID(bad.to_owned())).is_err(), "{bad}");
        }
    }
}
