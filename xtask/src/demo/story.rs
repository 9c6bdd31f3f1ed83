//! Tells the story as it happens, and keeps it for the report.

use std::fmt::Write as _;

/// One thing that happened.
struct Scene {
    title: String,
    lines: Vec<String>,
    report: Option<(String, String)>,
}

/// The story so far.
#[derive(Default)]
pub struct Story {
    scenes: Vec<Scene>,
}

impl Story {
    /// Begins a scene.
    pub fn scene(&mut self, title: &str) {
        println!("\n{}. {title}", self.scenes.len() + 1);
        self.scenes.push(Scene { title: title.to_owned(), lines: Vec::new(), report: None });
    }

    /// Tells a line of the scene.
    pub fn tell(&mut self, line: impl Into<String>) {
        let line = line.into();
        println!("   {line}");
        if let Some(scene) = self.scenes.last_mut() {
            scene.lines.push(line);
        }
    }

    /// Puts a report that a verb wrote into the scene.
    pub fn attach(&mut self, title: &str, path: &str) {
        if let (Some(scene), Ok(html)) = (self.scenes.last_mut(), std::fs::read_to_string(path)) {
            scene.report = Some((title.to_owned(), html));
        }
    }

    /// The story as a page that needs nothing else.
    pub fn html(&self, facts: &[(&str, String)]) -> String {
        let mut body = String::new();
        for (number, scene) in self.scenes.iter().enumerate() {
            let _ = write!(body, "<section><h2>{}. {}</h2>", number + 1, escape(&scene.title));
            for line in &scene.lines {
                let class = if line.starts_with("$ ") { " class=\"command\"" } else { "" };
                let _ = write!(body, "<p{class}>{}</p>", escape(line));
            }
            if let Some((title, html)) = &scene.report {
                let (title, html) = (escape(title), escape(html));
                let _ = write!(
                    body,
                    "<details><summary>{title}</summary><iframe title=\"{title}\" sandbox srcdoc=\"{html}\"></iframe></details>"
                );
            }
            body.push_str("</section>");
        }
        let facts: String = facts
            .iter()
            .map(|(name, value)| {
                format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value))
            })
            .collect();
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>Outerloop: the demo</title>\
             <style>{STYLE}</style></head><body><main><h1>The outer loop, end to end</h1>\
             <dl>{facts}</dl>{body}</main></body></html>"
        )
    }
}

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 60rem; margin: auto; padding: 2rem 1rem; }
section { border-top: 1px solid var(--line); padding: .5rem 0 1rem; }
h2 { font-size: 1.15rem; margin: .5rem 0; }
p { margin: .2rem 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.command { font: 14px/1.5 ui-monospace, monospace; background: var(--soft); padding: .1rem .5rem; }
dl { display: flex; flex-wrap: wrap; gap: 1rem; } dt { font-size: .85rem; opacity: .75; }
dd { margin: 0; font-size: 1.6rem; } details { margin-top: .6rem; } summary { cursor: pointer; }
iframe { width: 100%; height: 44rem; border: 1px solid var(--line); background: Canvas; }
";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
