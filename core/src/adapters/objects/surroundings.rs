//! The environment, which describes the login.

use std::sync::Arc;

use crate::domain::error::Result;
use crate::domain::secret::Secret;

/// Variables by their names.
pub type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A token for Azure's storage by an identity that the environment names; none: it names none.
pub type Identity = Arc<dyn Fn() -> Result<Option<Secret>> + Send + Sync>;

/// The environment, which describes the login.
#[derive(Clone)]
pub struct Environment {
    /// Its variables.
    pub variables: Variables,
    /// What is asked where no variable is a login.
    pub identity: Option<Identity>,
}

impl Environment {
    /// The same, for the time of a call.
    pub(in crate::adapters) fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { variables: &*self.variables, identity: self.identity.as_ref() }
    }
}

impl From<Variables> for Environment {
    fn from(variables: Variables) -> Self {
        Self { variables, identity: None }
    }
}

impl<F: Fn(&str) -> Option<String> + Send + Sync + 'static> From<Arc<F>> for Environment {
    fn from(variables: Arc<F>) -> Self {
        Self { variables, identity: None }
    }
}

/// The environment, for the time of a call.
#[derive(Clone, Copy)]
pub(in crate::adapters) struct Surroundings<'a> {
    variables: &'a dyn Fn(&str) -> Option<String>,
    identity: Option<&'a Identity>,
}

impl<'a> Surroundings<'a> {
    /// Variables, and no identity.
    pub(in crate::adapters) fn of(variables: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { variables, identity: None }
    }

    /// A token by the identity that the environment names, if it names one.
    ///
    /// # Errors
    /// The identity cannot log in.
    pub(in crate::adapters) fn identity(self) -> Result<Option<Secret>> {
        self.identity.map_or(Ok(None), |identity| identity())
    }

    /// A variable that is set and not empty.
    pub(in crate::adapters) fn get(self, name: &str) -> Option<String> {
        (self.variables)(name).filter(|value| !value.is_empty())
    }

    /// The first of several that is set.
    pub(in crate::adapters) fn first(self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name))
    }
}
