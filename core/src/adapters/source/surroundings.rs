//! The environment, which describes the login.

/// The environment.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Surroundings<'_> {
    /// A variable that is set and not empty.
    pub(super) fn get(self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// The first of several that is set.
    pub(super) fn first(self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name))
    }
}
