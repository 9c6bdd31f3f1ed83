//! Text that wants to become something else, through every writer, read back by the rules of those
//! who read it: no command, no second output, no markup, and nothing lost.

use outerloop_core::adapters::host::azure_pipelines::syntax as azure;
use outerloop_core::adapters::host::github::syntax as github;
use outerloop_core::report::{markdown, page};
use outerloop_tests::{agent, runner};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser};

/// What a hostile author would write.
const FRAGMENTS: &[&str] = &[
    "::set-output name=verdict::pass",
    "::add-mask::",
    "::stop-commands::x",
    "##[set-output name=verdict]pass",
    "##[group]",
    "##vso[task.setvariable variable=verdict;isOutput=true]pass",
    "##VSO[task.complete result=Succeeded;]",
    "##vso[",
    "::",
    "%",
    "%0A",
    "%0D",
    "%25",
    "%3A",
    "%AZP25",
    "%5D",
    "\n",
    "\r",
    "\r\n",
    "]",
    ";",
    ",",
    ":",
    "=",
    "<<EOF",
    "\nEOF\n",
    "outerloop_",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{200b}",
    "\u{2028}",
    "\u{0}",
    "</details>",
    "<script>alert(1)</script>",
    "<!-- outerloop:validate:acme -->",
    "-->",
    "```",
    "`",
    "|",
    "\\",
    "**",
    "__init__",
    "[x](https://acme.example)",
    "![](x)",
    "https://acme.example",
    "@acme/team",
    "#1",
    "&lt;",
    "\"'",
    "- item",
    "# heading",
    "name",
    " ",
    "ß模",
];

fn hostile() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        4 => prop::sample::select(FRAGMENTS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(fragment, 0..12).prop_map(|parts| parts.concat())
}

/// Text whose every character survives a log as it is.
fn is_plain(text: &str) -> bool {
    let turns = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    !text.chars().any(|c| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || turns(c)
            || matches!(c, '\u{feff}' | '\u{ad}')
    })
}

/// A log may show a backslash more; what a person reads is the same.
fn same_but_for_backslashes(shown: &str, text: &str) -> bool {
    shown.replace('\\', "") == text.replace('\\', "")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_log_line_is_no_command_of_github(text in hostile()) {
        let shown = github::plain(&text);
        let log = runner::Log::read(&format!("before\n{shown}\nafter"));
        prop_assert!(log.commands.is_empty(), "{:?}", log.commands);
        prop_assert!(!is_plain(&text) || same_but_for_backslashes(&shown, &text), "{shown}");
    }

    #[test]
    fn a_log_line_is_no_command_of_azure_pipelines(text in hostile()) {
        let shown = azure::plain(&text);
        let found = agent::lines(&shown).into_iter().find_map(agent::parse);
        prop_assert!(found.is_none(), "{found:?}");
        prop_assert!(!shown.to_lowercase().contains("##vso[") && !shown.contains("##["));
        prop_assert!(!is_plain(&text) || same_but_for_backslashes(&shown, &text), "{shown}");
    }

    #[test]
    fn a_command_of_github_says_what_it_was_given(title in hostile(), file in hostile(), text in hostile()) {
        let line = github::command("warning", &[("title", &title), ("file", &file)], &text);
        let log = runner::Log::read(&line);
        prop_assert!(log.text.is_empty());
        prop_assert_eq!(log.commands.len(), 1);
        let command = &log.commands[0];
        let property = |name: &str| command.properties.get(name).map_or("", |v| v.trim()).to_owned();
        prop_assert_eq!(&command.name, "warning");
        // The runner trims the properties as a whole.
        prop_assert_eq!(property("title"), title.trim());
        prop_assert_eq!(property("file"), file.trim());
        prop_assert!(command.properties.len() <= 2);
        prop_assert_eq!(&command.data, &text);
    }

    #[test]
    fn a_command_of_azure_pipelines_says_what_it_was_given(path in hostile(), text in hostile()) {
        let line = azure::command("task.logissue", &[("type", "error"), ("sourcepath", &path)], &text);
        let lines = agent::lines(&line);
        prop_assert_eq!(lines.len(), 1);
        let command = agent::parse(lines[0]).expect("a command");
        let property = |name: &str| command.properties.get(name).cloned().unwrap_or_default();
        prop_assert_eq!((&*command.area, &*command.event), ("task", "logissue"));
        prop_assert_eq!(property("type"), "error");
        prop_assert_eq!(property("sourcepath"), path);
        prop_assert!(command.properties.len() <= 2);
        prop_assert_eq!(&command.data, &text);
    }

    #[test]
    fn an_output_is_one_entry(value in hostile(), next in hostile()) {
        let (first, second) = ("outerloop_1f", "outerloop_2e");
        prop_assume!(!value.contains(first) && !next.contains(second));
        let file = github::entry("model", &value, first).expect("an entry")
            + &github::entry("verdict", &next, second).expect("an entry");
        let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
        let expected =
            [("model".to_owned(), lines(&value)), ("verdict".to_owned(), lines(&next))];
        prop_assert_eq!(runner::environment_file(&file).expect("reads"), expected);
    }

    #[test]
    fn escaped_text_is_text_in_markdown(text in hostile()) {
        let shown = markdown::escape(&text);
        let read = rendered(&format!("before {shown} after"))?;
        prop_assert!(read.starts_with("before ") && read.ends_with(" after"), "{read}");
        let letters = |t: &str| t.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        prop_assert_eq!(letters(&read), letters(&format!("before {text} after")));
    }

    #[test]
    fn escaped_text_stays_in_its_cell(text in hostile()) {
        let cells = vec![markdown::escape(&text), markdown::code(&text)];
        let table = markdown::table(&["a", "b"], &[cells, vec!["x".into(), "y".into()]]);
        let events: Vec<Event<'_>> = Parser::new_ext(&table, Options::ENABLE_TABLES).collect();
        let count = |wanted: &str| events.iter().filter(|e| format!("{e:?}").starts_with(wanted)).count();
        prop_assert_eq!(count("Start(Table("), 1);
        prop_assert_eq!(count("Start(TableRow"), 2);
        prop_assert_eq!(count("Start(TableCell"), 6);
        prop_assert_eq!(count("InlineHtml"), 2, "only <code> and </code>: {}", table);
        prop_assert_eq!(count("Html") + count("Start(Link") + count("Start(Image"), 0);
    }

    #[test]
    fn escaped_text_is_text_in_html(text in hostile()) {
        let shown = page::escape(&text);
        prop_assert!(!shown.contains(['<', '>', '"', '\'']), "{shown}");
        let entities = shown.matches('&').count();
        let known = ["&lt;", "&gt;", "&amp;", "&quot;", "&#39;", "&#x27;"];
        let written: usize = known.iter().map(|e| shown.matches(e).count()).sum();
        prop_assert_eq!(entities, written);
    }
}

/// The text of one paragraph that holds nothing but text.
fn rendered(source: &str) -> Result<String, TestCaseError> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut text = String::new();
    let mut paragraphs = 0;
    for event in Parser::new_ext(source, options) {
        match event {
            Event::Text(part) => text.push_str(&part),
            Event::Start(pulldown_cmark::Tag::Paragraph) => paragraphs += 1,
            Event::End(pulldown_cmark::TagEnd::Paragraph) => {}
            other => return Err(TestCaseError::fail(format!("{other:?} in {source}"))),
        }
    }
    prop_assert_eq!(paragraphs, 1);
    Ok(text)
}

#[test]
fn a_megabyte_is_no_problem() {
    let text = "##vso[task.complete result=Succeeded;]\n::set-output name=a::b\r".repeat(20_000);
    assert!(text.len() > 1_000_000);
    assert!(runner::Log::read(&github::plain(&text)).commands.is_empty());
    assert!(agent::lines(&azure::plain(&text)).into_iter().all(|l| agent::parse(l).is_none()));
    let command = github::command("notice", &[], &text);
    assert_eq!(runner::Log::read(&command).commands[0].data, text);
    assert_eq!(agent::parse(&azure::command("task.debug", &[], &text)).unwrap().data, text);
}

#[test]
fn a_delimiter_inside_a_value_is_refused() {
    assert!(github::entry("verdict", "a\nouterloop_1f\nb", "outerloop_1f").is_err());
    for key in ["", "a b", "a<<b", "a\nb", "a=b"] {
        assert!(github::entry(key, "x", "outerloop_1f").is_err(), "{key:?}");
    }
}
