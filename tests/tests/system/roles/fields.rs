//! Is of a thing that several kinds of people see hidden from them what is to be, and nothing else?

use std::fmt::Write;

use daybook_domain::tenancy::public::{Permission, Role};
use daybook_tests::schema::{Field, Schema, Type};
use daybook_tests::{Client, id_of, run, shared};
use serde_json::{Value, json};

use super::people::{PEOPLE, everybody};

/// How a field is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// With what is there.
    Shown,
    /// With null, as if it was not there.
    Hidden,
    /// With `FORBIDDEN`.
    Forbidden,
    /// The thing itself is not theirs.
    Nothing,
}

const Y: Sight = Sight::Shown;
const H: Sight = Sight::Hidden;
const F: Sight = Sight::Forbidden;
const X: Sight = Sight::Nothing;

/// The things, and who sees them; whoever does sees all of what there is of it, but for [`FIELDS`].
#[rustfmt::skip]
const THINGS: [(&str, [Sight; PEOPLE]); 4] = [
    //            owner admin manager member guest client key  reader newcomer nobody
    ("Me",      [ Y,    Y,    Y,      Y,     Y,    Y,     Y,   Y,     Y,       X ]),
    ("Tenant",  [ Y,    Y,    Y,      Y,     Y,    Y,     Y,   X,     X,       X ]),
    ("Client",  [ Y,    Y,    Y,      Y,     Y,    Y,     Y,   Y,     X,       X ]),
    ("Invoice", [ Y,    Y,    Y,      Y,     Y,    Y,     Y,   X,     X,       X ]),
];

/// The fields that not all of those see.
#[rustfmt::skip]
const FIELDS: [(&str, [Sight; PEOPLE]); 13] = [
    //                                owner admin manager member guest client key  reader newcomer nobody
    ("Me.user",                     [ Y,    Y,    Y,      Y,     Y,    Y,     H,   H,     Y,       X ]),
    ("Me.tenantId",                 [ Y,    Y,    Y,      Y,     Y,    Y,     Y,   Y,     H,       X ]),
    ("Me.memberId",                 [ Y,    Y,    Y,      Y,     Y,    Y,     Y,   Y,     H,       X ]),
    ("Me.role",                     [ Y,    Y,    Y,      Y,     Y,    Y,     Y,   Y,     H,       X ]),
    ("Tenant.plan",                 [ Y,    Y,    H,      H,     H,    H,     Y,   X,     X,       X ]),
    ("Tenant.usage",                [ Y,    Y,    H,      H,     H,    H,     Y,   X,     X,       X ]),
    ("Tenant.domains",              [ Y,    Y,    H,      H,     H,    H,     Y,   X,     X,       X ]),
    ("Tenant.ipAllowList",          [ Y,    Y,    H,      H,     H,    H,     Y,   X,     X,       X ]),
    ("Tenant.securityPolicy",       [ Y,    Y,    H,      H,     H,    H,     Y,   X,     X,       X ]),
    ("Tenant.checkpointRecipients", [ Y,    Y,    H,      H,     H,    H,     Y,   X,     X,       X ]),
    ("Client.balances",             [ Y,    Y,    Y,      Y,     Y,    Y,     Y,   H,     X,       X ]),
    ("Client.invoices",             [ Y,    Y,    Y,      Y,     Y,    Y,     Y,   F,     X,       X ]),
    ("Client.notes",                [ Y,    Y,    Y,      Y,     Y,    F,     Y,   Y,     X,       X ]),
];

/// Whose sight says of which fields there is something to see.
const OWNER: usize = 0;

/// A document that asks for every field of a thing, each by its own name, and of things within it
/// for what they are.
fn document(schema: &Schema, thing: &Type, root: &str) -> String {
    let fields = thing.fields.iter().flatten();
    let asked = fields.fold(String::new(), |mut asked, field| {
        let is_page = field.args.iter().any(|it| it.name == "first");
        let page = if is_page { "(first: 1)" } else { "" };
        let is_thing = schema.core(&field.kind).fields.is_some();
        let within = if is_thing { " { __typename }" } else { "" };
        write!(asked, "{}{page}{within} ", field.name).unwrap();
        asked
    });
    format!("{{ thing: {root} {{ {asked} }} }}")
}

/// The fields that say they need a permission and have no row.
fn without_a_row(schema: &Schema) -> Vec<String> {
    let codes: Vec<String> = Permission::all().map(|it| format!("`{it}`")).collect();
    let things = schema.types.iter();
    let things = things.filter(|(name, _)| !schema.roots.contains(name));
    let fields = things.flat_map(|(name, thing)| {
        let fields = thing.fields.iter().flatten();
        fields.map(move |field| (format!("{name}.{}", field.name), field))
    });
    let without = fields.filter(|(path, field)| {
        let said = field.description.as_deref().unwrap_or_default();
        codes.iter().any(|code| said.contains(code)) && FIELDS.iter().all(|(it, _)| it != path)
    });
    let paths = without.map(|(path, _)| path);
    // It tells codes, and names one as an example.
    paths.filter(|path| path != "Me.permissions").collect()
}

/// How each field of the thing is answered.
async fn sights(client: &Client, document: &str, fields: &[Field]) -> Vec<Sight> {
    let answer = client.ask(document, json!({})).await;
    let (thing, errors) = (&answer.body["data"]["thing"], &answer.body["errors"]);
    let error_at = |path: Value| {
        let mut errors = errors.as_array().into_iter().flatten();
        errors.find(|error| error["path"] == path).map(|error| {
            let code = error["extensions"]["code"].as_str().unwrap().to_owned();
            assert!(
                ["FORBIDDEN", "UNAUTHENTICATED"].contains(&code.as_str()),
                "{}",
                answer.text
            );
            code
        })
    };
    if error_at(json!(["thing"])).is_some() {
        return vec![Sight::Nothing; fields.len()];
    }
    assert!(thing.is_object(), "{document}: {}", answer.text);
    let sight = |field: &Field| match &thing[&field.name] {
        Value::Null if error_at(json!(["thing", field.name])).is_some() => Sight::Forbidden,
        Value::Null => Sight::Hidden,
        _ => Sight::Shown,
    };
    fields.iter().map(sight).collect()
}

#[test]
fn a_field_is_hidden_from_those_whose_it_is_not_and_from_nobody_else() {
    run(async {
        let app = shared().await;
        let (business, people) = everybody(app).await;
        let owner = &people[OWNER].client;
        let schema = Schema::of(owner).await;
        let client = id_of("client", business.members[&Role::Client].client_id.unwrap());
        let issue = json!({
            "clientId": client,
            "lines": [{ "description": "Lamp", "quantity": "1", "unitPrice": "1" }],
        });
        let issued = owner.mutate("invoiceIssue", issue, "invoice { id }").await;
        let unlisted = without_a_row(&schema);
        assert!(unlisted.is_empty(), "who sees {unlisted:?}?");
        let mut wrong = String::new();
        for (name, seen_by) in THINGS {
            let root = match name {
                "Me" => "me".to_owned(),
                "Tenant" => "tenant".to_owned(),
                "Client" => format!("client(id: \"{client}\")"),
                _ => format!("invoice(id: {})", issued["invoice"]["id"]),
            };
            let thing = schema.named(name);
            let document = document(&schema, thing, &root);
            let fields = thing.fields.as_ref().unwrap();
            let mut found = Vec::new();
            for somebody in &people {
                found.push(sights(&somebody.client, &document, fields).await);
            }
            for (at, field) in fields.iter().enumerate() {
                let path = format!("{name}.{}", field.name);
                let row = FIELDS.iter().find(|(it, _)| *it == path);
                let rule = match (row, found[OWNER][at]) {
                    (Some((_, rule)), _) => *rule,
                    // There is none of it in this thing, for nobody.
                    (None, Sight::Hidden) => seen_by.map(|it| if it == Y { H } else { it }),
                    (None, _) => seen_by,
                };
                let seen: [Sight; PEOPLE] = std::array::from_fn(|who| found[who][at]);
                if seen != rule {
                    writeln!(wrong, "{path}\n  is    {seen:?}\n  not   {rule:?}").unwrap();
                }
            }
        }
        let names: Vec<&str> = people.iter().map(|it| it.name.as_str()).collect();
        assert!(wrong.is_empty(), "for {names:?}:\n{wrong}");
    });
}
