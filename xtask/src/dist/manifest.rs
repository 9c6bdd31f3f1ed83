//! The manifests inside the extension, made from `vss-extension.json`: what the gallery reads
//! (`extension.vsixmanifest`), what the server reads (`extension.vsomanifest`), and the content types
//! that the format of the file asks for.

use serde_json::{Value, json};

use super::entries::Entries;
use crate::process::Result;

/// Keys of `vss-extension.json` that find their way into the extension; another one would be lost.
const KEYS: [&str; 19] = [
    "$schema",
    "categories",
    "content",
    "contributions",
    "description",
    "files",
    "galleryFlags",
    "icons",
    "id",
    "links",
    "manifestVersion",
    "name",
    "public",
    "publisher",
    "repository",
    "scopes",
    "tags",
    "targets",
    "version",
];

/// The three manifests, by their path.
pub fn write(source: &Value, files: &Entries, version: &str) -> Result<Entries> {
    let keys = source.as_object().ok_or("vss-extension.json is no object")?;
    if let Some(key) = keys.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!(
            "vss-extension.json: `{key}` is not carried over: teach dist/manifest.rs"
        ));
    }
    let gallery = gallery(source, files, version)?;
    let mut server = serde_json::to_vec_pretty(&server(source)).map_err(|e| e.to_string())?;
    server.push(b'\n');
    Ok(Entries::from([
        ("[Content_Types].xml".to_owned(), content_types(files).into_bytes()),
        ("extension.vsixmanifest".to_owned(), gallery.into_bytes()),
        ("extension.vsomanifest".to_owned(), server),
    ]))
}

fn server(source: &Value) -> Value {
    let list = |key: &str| source.get(key).cloned().unwrap_or(json!([]));
    let mut manifest = json!({
        "manifestVersion": source["manifestVersion"],
        "contributions": list("contributions"),
        "scopes": list("scopes"),
        "contributionTypes": [],
    });
    if let Some(repository) = source.get("repository") {
        manifest["repository"] = repository.clone();
    }
    manifest
}

fn gallery(source: &Value, files: &Entries, version: &str) -> Result<String> {
    let text = |key: &str| {
        let value = source[key].as_str().map(escaped);
        value.ok_or(format!("vss-extension.json: `{key}` is missing"))
    };
    if source["version"] != version {
        return Err(format!(
            "vss-extension.json is not version {version}: run `cargo xtask generate`"
        ));
    }
    let assets = assets(source, files)?;
    let license = asset_path(&assets, "Content.License");
    let icon = asset_path(&assets, "Icons.Default");
    let lines = [
        r#"<?xml version="1.0" encoding="utf-8"?>"#.to_owned(),
        r#"<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011" xmlns:d="http://schemas.microsoft.com/developer/vsx-schema-design/2011">"#.to_owned(),
        "  <Metadata>".to_owned(),
        format!(
            r#"    <Identity Language="en-US" Id="{}" Version="{}" Publisher="{}"/>"#,
            text("id")?,
            text("version")?,
            text("publisher")?
        ),
        format!("    <DisplayName>{}</DisplayName>", text("name")?),
        format!(r#"    <Description xml:space="preserve">{}</Description>"#, text("description")?),
        format!("    <Categories>{}</Categories>", listed(&source["categories"])),
        format!("    <Tags>{}</Tags>", listed(&source["tags"])),
        format!("    <GalleryFlags>{}</GalleryFlags>", flags(source)),
        format!("    <Properties>{}</Properties>", properties(source)),
        license.map_or(String::new(), |path| format!("    <License>{path}</License>")),
        icon.map_or(String::new(), |path| format!("    <Icon>{path}</Icon>")),
        "  </Metadata>".to_owned(),
        "  <Dependencies/>".to_owned(),
        format!("  <Installation>{}</Installation>", targets(source)),
        format!("  <Assets>{}</Assets>", assets.iter().map(asset).collect::<String>()),
        "</PackageManifest>".to_owned(),
    ];
    Ok(lines.iter().filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect())
}

fn listed(value: &Value) -> String {
    let words = value.as_array().into_iter().flatten().filter_map(Value::as_str).map(escaped);
    words.collect::<Vec<_>>().join(",")
}

fn flags(source: &Value) -> String {
    let public = if source["public"] == true { "Public" } else { "" };
    let more = listed(&source["galleryFlags"]).replace(',', " ");
    format!("{public} {more}").trim().to_owned()
}

fn targets(source: &Value) -> String {
    let ids = source["targets"].as_array().into_iter().flatten();
    let ids = ids.filter_map(|target| target["id"].as_str());
    ids.map(|id| format!(r#"<InstallationTarget Id="{}"/>"#, escaped(id))).collect()
}

/// Links as the gallery names them: `Links.Support`, and `Links.GitHub` for the repository.
fn properties(source: &Value) -> String {
    let links = source["links"].as_object().into_iter().flatten().map(|(name, link)| {
        let mut letters = name.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        let name: String = first.into_iter().chain(letters).collect();
        (name, link["uri"].as_str().unwrap_or_default())
    });
    let repository = source["repository"]["uri"].as_str().map(|uri| ("GitHub".to_owned(), uri));
    let property = |(name, uri): (String, &str)| {
        let id = format!("Microsoft.VisualStudio.Services.Links.{}", escaped(&name));
        format!(r#"<Property Id="{id}" Value="{}"/>"#, escaped(uri))
    };
    links.chain(repository).map(property).collect()
}

/// Parts of the extension that the gallery shows, by the end of their type's name.
fn assets(source: &Value, files: &Entries) -> Result<Vec<(String, String)>> {
    let named = [
        ("Content.Details", &source["content"]["details"]["path"]),
        ("Content.License", &source["content"]["license"]["path"]),
        ("Icons.Default", &source["icons"]["default"]),
    ];
    let mut assets = Vec::new();
    for (kind, path) in named {
        let Some(path) = path.as_str() else { continue };
        if !files.contains_key(path) {
            return Err(format!("vss-extension.json: {path} is none of the extension's files"));
        }
        assets.push((kind.to_owned(), escaped(path)));
    }
    assets.push(("Manifest".to_owned(), "extension.vsomanifest".to_owned()));
    Ok(assets)
}

fn asset_path<'a>(assets: &'a [(String, String)], kind: &str) -> Option<&'a str> {
    assets.iter().find(|(name, _)| name == kind).map(|(_, path)| path.as_str())
}

fn asset((kind, path): &(String, String)) -> String {
    let kind = format!("Microsoft.VisualStudio.Services.{kind}");
    format!(r#"<Asset Type="{kind}" d:Source="File" Path="{path}" Addressable="true"/>"#)
}

/// One entry an extension; files without one are named each.
fn content_types(files: &Entries) -> String {
    let manifests = ["a.vsixmanifest", "a.vsomanifest"];
    let mut endings = std::collections::BTreeSet::new();
    let mut overrides = String::new();
    for path in files.keys().map(String::as_str).chain(manifests) {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.') {
            Some((_, ending)) => drop(endings.insert(ending.to_lowercase())),
            None => overrides.push_str(&format!(
                "  <Override PartName=\"/{}\" ContentType=\"application/octet-stream\"/>\n",
                escaped(path)
            )),
        }
    }
    let defaults = endings.iter().map(|ending| {
        let kind = content_type(ending);
        format!("  <Default Extension=\".{}\" ContentType=\"{kind}\"/>\n", escaped(ending))
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\n{}{overrides}</Types>\n",
        defaults.collect::<String>()
    )
}

fn content_type(ending: &str) -> &'static str {
    match ending {
        "json" | "vsomanifest" => "application/json",
        "js" => "application/javascript",
        "md" => "text/markdown",
        "vsixmanifest" => "text/xml",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}

/// The one writer of XML text and attributes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
