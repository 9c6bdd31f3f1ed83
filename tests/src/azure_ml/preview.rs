//! The version of the API in which azure-ai-ml 1.35.2 speaks to registries: the stable one's models
//! below another path and with other ids, and a place to upload to that is asked for in another
//! way. Held to the recording of that client (`tests/tests/azure_ml/preview.rs`).

use serde_json::{Value, json};

use super::world::{Answer, World};
use crate::fake::{Call, Reply};

/// What comes before its paths.
const FRONT: [&str; 2] = ["mferp", "managementfrontend"];
/// Its version.
const API: &str = "2021-10-01-dataplanepreview";
/// The field that it sends besides the stable ones.
const FIELD: &str = "system_metadata";

/// The call as the stable version has it, where the world takes calls of this one.
pub(super) fn stable(world: &World, call: &Call) -> Option<Call> {
    let rest = call.segments.strip_prefix(&FRONT.map(str::to_owned))?;
    if !world.takes_preview || call.asked("api-version") != Some(API) {
        return None;
    }
    let mut stable = Call { segments: rest.to_vec(), ..call.clone() };
    stable.query.insert("api-version".to_owned(), super::server::API.to_owned());
    let mut body = call.json();
    if let Some(fields) = body["properties"].as_object_mut().filter(|f| f.contains_key(FIELD)) {
        fields.remove(FIELD);
        stable.body = body.to_string().into_bytes();
    }
    Some(stable)
}

/// An answer of the stable version as this one gives it.
pub(super) fn told(mut reply: Reply) -> Reply {
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else { return reply };
    name(&mut body);
    body.get_mut("value").and_then(Value::as_array_mut).into_iter().flatten().for_each(name);
    reply.body = body.to_string().into_bytes();
    reply
}

/// Gives what is in a registry the id that registries give it.
fn name(body: &mut Value) {
    let id = body["id"].as_str().and_then(|id| id.split_once("/registries/"));
    if let Some((_, rest)) = id {
        body["id"] = json!(format!("azureml://registries/{rest}"));
    }
}

/// Where files go up to before a version is made.
pub(super) fn upload(world: &World) -> Answer {
    Ok(Reply::json(
        200,
        &json!({
            "blobReferenceForConsumption": place(world),
            "temporaryDataReferenceId": "t",
        }),
    ))
}

/// A container and the signature that lets write to it.
pub(super) fn place(world: &World) -> Value {
    let uri = format!("{}/{}", world.account, world.container);
    let signed = format!("{uri}?{}", world.sas);
    json!({
        "blobUri": uri,
        "storageAccountArmId": "x",
        "credential": {"credentialType": "SAS", "sasUri": signed},
    })
}
