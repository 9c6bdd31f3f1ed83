//! The environment, which describes the login.

/// The environment.
#[derive(Clone, Copy)]
pub(in crate::adapters) struct Surroundings<'a>(
    pub(in crate::adapters) &'a dyn Fn(&str) -> Option<String>,
);

impl Surroundings<'_> {
    /// A variable that is set and not empty.
    pub(in crate::adapters) fn get(self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// The first of several that is set.
    pub(in crate::adapters) fn first(self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name))
    }
}
