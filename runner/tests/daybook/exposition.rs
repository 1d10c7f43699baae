//! The text format of Prometheus, read as strictly as its documentation has it, and what its
//! conventions say of names.

use std::collections::BTreeSet;

/// Numbers of one name.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: String,
    kind: String,
    samples: Vec<Sample>,
}

/// One line.
#[derive(Debug)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

/// Reads everything; panics at the first thing that is not as it should be.
#[track_caller]
pub(crate) fn families(text: &str) -> Vec<Family> {
    assert!(text.ends_with('\n'), "the last line has no end");
    let mut families: Vec<Family> = Vec::new();
    let mut help: Option<&str> = None;
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, text) = rest.split_once(' ').expect(line);
            assert!(!text.trim().is_empty() && help.is_none(), "{line}");
            help = Some(name);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect(line);
            assert_eq!(help.take(), Some(name), "the help comes first: {line}");
            let is_new = families.iter().all(|family| family.name != name);
            assert!(is_new, "twice: {line}");
            families.push(Family {
                name: name.to_owned(),
                kind: kind.to_owned(),
                samples: Vec::new(),
            });
        } else {
            assert!(!line.starts_with('#') && help.is_none(), "{line}");
            let family = families.last_mut().expect(line);
            family.samples.push(sample(line));
        }
    }
    families.iter().for_each(Family::must_be_well_formed);
    families
}

#[track_caller]
fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').expect(line);
    let (name, labels) = match series.split_once('{') {
        Some((name, rest)) => (name, labels(rest.strip_suffix('}').expect(line))),
        None => (series, Vec::new()),
    };
    let value = match value {
        "+Inf" => f64::INFINITY,
        number => number.parse().expect(line),
    };
    Sample {
        name: name.to_owned(),
        labels,
        value,
    }
}

/// Names and values, in which a quote, a backslash and a line break are escaped.
#[track_caller]
fn labels(text: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").expect(text);
        let mut value = String::new();
        let mut characters = after.char_indices();
        let end = loop {
            match characters.next().expect(text) {
                (at, '"') => break at,
                (_, '\\') => match characters.next().expect(text).1 {
                    'n' => value.push('\n'),
                    it @ ('"' | '\\') => value.push(it),
                    other => panic!("no such escape: {other:?} in {text}"),
                },
                (_, plain) => value.push(plain),
            }
        };
        labels.push((name.to_owned(), value));
        rest = &after[end + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    labels
}

impl Family {
    #[track_caller]
    fn must_be_well_formed(&self) {
        assert!(is_name(&self.name), "{}", self.name);
        let mut series = BTreeSet::new();
        for Sample { name, labels, .. } in &self.samples {
            let names: BTreeSet<&str> = labels.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(
                names.len(),
                labels.len(),
                "a label twice: {name} {labels:?}"
            );
            assert!(names.into_iter().all(is_name), "{name} {labels:?}");
            let mut labels = labels.clone();
            labels.sort();
            assert!(series.insert((name, labels)), "a series twice: {name}");
        }
        match self.kind.as_str() {
            "counter" => self.must_count(),
            "gauge" => self.must_measure(),
            "histogram" => self.must_distribute(),
            other => panic!("{} is a {other}", self.name),
        }
        self.must_be_well_named();
    }

    fn must_count(&self) {
        assert!(self.name.ends_with("_total"), "{}", self.name);
        for sample in &self.samples {
            assert_eq!(sample.name, self.name);
            assert!(sample.value >= 0.0, "{sample:?}");
        }
    }

    fn must_measure(&self) {
        for suffix in ["_total", "_count", "_sum", "_bucket"] {
            assert!(!self.name.ends_with(suffix), "{}", self.name);
        }
        assert!(self.samples.iter().all(|it| it.name == self.name));
    }

    /// Buckets grow, the last is of everything, and everything is what was counted.
    fn must_distribute(&self) {
        let of = |suffix: &str| {
            let name = format!("{}{suffix}", self.name);
            self.samples.iter().filter(move |it| it.name == name)
        };
        let all = self.samples.len();
        let known = of("_bucket").count() + of("_sum").count() + of("_count").count();
        assert_eq!(all, known, "{}", self.name);
        for count in of("_count") {
            let is_of_it = |bucket: &&Sample| {
                let others = bucket.labels.iter().filter(|(name, _)| name != "le");
                others.eq(count.labels.iter())
            };
            let mut last = (f64::NEG_INFINITY, 0.0);
            for bucket in of("_bucket").filter(is_of_it) {
                let edge = bucket.labels.iter().find(|(name, _)| name == "le");
                let edge = match edge.expect("a bucket has an edge").1.as_str() {
                    "+Inf" => f64::INFINITY,
                    number => number.parse().unwrap(),
                };
                assert!(edge > last.0 && bucket.value >= last.1, "{bucket:?}");
                last = (edge, bucket.value);
            }
            assert_eq!(last, (f64::INFINITY, count.value), "{}", self.name);
            let sums = of("_sum").filter(|sum| sum.labels == count.labels);
            assert_eq!(sums.count(), 1, "{}", self.name);
        }
    }

    /// Base units, at the end of the name; neither the type nor a label in it.
    fn must_be_well_named(&self) {
        let name = self.name.strip_prefix("daybook_").expect(&self.name);
        let words: Vec<&str> = name.split('_').collect();
        let bad = [
            "ms",
            "millis",
            "milliseconds",
            "micros",
            "us",
            "minutes",
            "hours",
            "kb",
            "mb",
            "kilobytes",
            "megabytes",
            "counter",
            "gauge",
            "histogram",
            "summary",
            "time",
            "duration",
            "by",
        ];
        assert!(
            words.iter().all(|word| !bad.contains(word)),
            "{}",
            self.name
        );
        for unit in ["seconds", "bytes"] {
            let at = words.iter().position(|word| *word == unit);
            let last = words.len() - 1 - usize::from(self.kind == "counter");
            assert!(at.is_none_or(|at| at == last), "{}", self.name);
        }
        if self.kind == "histogram" {
            // What is spread out has a unit: seconds, bytes, or the plural of what is counted.
            assert!(name.ends_with('s'), "{} has no unit", self.name);
        }
    }
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::families;

    const GOOD: &str = "# HELP daybook_a_total As.\n# TYPE daybook_a_total counter\n\
        daybook_a_total{route=\"/a\\\"b\"} 1\n";

    #[test]
    fn takes_what_is_right() {
        assert_eq!(families(GOOD).len(), 1);
    }

    #[test]
    fn refuses_what_is_not() {
        for (right, wrong) in [
            ("_total", ""),
            ("} 1", "} -1"),
            ("# HELP daybook_a_total As.\n", ""),
            ("daybook_a_total{", "daybook_b_total{"),
            ("a_total", "a_ms_total"),
            ("} 1\n", "} 1"),
            ("} 1\n", "} one\n"),
        ] {
            let text = GOOD.replace(right, wrong);
            assert!(
                std::panic::catch_unwind(|| families(&text)).is_err(),
                "{text}"
            );
        }
        let twice = format!("{GOOD}daybook_a_total{{route=\"/a\\\"b\"}} 2\n");
        assert!(std::panic::catch_unwind(|| families(&twice)).is_err());
    }
}
