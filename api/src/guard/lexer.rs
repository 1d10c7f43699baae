//! Whether a text is small and flat enough for the parser.
//!
//! Looks at bytes only, needs no memory and cannot recurse. What it lets through may still be no
//! GraphQL: saying so is the parser's work.

use async_graphql::Pos;

use super::Limits;
use crate::fault::{Code, Fault};

/// The number of tokens of a text that stays within the limits.
///
/// # Errors
/// `QUERY_TOO_COMPLEX` beyond a limit; `GRAPHQL_PARSE_FAILED` for a bracket or a string that is
/// not closed.
pub(super) fn scan(text: &str, limits: &Limits) -> Result<usize, Fault> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
    };
    let (mut tokens, mut open) = (0_usize, 0_usize);
    while let Some(token) = lexer.next_token()? {
        tokens += 1;
        match token {
            Token::Open => open += 1,
            Token::Close => {
                let unopened = || lexer.fail(Code::GraphqlParseFailed, "a bracket is not opened");
                open = open.checked_sub(1).ok_or_else(unopened)?;
            }
            Token::Other => {}
        }
        if open > limits.brackets {
            let text = format!("brackets may be nested {} deep", limits.brackets);
            return Err(lexer.fail(Code::QueryTooComplex, text));
        }
        if tokens > limits.tokens {
            let text = format!("a document may have {} tokens", limits.tokens);
            return Err(lexer.fail(Code::QueryTooComplex, text));
        }
    }
    if open > 0 {
        return Err(lexer.fail(Code::GraphqlParseFailed, "a bracket is not closed"));
    }
    Ok(tokens)
}

enum Token {
    Open,
    Close,
    Other,
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

impl Lexer<'_> {
    fn next_token(&mut self) -> Result<Option<Token>, Fault> {
        self.skip_ignored();
        let Some(&byte) = self.bytes.get(self.at) else {
            return Ok(None);
        };
        let token = match byte {
            b'(' | b'[' | b'{' => Token::Open,
            b')' | b']' | b'}' => Token::Close,
            b'"' => return self.string().map(Some),
            b'.' if self.starts_with(b"...") => {
                self.at += 3;
                return Ok(Some(Token::Other));
            }
            _ if is_word(byte) => {
                self.skip_while(is_word);
                return Ok(Some(Token::Other));
            }
            _ => Token::Other,
        };
        self.at += 1;
        Ok(Some(token))
    }

    /// White space, commas, byte order marks and comments.
    fn skip_ignored(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => self.at += 1,
                b'#' => self.skip_while(|byte| byte != b'\n' && byte != b'\r'),
                0xEF if self.starts_with(b"\xEF\xBB\xBF") => self.at += 3,
                _ => return,
            }
        }
    }

    fn string(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let closed = if self.starts_with(b"\"\"\"") {
            self.block()
        } else {
            self.line()
        };
        if closed {
            return Ok(Token::Other);
        }
        self.at = start;
        Err(self.fail(Code::GraphqlParseFailed, "a string is not closed"))
    }

    /// Moves past `"""…"""`; false at the end of the text.
    fn block(&mut self) -> bool {
        self.at += 3;
        while self.at < self.bytes.len() {
            if self.starts_with(b"\\\"\"\"") {
                self.at += 4;
            } else if self.starts_with(b"\"\"\"") {
                self.at += 3;
                return true;
            } else {
                self.at += 1;
            }
        }
        false
    }

    /// Moves past `"…"`; false at the end of the line.
    fn line(&mut self) -> bool {
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' | b'\r' => return false,
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return true;
                }
                _ => self.at += 1,
            }
        }
        false
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.bytes.get(self.at).copied().is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn starts_with(&self, prefix: &[u8]) -> bool {
        self.bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(prefix))
    }

    fn fail(&self, code: Code, message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
        let before = self.bytes.get(..self.at).unwrap_or(self.bytes);
        let line = before.split(|&byte| byte == b'\n').count();
        let start = before
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        let column = self
            .text
            .get(start..self.at)
            .map_or(1, |line| line.chars().count() + 1);
        Fault::new(code, message).at(Pos { line, column })
    }
}

/// Letters, digits and what belongs to a number, so that a name or number is one token.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || byte == b'+'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<Code> {
        scan(text, &Limits::default()).err().map(|fault| fault.code)
    }

    #[test]
    fn passes_an_ordinary_document() {
        assert_eq!(
            code("query A($a: [Int!]) { client(id: 1.5e3) { ...F } } # {{{"),
            None
        );
        assert_eq!(
            code("\u{feff}{ a(b: \"}{\\\"\", c: \"\"\" \\\"\"\" } \"\"\") }"),
            None
        );
        assert_eq!(code("{ a(b: \"\") }"), None);
    }

    #[test]
    fn refuses_brackets_beyond_sixty_four() {
        let nested = |n: usize| format!("{{a(b:{}{})}}", "[".repeat(n), "]".repeat(n));
        assert_eq!(code(&nested(62)), None);
        assert_eq!(code(&nested(63)), Some(Code::QueryTooComplex));
        assert_eq!(code(&"[".repeat(5_000)), Some(Code::QueryTooComplex));
        assert_eq!(code(&"{a".repeat(5_000)), Some(Code::QueryTooComplex));
    }

    #[test]
    fn refuses_more_than_five_thousand_tokens() {
        assert_eq!(code(&format!("{{{}}}", "a ".repeat(4_998))), None);
        assert_eq!(
            code(&format!("{{{}}}", "a ".repeat(4_999))),
            Some(Code::QueryTooComplex)
        );
        assert_eq!(code(&"....".repeat(5_000)), Some(Code::QueryTooComplex));
    }

    #[test]
    fn says_where_something_is_not_closed() {
        let fault = scan("{ a\n  b(c: \"open) }", &Limits::default()).unwrap_err();
        assert_eq!(fault.code, Code::GraphqlParseFailed);
        assert_eq!(fault.location, Some(Pos { line: 2, column: 8 }));
        assert_eq!(code("{ a"), Some(Code::GraphqlParseFailed));
        assert_eq!(code("{ a }}"), Some(Code::GraphqlParseFailed));
        assert_eq!(
            code("{ a(b: \"\"\" \\\"\"\" ) }"),
            Some(Code::GraphqlParseFailed)
        );
        assert_eq!(code("{ a(b: \"\\"), Some(Code::GraphqlParseFailed));
    }

    #[test]
    fn survives_any_bytes() {
        for byte in 0..=u8::MAX {
            let text = format!("{0}{0}\"\\{0}", char::from(byte));
            let _verdict = scan(&text, &Limits::default());
        }
    }
}
