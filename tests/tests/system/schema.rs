//! Is the schema what `schema.graphql` says, and does all of it say what it means?

use std::path::Path;

use daybook_domain::tenancy::public::Role;
use daybook_tests::schema::Schema;
use daybook_tests::{Business, run, shared};

#[test]
fn the_committed_schema_is_the_generated_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("schema.graphql");
    let committed = std::fs::read_to_string(file).unwrap();
    let generated = daybook_api::schema::sdl();
    assert!(
        committed == generated,
        "schema.graphql is not what the code says; run `cargo run -- schema > schema.graphql`"
    );
}

#[test]
fn every_part_of_it_says_what_it_means() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[]).await;
        let schema = Schema::of(&business.sign_in(&app.base, Role::Owner).await).await;
        let mut silent = Vec::new();
        let mut check = |path: String, description: Option<&str>| {
            if description.is_none_or(|text| text.trim().len() < 4) {
                silent.push(path);
            }
        };
        for (name, kind) in &schema.types {
            // GraphQL's own.
            if name != "ID" {
                check(name.clone(), kind.description.as_deref());
            }
            for field in kind.fields.iter().flatten() {
                let path = format!("{name}.{}", field.name);
                check(path.clone(), field.description.as_deref());
                for argument in &field.args {
                    // A mutation's one argument is described by its own type.
                    if argument.name != "input" {
                        let path = format!("{path}({})", argument.name);
                        check(path, argument.description.as_deref());
                    }
                }
            }
            for field in kind.input_fields.iter().flatten() {
                check(
                    format!("{name}.{}", field.name),
                    field.description.as_deref(),
                );
            }
            for value in kind.enum_values.iter().flatten() {
                check(
                    format!("{name}.{}", value.name),
                    value.description.as_deref(),
                );
            }
        }
        assert!(schema.types.len() > 50, "where is the schema?");
        assert!(silent.is_empty(), "without a description: {silent:#?}");
    });
}
