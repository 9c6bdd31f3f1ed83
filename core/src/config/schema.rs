//! The JSON schema of `outerloop.yaml`, for editors and other tools.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::raw::RawConfig;

/// The schema (draft 7, which YAML editors read).
pub fn schema() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<RawConfig>();
    let mut value = schema.to_value();
    value["title"] = json!("outerloop.yaml");
    value["description"] =
        json!("The outer loop of one model. docs/configuration.md explains every key.");
    value
}
