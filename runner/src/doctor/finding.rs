//! What was found, and how bad it is.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// As it should be.
    Good,
    /// It works, but not as it should.
    Warning,
    /// It does not work, or what was acknowledged may be lost.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub grade: Grade,
    /// What was looked at, in a word or two.
    pub part: &'static str,
    /// What was found.
    pub text: String,
    /// What to do; none when there is nothing to do.
    pub advice: Option<String>,
}

impl Finding {
    /// All is well.
    pub(super) fn good(part: &'static str, text: impl Into<String>) -> Self {
        Self {
            grade: Grade::Good,
            part,
            text: text.into(),
            advice: None,
        }
    }

    /// It works, but not as it should.
    pub(super) fn warning(
        part: &'static str,
        text: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            grade: Grade::Warning,
            advice: Some(advice.into()),
            ..Self::good(part, text)
        }
    }

    /// It does not work.
    pub(super) fn fault(
        part: &'static str,
        text: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            grade: Grade::Fault,
            ..Self::warning(part, text, advice)
        }
    }
}

/// The findings for people, a line each, and a second one with what to do.
pub fn report(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let grade = match finding.grade {
            Grade::Good => "ok",
            Grade::Warning => "warning",
            Grade::Fault => "FAULT",
        };
        let advice = finding.advice.as_ref();
        let advice = advice.map(|advice| format!("\n{:22}do: {advice}", ""));
        format!(
            "{grade:<8} {:<12} {}{}",
            finding.part,
            finding.text,
            advice.unwrap_or_default()
        )
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_to_do_below_what_is_wrong() {
        let findings = [
            Finding::good("schema", "current"),
            Finding::fault("fsync", "is off", "turn it on"),
        ];
        let expected = "ok       schema       current\n\
                        FAULT    fsync        is off\n                      do: turn it on";
        assert_eq!(report(&findings), expected);
    }
}
