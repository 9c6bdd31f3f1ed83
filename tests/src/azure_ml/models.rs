//! Models and their versions, of a workspace or of a registry.

use serde_json::{Map, Value, json};

use super::errors::{absent, service};
use super::preview;
use super::server::API;
use super::world::{Answer, Container, World};
use crate::fake::{Call, Reply};

/// Fields that a version may be made with.
const FIELDS: [&str; 10] = [
    "description",
    "tags",
    "properties",
    "modelUri",
    "modelType",
    "isAnonymous",
    "isArchived",
    "flavors",
    "stage",
    "jobName",
];

/// Who made what and when.
pub(super) fn system_data() -> Value {
    json!({
        "createdAt": "2026-01-01T00:00:00Z", "createdBy": "fake", "createdByType": "User",
        "lastModifiedAt": "2026-01-01T00:00:00Z",
    })
}

/// Where models are.
pub(super) struct Place<'a> {
    /// Address before `/models`.
    pub(super) base: &'a str,
    /// The registry; making one there goes on after the answer. None: the workspace.
    pub(super) registry: Option<&'a str>,
}

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str], place: &Place<'_>) -> Answer {
    match (call.method.as_str(), rest) {
        ("GET", []) => containers(world, call, place),
        ("GET", [name]) => {
            let base = place.base;
            let found = held(world, place).get(*name).ok_or_else(|| no_model(name))?;
            Ok(Reply::json(200, &container(base, name, found)))
        }
        ("GET", [name, "versions"]) => versions(world, call, name, place),
        ("GET", [name, "versions", version]) => {
            let found = held(world, place).get(*name).ok_or_else(|| no_model(name))?;
            let found = found.versions.iter().find(|(v, _)| v == version);
            let (_, properties) = found.ok_or_else(|| no_version(name, version))?;
            Ok(Reply::json(200, &shown(place.base, name, version, properties)))
        }
        ("PUT", [name, "versions", version]) => make(world, call, name, version, place),
        ("DELETE", [name, "versions", version]) => {
            let Some(found) = held(world, place).get_mut(*name) else {
                return Ok(Reply::empty(204));
            };
            let before = found.versions.len();
            found.versions.retain(|(v, _)| v != version);
            found.deleted.insert((*version).to_owned());
            Ok(Reply::empty(if found.versions.len() < before { 200 } else { 204 }))
        }
        ("POST", [name, "versions", _, "startPendingUpload"]) if place.registry.is_some() => {
            let kind = &call.json()["pendingUploadType"];
            if kind != "TemporaryBlobReference" {
                return Err(service(400, &format!("unknown pendingUploadType {kind}"), &[]));
            }
            Ok(Reply::json(
                200,
                &json!({
                    "pendingUploadId": format!("up-{name}"),
                    "pendingUploadType": "TemporaryBlobReference",
                    "blobReferenceForConsumption": preview::place(world),
                }),
            ))
        }
        _ => {
            world.violated(call, "no such path of models");
            Err(absent("NotFound", "no such path"))
        }
    }
}

/// Where the files of a version are read: of this one, and of where it says that they are.
pub(super) fn files(
    world: &mut World,
    call: &Call,
    asset: (&str, &str),
    place: &Place<'_>,
) -> Answer {
    let (name, version) = asset;
    let found = held(world, place).get(name).ok_or_else(|| no_model(name))?;
    let found = found.versions.iter().find(|(v, _)| v == version);
    let (_, properties) = found.ok_or_else(|| no_version(name, version))?;
    let uri = properties["modelUri"].clone();
    let registry = place.registry.unwrap_or_default();
    let asked = json!({
        "assetId": format!("azureml://registries/{registry}/models/{name}/versions/{version}"),
        "blobUri": uri,
    });
    if call.json() != asked {
        world.violated(call, &format!("{asked} is the body"));
    }
    let signed = format!("{}/{}?{}", world.account, world.container, world.sas);
    let credential = match world.credentials {
        "None" => json!({"credentialType": "NoCredentials"}),
        _ => json!({"credentialType": "SAS", "sasUri": signed}),
    };
    Ok(Reply::json(
        200,
        &json!({"blobReferenceForConsumption": {
            "blobUri": uri, "storageAccountArmId": "x", "credential": credential,
        }}),
    ))
}

fn held<'w>(
    world: &'w mut World,
    place: &Place<'_>,
) -> &'w mut std::collections::BTreeMap<String, Container> {
    match place.registry {
        Some(registry) => world.shared.entry(registry.to_owned()).or_default(),
        None => &mut world.models,
    }
}

fn no_model(name: &str) -> Reply {
    absent("ModelNotFound", &format!("Model container with name: {name} not found."))
}

fn no_version(name: &str, version: &str) -> Reply {
    absent("ModelNotFound", &format!("Model {name}:{version} not found."))
}

fn container(base: &str, name: &str, of: &Container) -> Value {
    let latest = of.versions.last().map(|(version, _)| version.clone());
    json!({
        "id": format!("{base}/models/{name}"),
        "name": name,
        "properties": {"latestVersion": latest, "nextVersion": null, "isArchived": of.archived},
        "systemData": system_data(),
    })
}

fn shown(base: &str, name: &str, version: &str, properties: &Value) -> Value {
    json!({
        "id": format!("{base}/models/{name}/versions/{version}"),
        "name": version,
        "properties": properties,
        "systemData": system_data(),
    })
}

fn containers(world: &mut World, call: &Call, place: &Place<'_>) -> Answer {
    let all: Vec<Value> =
        held(world, place).iter().map(|(name, found)| container(place.base, name, found)).collect();
    Ok(paged(world, call, all, &format!("{}/models", place.base)))
}

fn versions(world: &mut World, call: &Call, name: &str, place: &Place<'_>) -> Answer {
    let view = call.asked("listViewType").unwrap_or("ActiveOnly").to_owned();
    let found = held(world, place).get(name).cloned().unwrap_or_default();
    let fits = |properties: &Value| match view.as_str() {
        "All" => true,
        "ArchivedOnly" => properties["isArchived"] == true,
        _ => properties["isArchived"] != true,
    };
    let mut all: Vec<Value> = found
        .versions
        .iter()
        .filter(|(_, properties)| fits(properties))
        .map(|(version, properties)| shown(place.base, name, version, properties))
        .collect();
    if call.asked("$orderBy") == Some("createdtime desc") {
        all.reverse();
    }
    if let Some(top) = call.asked("$top").and_then(|n| n.parse().ok()) {
        all.truncate(top);
    }
    Ok(paged(world, call, all, &format!("{}/models/{name}/versions", place.base)))
}

/// One page; the next one has an address of its own with a mark in it.
fn paged(world: &World, call: &Call, all: Vec<Value>, path: &str) -> Reply {
    let skip: usize = call.asked("$skip").and_then(|n| n.parse().ok()).unwrap_or_default();
    let total = all.len();
    let items: Vec<Value> = all.into_iter().skip(skip).take(world.page).collect();
    let mut body = json!({"value": items});
    if skip + world.page < total {
        let view = call.asked("listViewType").unwrap_or("ActiveOnly");
        body["nextLink"] = json!(format!(
            "{}{path}?api-version={API}&listViewType={view}&$skip={}",
            world.url,
            skip + world.page
        ));
    }
    Reply::json(200, &body)
}

fn make(world: &mut World, call: &Call, name: &str, version: &str, place: &Place<'_>) -> Answer {
    let body = call.json();
    let Some(fields) = body["properties"].as_object() else {
        world.violated(call, "no properties");
        return Err(service(400, "properties is missing", &[("BadRequest", "")]));
    };
    if let Some(unknown) = fields.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        world.violated(call, &format!("the field {unknown} is unknown"));
    }
    if name.len() > 255 || version.is_empty() {
        return Err(service(400, "the name is not allowed", &[("InvalidName", name)]));
    }
    let fields = fields.clone();
    let found = held(world, place).entry(name.to_owned()).or_default();
    if found.deleted.contains(version) {
        let words = format!("{name}:{version} was deleted and cannot be created again.");
        return Err(service(409, &words, &[("Conflict", "AssetWasDeleted")]));
    }
    let there = found.versions.iter().position(|(v, _)| v == version);
    let properties = match there {
        Some(at) => {
            let before = found.versions[at].1.clone();
            let after = changed(&before, &fields)?;
            found.versions[at].1 = after.clone();
            after
        }
        None => {
            let made = made(&fields);
            found.versions.push((version.to_owned(), made.clone()));
            made
        }
    };
    let status = if there.is_some() { 200 } else { 201 };
    let mut reply = Reply::json(status, &shown(place.base, name, version, &properties));
    if place.registry.is_some() {
        let end =
            json!({"status": "Succeeded", "startTime": "2026-01-01T00:00:00Z", "properties": {}});
        reply = world.begin(reply, end);
    }
    Ok(reply)
}

fn made(fields: &Map<String, Value>) -> Value {
    let mut properties = Value::Object(fields.clone());
    for (name, value) in [
        ("tags", json!({})),
        ("properties", json!({})),
        ("isAnonymous", json!(false)),
        ("isArchived", json!(false)),
        ("flavors", json!({})),
        ("stage", json!("Development")),
        ("jobName", Value::Null),
    ] {
        if properties.get(name).is_none() {
            properties[name] = value;
        }
    }
    properties["provisioningState"] = json!("Succeeded");
    properties
}

/// Tags, the description and whether it is archived can be changed; where the model is and its
/// properties cannot.
fn changed(before: &Value, fields: &Map<String, Value>) -> Result<Value, Reply> {
    let fixed = |name: &str| fields.get(name).is_some_and(|value| *value != before[name]);
    if let Some(name) = ["modelUri", "modelType", "properties"].iter().find(|name| fixed(name)) {
        let words = format!("{name} of a registered asset is immutable.");
        return Err(service(409, &words, &[("Conflict", "ImmutablePropertyModification")]));
    }
    let mut after = before.clone();
    for name in ["tags", "description", "isArchived", "stage", "flavors"] {
        if let Some(value) = fields.get(name) {
            after[name] = value.clone();
        }
    }
    Ok(after)
}
