//! The default datastore of the workspace.

use serde_json::{Value, json};

use super::errors::{absent, manager};
use super::world::{Answer, World};
use crate::fake::{Call, Reply};

/// Its name.
const NAME: &str = "workspaceblobstore";

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str], base: &str) -> Answer {
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            let only = call.asked("isDefault") == Some("true");
            if !only {
                world.violated(call, "more than the default datastore is asked for");
            }
            Ok(Reply::json(200, &json!({"value": [datastore(world, base)]})))
        }
        ("GET", [NAME]) => Ok(Reply::json(200, &datastore(world, base))),
        ("POST", [NAME, "listSecrets"]) if !world.tells_secrets => Err(manager(
            403,
            "AuthorizationFailed",
            "The client 'x' does not have authorization to perform action \
             'Microsoft.MachineLearningServices/workspaces/datastores/listSecrets/action'",
        )),
        ("POST", [NAME, "listSecrets"]) => Ok(Reply::json(
            200,
            &match world.credentials {
                "Sas" => json!({"secretsType": "Sas", "sasToken": world.sas}),
                _ => json!({"secretsType": "AccountKey", "key": world.key}),
            },
        )),
        (_, [name, ..]) => Err(absent("DatastoreNotFound", &format!("no datastore {name}"))),
        _ => Err(absent("NotFound", "no such path")),
    }
}

fn datastore(world: &World, base: &str) -> Value {
    json!({
        "id": format!("{base}/datastores/{NAME}"),
        "name": NAME,
        "type": "Microsoft.MachineLearningServices/workspaces/datastores",
        "properties": {
            "datastoreType": "AzureBlob",
            "isDefault": true,
            "accountName": "devstoreaccount1",
            "containerName": world.container,
            "endpoint": "core.windows.net",
            "protocol": "https",
            "credentials": {"credentialsType": world.credentials},
            "serviceDataAccessAuthIdentity": "None",
        },
        "systemData": super::models::system_data(),
    })
}
