//! How much one document may ask for.

/// The bounds of one document. The defaults are what DESIGN sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document's text.
    pub bytes: usize,
    /// Tokens of the text, comments and commas apart.
    pub tokens: usize,
    /// Open brackets of any kind at one time.
    pub brackets: usize,
    /// Fields, spreads and inline fragments after every fragment is expanded.
    pub fields: u32,
    /// Fields below one another; introspection has a bound of its own.
    pub depth: u32,
    /// Selection sets inside one another, those of fragments included.
    pub nesting: u32,
    /// Fields of the operation's root type.
    pub root_fields: u32,
    /// Aliases after every fragment is expanded.
    pub aliases: u32,
    /// Directives on one field, fragment or operation.
    pub directives: usize,
    /// `first` or `last` of one list.
    pub page: u64,
    /// The page that is charged for when a list names none.
    pub default_page: u64,
    /// Points one operation may cost.
    pub cost: u64,
    /// Lists of the schema's types inside one another in introspection.
    pub introspection_lists: u32,
    /// Fields below one another in introspection.
    pub introspection_depth: u32,
    /// Estimated size of an introspection answer, in fields of a schema where every list has ten
    /// entries.
    pub introspection_size: u64,
    /// Bytes of memory for the trees that are kept.
    pub kept_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 * 1024,
            tokens: 5_000,
            brackets: 64,
            fields: 10_000,
            depth: 15,
            nesting: 24,
            root_fields: 30,
            aliases: 50,
            directives: 5,
            page: 100,
            default_page: 50,
            cost: 10_000,
            introspection_lists: 2,
            introspection_depth: 20,
            introspection_size: 200_000,
            kept_bytes: 32 * 1024 * 1024,
        }
    }
}
