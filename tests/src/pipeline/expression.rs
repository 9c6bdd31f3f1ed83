//! Expressions of conditions and runtime variables: functions, literals, and values by their path.

/// A value; nothing is what is not set.
pub(super) type Value = Option<String>;

/// Evaluates an expression. `lookup` gives the value of a path such as `variables['a.b']` or
/// `dependencies.a.outputs['b.c']`; `state` that of `succeeded` and `canceled`.
///
/// # Panics
/// It is no expression that is known here.
pub(super) fn evaluate(
    text: &str,
    lookup: &dyn Fn(&str) -> Value,
    state: &dyn Fn(&str) -> bool,
) -> Value {
    let mut parser = Parser { text, rest: text, lookup, state };
    let value = parser.value();
    assert!(parser.rest.trim().is_empty(), "`{}` is left of `{text}`", parser.rest);
    value
}

/// Whether a value counts as true.
pub(super) fn truth(value: &Value) -> bool {
    value.as_deref().is_some_and(|text| !text.is_empty() && !text.eq_ignore_ascii_case("false"))
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    lookup: &'a dyn Fn(&str) -> Value,
    state: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    fn value(&mut self) -> Value {
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix('\'') {
            let end = rest.find('\'').unwrap_or_else(|| panic!("open quotation in {}", self.text));
            self.rest = &rest[end + 1..];
            return Some(rest[..end].to_owned());
        }
        let end = self.rest.find(['(', ')', ',', '[']).unwrap_or(self.rest.len());
        if self.rest[end..].starts_with('(') {
            let name = self.rest[..end].trim().to_owned();
            self.rest = &self.rest[end + 1..];
            let arguments = self.arguments();
            return self.call(&name, &arguments);
        }
        let mut length = end;
        if self.rest[end..].starts_with('[') {
            length = self.rest.find(']').unwrap_or_else(|| panic!("open [ in {}", self.text)) + 1;
        }
        let path = self.rest[..length].trim().to_owned();
        self.rest = &self.rest[length..];
        (self.lookup)(&path)
    }

    fn arguments(&mut self) -> Vec<Value> {
        let mut arguments = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix(')') {
                self.rest = rest;
                return arguments;
            }
            arguments.push(self.value());
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
            }
        }
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Value {
        let text = |index: usize| {
            let value = arguments.get(index).cloned().flatten();
            value.unwrap_or_default().to_lowercase()
        };
        let told = match name {
            "succeeded" | "canceled" | "always" => (self.state)(name),
            "and" => arguments.iter().all(truth),
            "or" => arguments.iter().any(truth),
            "not" => !truth(&arguments[0]),
            "contains" => text(0).contains(&text(1)),
            "eq" => text(0) == text(1),
            "ne" => text(0) != text(1),
            "coalesce" => {
                let filled = |v: &&Value| v.as_ref().is_some_and(|text| !text.is_empty());
                return arguments.iter().find(filled).cloned().flatten();
            }
            other => panic!("the function {other} is not known here: {}", self.text),
        };
        Some(if told { "True" } else { "False" }.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> bool {
        let lookup = |path: &str| match path {
            "variables['registry.models']" => Some("[\"champion\"]".to_owned()),
            "dependencies.a.outputs['b.c']" => Some(String::new()),
            _ => None,
        };
        truth(&evaluate(text, &lookup, &|name| name == "succeeded"))
    }

    #[test]
    fn the_expressions_of_the_example_are_understood() {
        assert!(told("and(succeeded(), contains(variables['registry.models'], '\"Champion\"'))"));
        assert!(!told("and(succeeded(), contains(variables['other'], 'champion'))"));
        assert!(told("and(succeeded(), not(dependencies.a.outputs['b.c']))"));
        assert!(told("eq(coalesce(variables['x'], 'none'), 'None')"));
        assert!(!told("or(canceled(), ne('a', 'A'))"));
    }

    #[test]
    #[should_panic(expected = "not known here")]
    fn another_function_is_refused() {
        told("startsWith('a', 'b')");
    }
}
