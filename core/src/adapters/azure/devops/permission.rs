//! What a job may need to be allowed, under the names of the security pages.

/// A permission, and where to give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// Its name on the page.
    pub name: &'static str,
    /// The page.
    pub page: &'static str,
}

const REPOSITORY: &str = "Project settings > Repositories > the repository > Security";
const PIPELINE: &str = "Pipelines > the pipeline > More actions > Manage security";
const AREA: &str = "Project settings > Project configuration > Areas > Security";

/// Reads a repository.
pub const READ: Permission = Permission { name: "Read", page: REPOSITORY };
/// Writes branches. A branch that others made also needs `Force push`.
pub const CONTRIBUTE: Permission =
    Permission { name: "Contribute, Create branch and Force push", page: REPOSITORY };
/// Writes pull requests, their threads and their statuses.
pub const PULL_REQUESTS: Permission =
    Permission { name: "Contribute to pull requests", page: REPOSITORY };
/// Writes the properties of a run.
pub const UPDATE_BUILD: Permission =
    Permission { name: "Update build information", page: PIPELINE };
/// Reads runs.
pub const VIEW_BUILDS: Permission = Permission { name: "View builds", page: PIPELINE };
/// Starts runs.
pub const QUEUE_BUILDS: Permission = Permission { name: "Queue builds", page: PIPELINE };
/// Reads and writes work items.
pub const EDIT_WORK_ITEMS: Permission = Permission {
    name: "Edit work items in this node and View work items in this node",
    page: AREA,
};

impl Permission {
    /// What to do when `identity` lacks it.
    pub fn hint(&self, identity: &str) -> String {
        format!(
            "allow `{}` for `{identity}` ({}); in a project whose jobs are not limited to it, the \
             identity is the `Project Collection Build Service`",
            self.name, self.page
        )
    }
}
