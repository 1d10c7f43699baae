//! Every limit, and that none of them takes longer than a moment.

use std::time::{Duration, Instant};

use async_graphql::Variables;

use super::{Cursor, Guard, Limits};
use crate::fault::{Code, Fault};

fn guard() -> Guard {
    Guard::new(Limits::default(), "Subscription")
}

/// The cost of a document's only operation, or why it is refused.
fn cost(text: &str) -> Result<u64, Fault> {
    cost_with(text, serde_json::json!({}))
}

fn cost_with(text: &str, variables: serde_json::Value) -> Result<u64, Fault> {
    let started = Instant::now();
    let guard = guard();
    let document = guard.document(text);
    let cost = document.and_then(|document| {
        let operation = document.operation(None)?;
        guard.cost(&document, operation, &Variables::from_json(variables))
    });
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "took {:?}",
        started.elapsed()
    );
    cost
}

fn code(text: &str) -> Option<Code> {
    cost(text).err().map(|fault| fault.code)
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.fold(String::new(), |all, part| all + &part)
}

#[test]
fn prices_scalars_objects_and_lists() {
    assert_eq!(cost("{ me { id name } }"), Ok(1));
    assert_eq!(
        cost("mutation { invoiceSend(input: {}) { invoice { id } } }"),
        Ok(12)
    );
    assert_eq!(
        cost("{ clients(first: 20) { nodes { id name } } }"),
        Ok(2 + 20)
    );
    assert_eq!(
        cost("{ clients(first: 20) { edges { node { id } } pageInfo { end } } }"),
        Ok(3 + 20)
    );
    assert_eq!(cost("{ clients { nodes { id } totalCount } }"), Ok(2 + 50));
    assert_eq!(
        cost("{ clients(first: 20) { ...C } } fragment C on X { nodes { id } }"),
        Ok(22)
    );
    let nested = "{ clients(first: 10) { nodes { invoices(first: 5) { nodes { id } } } } }";
    assert_eq!(cost(nested), Ok(2 + 10 * (1 + 2 + 5)));
    assert_eq!(cost("{ __schema { types { name } } }"), Ok(0));
}

#[test]
fn prices_things_that_are_named_one_by_one() {
    let of = |ids: &str| {
        format!(
            "{{ nodes(ids: {ids}) {{ ... on Client {{ invoices(first: 9) {{ nodes {{ id }} }} }} }} }}"
        )
    };
    assert_eq!(cost(&of("[\"a\", \"b\", \"c\"]")), Ok(2 + 3 * (1 + 2 + 9)));
    assert_eq!(cost(&of("[]")), Ok(2));
    let text = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Invoice { lines(first: 99) { nodes { id } } } } }";
    let ids = vec!["a"; 100];
    let whole = cost_with(text, serde_json::json!({ "ids": ids }));
    assert_eq!(
        whole.map_err(|fault| fault.code),
        Err(Code::QueryTooComplex)
    );
    assert_eq!(
        cost_with(text, serde_json::json!({ "ids": ["a"] })),
        Ok(2 + 1 + 2 + 99)
    );
}

#[test]
fn prices_a_page_that_a_variable_sets() {
    let text = "query($n: Int = 30) { clients(first: $n) { nodes { id } } }";
    assert_eq!(cost_with(text, serde_json::json!({ "n": 7 })), Ok(9));
    assert_eq!(cost_with(text, serde_json::json!({})), Ok(32));
    for bad in [
        serde_json::json!(101),
        serde_json::json!(-1),
        serde_json::json!(2_147_483_647_i64),
    ] {
        let fault = cost_with(text, serde_json::json!({ "n": bad })).unwrap_err();
        assert_eq!(fault.code, Code::BadUserInput);
        assert!(fault.location.is_some());
    }
}

#[test]
fn refuses_a_page_out_of_range() {
    for bad in ["-1", "101", "2147483647", "99999999999999999999", "1e9"] {
        let text = format!("{{ clients(first: {bad}) {{ nodes {{ id }} }} }}");
        assert_eq!(code(&text), Some(Code::BadUserInput), "{bad}");
        let text = format!("query($n: Int = {bad}) {{ clients(last: $n) {{ nodes {{ id }} }} }}");
        assert_eq!(code(&text), Some(Code::BadUserInput), "{bad}");
    }
    assert_eq!(code("{ clients(first: 100) { nodes { id } } }"), None);
}

#[test]
fn refuses_pages_of_pages_of_pages() {
    let text = "{ a(first: 100) { nodes { b(first: 100) { nodes { c(first: 100) { nodes { id } } } } } } }";
    assert_eq!(code(text), Some(Code::QueryTooComplex));
}

#[test]
fn refuses_a_fragment_bomb_at_once() {
    let twice = |n: usize| format!(" fragment F{n} on Q {{ ...F{0} ...F{0} }}", n + 1);
    let text = "{ ...F0 }".to_owned() + &joined((0..28).map(twice)) + " fragment F28 on Q { a }";
    assert_eq!(code(&text), Some(Code::QueryTooComplex));
    // The same flat enough to pass the bound on nesting.
    let eightfold = |n: usize| {
        let spreads = format!("...F{} ", n + 1).repeat(8);
        format!(" fragment F{n} on Q {{ {spreads} }}")
    };
    let text = "{ ...F0 }".to_owned() + &joined((0..10).map(eightfold));
    let text = text + " fragment F10 on Q { a }";
    assert_eq!(code(&text), Some(Code::QueryTooComplex));
}

#[test]
fn refuses_cycles() {
    let text = "{ ...A } fragment A on Q { a { ...B } } fragment B on Q { ...A }";
    assert_eq!(code(text), Some(Code::GraphqlValidationFailed));
    assert_eq!(
        code("{ a ...A } fragment A on Q { ...A }"),
        Some(Code::GraphqlValidationFailed)
    );
}

#[test]
fn refuses_a_fragment_nobody_spreads() {
    let text = "{ a } fragment A on Q { a }";
    assert_eq!(code(text), Some(Code::GraphqlValidationFailed));
}

#[test]
fn refuses_a_hundred_and_one_aliases() {
    let aliases = |n: usize| joined((0..n).map(|n| format!("a{n}: id ")));
    assert_eq!(code(&format!("{{ me {{ {} }} }}", aliases(50))), None);
    assert_eq!(
        code(&format!("{{ me {{ {} }} }}", aliases(51))),
        Some(Code::QueryTooComplex)
    );
    assert_eq!(
        code(&format!("{{ me {{ {} }} }}", aliases(101))),
        Some(Code::QueryTooComplex)
    );
    let spread = format!(
        "{{ me {{ ...A }} you {{ ...A }} }} fragment A on U {{ {} }}",
        aliases(26)
    );
    assert_eq!(code(&spread), Some(Code::QueryTooComplex));
}

#[test]
fn refuses_more_than_thirty_root_fields() {
    let roots = |n: usize| format!("{{ {} }}", "me ".repeat(n));
    assert_eq!(code(&roots(30)), None);
    assert_eq!(code(&roots(31)), Some(Code::QueryTooComplex));
    let spread = format!("{{ ...A ...A }} fragment A on Q {{ {} }}", "me ".repeat(16));
    assert_eq!(code(&spread), Some(Code::QueryTooComplex));
}

#[test]
fn refuses_a_thousand_directives() {
    let directives = |n: usize| "@include(if: true) ".repeat(n);
    assert_eq!(code(&format!("{{ me {} {{ id }} }}", directives(5))), None);
    for n in [6, 700] {
        let list = "@a ".repeat(n);
        assert_eq!(
            code(&format!("{{ me {list} }}")),
            Some(Code::QueryTooComplex)
        );
        assert_eq!(
            code(&format!("query {list} {{ me }}")),
            Some(Code::QueryTooComplex)
        );
        assert_eq!(
            code(&format!("{{ ... {list} {{ me }} }}")),
            Some(Code::QueryTooComplex)
        );
        let fragment = format!("{{ ...A }} fragment A on Q {list} {{ me }}");
        assert_eq!(code(&fragment), Some(Code::QueryTooComplex));
    }
}

#[test]
fn refuses_deep_recursion() {
    let nested = |n: usize| format!("{{ {}a{} }}", "a { ".repeat(n), " }".repeat(n));
    assert_eq!(code(&nested(14)), None);
    assert_eq!(code(&nested(15)), Some(Code::QueryTooComplex));
    assert_eq!(code(&nested(60)), Some(Code::QueryTooComplex));
    let inline = |n: usize| format!("{{ {}a{} }}", "... { ".repeat(n), " }".repeat(n));
    assert_eq!(code(&inline(23)), None);
    assert_eq!(code(&inline(24)), Some(Code::QueryTooComplex));
}

#[test]
fn refuses_fragments_chained_too_deep_in_any_order() {
    let once = |n: usize| format!(" fragment F{n} on Q {{ ...F{} }}", n + 1);
    let text = "{ ...F0 }".to_owned() + &joined((0..700).map(once)) + " fragment F700 on Q { a }";
    assert_eq!(code(&text), Some(Code::QueryTooComplex));
    // The inner chain is known before the outer one reaches it.
    let chain = |name: &str, n: usize, end: &str| {
        let link = |n: usize, next: String| format!(" fragment {name}{n} on Q {{ {next} }}");
        let links = (0..n).map(|n| link(n, format!("...{name}{}", n + 1)));
        joined(links) + &link(n, end.to_owned())
    };
    let text = format!(
        "{{ ...B0 ...A0 }}{}{}",
        chain("B", 14, "a"),
        chain("A", 14, "...B0")
    );
    assert_eq!(code(&text), Some(Code::QueryTooComplex));
}

#[test]
fn refuses_wide_documents() {
    let wide = "a { a { a { a { id } } } } ".repeat(30);
    let body = format!("{{ {} }} ", "...W ".repeat(29));
    let text = format!("{{ ...V }} fragment V on Q {{ b {body} }} fragment W on Q {{ {wide} }}");
    assert_eq!(code(&text), None);
    let body = format!("{{ {} }} ", "...W ".repeat(67));
    let text = format!("{{ ...V }} fragment V on Q {{ b {body} }} fragment W on Q {{ {wide} }}");
    assert_eq!(code(&text), Some(Code::QueryTooComplex));
}

#[test]
fn refuses_circular_introspection_and_passes_the_standard_one() {
    let circle = |n: usize| {
        let open = "fields { type { ".repeat(n);
        format!(
            "{{ __schema {{ types {{ {open} name {} }} }} }}",
            "} } ".repeat(n)
        )
    };
    assert_eq!(code(&circle(2)), None);
    assert_eq!(code(&circle(3)), Some(Code::QueryTooComplex));
    assert_eq!(code(&circle(9)), Some(Code::QueryTooComplex));
    assert_eq!(code(&circle(30)), Some(Code::QueryTooComplex));
    let chain = format!(
        "{{ __type(name: \"A\") {{ {} name {} }} }}",
        "ofType { ".repeat(60),
        "} ".repeat(60)
    );
    assert_eq!(code(&chain), Some(Code::QueryTooComplex));
    for types in [7, 9] {
        assert_eq!(cost(&introspection(types)), Ok(0));
    }
    let twice = introspection(9).replace(
        "types {",
        "types { ...FullType fields { type { ...FullType } }",
    );
    assert_eq!(code(&twice), Some(Code::QueryTooComplex));
}

/// What graphql-js and GraphiQL send, with every option on and `depth` levels of `ofType`.
fn introspection(depth: usize) -> String {
    let of_type = "ofType { kind name ".repeat(depth) + &"} ".repeat(depth);
    format!(
        "query IntrospectionQuery {{ __schema {{ description queryType {{ name kind }}
           mutationType {{ name kind }} subscriptionType {{ name kind }} types {{ ...FullType }}
           directives {{ name description isRepeatable locations
             args(includeDeprecated: true) {{ ...InputValue }} }} }} }}
         fragment FullType on __Type {{ kind name description specifiedByURL isOneOf
           fields(includeDeprecated: true) {{ name description
             args(includeDeprecated: true) {{ ...InputValue }} type {{ ...TypeRef }}
             isDeprecated deprecationReason }}
           inputFields(includeDeprecated: true) {{ ...InputValue }} interfaces {{ ...TypeRef }}
           enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
           possibleTypes {{ ...TypeRef }} }}
         fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }}
           defaultValue isDeprecated deprecationReason }}
         fragment TypeRef on __Type {{ kind name {of_type} }}"
    )
}

#[test]
fn refuses_brackets_and_tokens_before_the_parser_sees_them() {
    assert_eq!(
        code(&format!("{{ a(b: {}", "[".repeat(5_000))),
        Some(Code::QueryTooComplex)
    );
    assert_eq!(
        code(&format!("{{ a(b: {}", "{a:".repeat(1_300))),
        Some(Code::QueryTooComplex)
    );
    assert_eq!(
        code(&format!("{{ {} }}", "a ".repeat(20_000))),
        Some(Code::QueryTooComplex)
    );
    assert_eq!(code(&"x".repeat(300_000)), Some(Code::PayloadTooLarge));
}

#[test]
fn names_the_place_of_a_mistake() {
    let fault = cost("{ a( }").unwrap_err();
    assert_eq!(fault.code, Code::GraphqlParseFailed);
    assert_eq!(fault.location.map(|pos| pos.line), Some(1));
    let fault = cost("{ a(: 1) }").unwrap_err();
    assert!(fault.message.starts_with("expected"), "{}", fault.message);
}

#[test]
fn finds_the_operation_that_is_meant() {
    let guard = guard();
    let document = guard.document("query A { a } mutation B { b }").unwrap();
    assert_eq!(document.operation(Some("B")).unwrap().name(), Some("B"));
    assert_eq!(
        document.operation(None).unwrap_err().code,
        Code::BadUserInput
    );
    assert_eq!(
        document.operation(Some("C")).unwrap_err().code,
        Code::BadUserInput
    );
    let again = guard.document("query A { a } mutation B { b }").unwrap();
    assert!(std::sync::Arc::ptr_eq(&document, &again));
}

#[test]
fn brings_a_subscription_to_one_root_field() {
    let guard = guard();
    let read = |text: &str| {
        guard.document(text).map(|document| {
            let operation = document.operation(None).unwrap();
            (
                operation.subscribed_field().map(str::to_owned),
                operation.cursor().clone(),
            )
        })
    };
    let twice = "subscription { a: x(after: \"5\") { id } } ";
    assert_eq!(read(twice).unwrap().0.as_deref(), Some("x"));
    assert!(matches!(read(twice).unwrap().1, Cursor::Literal(_)));
    let spread =
        "subscription($c: Position) { ...S } fragment S on Subscription { x(after: $c) { ...T } }
         fragment T on X { id }";
    let (field, cursor) = read(spread).unwrap();
    assert_eq!(
        (field.as_deref(), cursor),
        (Some("x"), Cursor::Variable(async_graphql::Name::new("c")))
    );
    let document = guard.document(spread).unwrap();
    assert_eq!(document.tree().fragments.len(), 1);
    let merged = "subscription { x { id } x { name } }";
    assert_eq!(
        read(merged).unwrap(),
        (Some("x".to_owned()), Cursor::Absent)
    );
    let used_twice = "subscription($c: Position) { x(after: $c) { y(after: $c) { id } } }";
    assert!(matches!(read(used_twice).unwrap().1, Cursor::Entangled(_)));
    for bad in [
        "subscription { x y }",
        "subscription { a: x b: x }",
        "subscription { x(a: 1) x(a: 2) }",
        "subscription { ... @include(if: true) { x } }",
    ] {
        assert_eq!(
            read(bad).unwrap_err().code,
            Code::GraphqlValidationFailed,
            "{bad}"
        );
    }
}
