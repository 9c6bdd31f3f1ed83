//! Bad data through the binary, each case a row of a table: the documented exit code, the file, the
//! line and the column where there is one, what to do, and no answer by accident.

use outerloop_core::stats::generator::Generator;
use outerloop_tests::{Workshop, repository_file};

/// Good data: 400 rows of numbers and categories.
fn good() -> String {
    with(|i| (format!("{}", i * 7 % 101), ["a", "b", "c"][i % 3].to_owned()))
}

/// 400 rows of what `row` gives.
fn with(row: impl Fn(usize) -> (String, String)) -> String {
    let row = |i| {
        let (amount, kind) = row(i);
        format!("{amount},{kind}\n")
    };
    format!("amount,kind\n{}", (0..400).map(row).collect::<String>())
}

/// Good data whose amounts are others.
fn amounts(amount: impl Fn(usize) -> String) -> String {
    with(|i| (amount(i), ["a", "b", "c"][i % 3].to_owned()))
}

/// What `compare` answers to a file, beside good data.
struct Case {
    name: &'static str,
    content: Vec<u8>,
    exit: i32,
    says: &'static [&'static str],
}

fn case(
    name: &'static str,
    content: impl Into<Vec<u8>>,
    exit: i32,
    says: &'static [&'static str],
) -> Case {
    Case { name, content: content.into(), exit, says }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The beginning of the example's Parquet file.
fn truncated() -> Vec<u8> {
    let whole = repository_file("examples/employment/data/2018-households.parquet");
    let whole = std::fs::read(whole).expect("reads");
    whole[..whole.len() * 3 / 4].to_vec()
}

fn cases() -> Vec<Case> {
    let value = |i: usize| (i * 7 % 101).to_string();
    let or =
        |odd: &'static str| move |i: usize| if i.is_multiple_of(3) { odd.into() } else { value(i) };
    let ragged = good().replacen("14,c\n", "14,c,1\n", 1);
    let cut = good().replacen("14,c\n", "14,\"c\n", 1);
    let latin = [b"amount,kind\n1,caf\xe9\n".to_vec(), good().into_bytes()].concat();
    vec![
        case("infinite.csv", amounts(or("inf")), 1, &["amount: null-rate-rose"]),
        case("minus.csv", amounts(or("-Infinity")), 1, &["amount: null-rate-rose"]),
        case("nan.csv", amounts(or("NaN")), 1, &["amount: null-rate-rose"]),
        case("null.csv", amounts(|_| String::new()), 1, &["amount: ", "all-null"]),
        case("constant.csv", amounts(|_| "5".into()), 1, &["amount: ", "constant-column"]),
        case("row.csv", "amount,kind\n5,a\n", 4, &["too-few-rows: 1 row, "]),
        case("empty.csv", "amount,kind\n", 4, &["too-few-rows: 0 rows"]),
        case("nothing.csv", "", 2, &["nothing.csv is empty", "hint:"]),
        case(
            "large.csv",
            amounts(|i| if i == 9 { "9007199254740993".into() } else { value(i) }),
            0,
            &["large.csv: column `amount` holds whole numbers beyond 2^53", "`categories`"],
        ),
        case(
            "spelt.csv",
            with(|i| (value(i), ["a", "b", "c", "A", " b"][i % 5].to_owned())),
            1,
            &["spelled-apart"],
        ),
        case("text.csv", amounts(|i| format!("n{i}")), 1, &["amount: type-changed"]),
        case(
            "late.csv",
            amounts(|i| if i == 399 { "many".into() } else { value(i) }),
            1,
            &["amount: type-changed"],
        ),
        case(
            "twice.csv",
            "amount,kind,amount\n1,a,2\n",
            2,
            &["twice.csv:1 names column `amount` twice, as column 1 and 3", "hint:"],
        ),
        case("cut.parquet", truncated(), 2, &["cut.parquet is not a whole Parquet file", "hint:"]),
        case(
            "ragged.csv",
            ragged,
            2,
            &["ragged.csv:4 has 3 fields where the header has 2", "hint:"],
        ),
        case("quote.csv", cut, 2, &["quote.csv:4 opens a quote", "hint:"]),
        case(
            "latin.csv",
            latin,
            2,
            &[
                "latin.csv:2 is not UTF-8: byte 6",
                "0xe9",
                "hint: name its encoding with --encoding",
            ],
        ),
        case("wide.csv", utf16(&good()), 0, &["wide.csv: read as UTF-16 (little-endian)"]),
        case(
            "nameless.csv",
            good().replacen("amount,kind\n", "", 1),
            1,
            &["nameless.csv: the first line holds values and no names", "missing-column"],
        ),
        case(
            "other.csv",
            good().replacen("amount,kind", "height,width", 1),
            1,
            &["amount: missing-column", "new-column"],
        ),
        case(
            "twice.jsonl",
            "{\"amount\": 1, \"kind\": \"a\"}\n{\"amount\": 1, \"kind\": \"a\", \"amount\": 2}\n",
            2,
            &["twice.jsonl:2 names column `amount` twice", "hint:"],
        ),
        case(
            "requests.jsonl",
            "{\"inputs\": {\"amount\": [1], \"amount\": [2]}, \"outputs\": {\"y\": [1]}}\n",
            2,
            &["requests.jsonl:1 names column `amount` twice in one object", "hint:"],
        ),
        case("zip.csv", b"PK\x03\x04rest".to_vec(), 2, &["zip.csv is a zip archive", "hint:"]),
        case("array.json", "[{\"amount\": 1}]", 2, &["array.json is one JSON array", "hint:"]),
        case(
            "list.jsonl",
            "{\"amount\": [1], \"kind\": \"a\"}\n",
            2,
            &["list.jsonl:1 holds a list in column `amount`", "hint:"],
        ),
        case(
            "mixed.jsonl",
            "{\"amount\": 1}\n{\"amount\": \"x\"}\n",
            2,
            &[
                "column `amount` of",
                "mixed.jsonl holds a number in line 1 and `x` in line 2",
                "hint:",
            ],
        ),
        case(
            "packed.csv.gz",
            b"\x1f\x8b\x08\0\0\0\0\0".to_vec(),
            2,
            &["packed.csv.gz is not whole", "hint:"],
        ),
        case(
            "newer.profile.json",
            "{\"profile-version\": 99}",
            2,
            &["newer.profile.json", "version 99", "hint:"],
        ),
        case("cut.profile.json", "{\"profile-version\"", 2, &["cut.profile.json", "hint:"]),
    ]
}

#[test]
fn every_kind_of_bad_data_has_its_answer() {
    let workshop = Workshop::new();
    workshop.write("good.csv", good());
    let mut wrong = Vec::new();
    for case in cases() {
        workshop.write(case.name, &case.content);
        let ran = workshop.run(&["compare", "good.csv", case.name]);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let missing: Vec<_> = case.says.iter().filter(|says| !said.contains(**says)).collect();
        if ran.code != case.exit || !missing.is_empty() || said.contains("panicked") {
            wrong.push(format!("{}: {} and not {missing:?} in {said}", case.name, ran.code));
        }
        // What is bad now is no better as a baseline: an answer or an error, never a crash.
        let ran = workshop.run(&["compare", case.name, "good.csv"]);
        if ran.code == 3 || ran.stderr.contains("panicked") || ran.stderr.contains("defect") {
            wrong.push(format!("{} as a baseline: {ran:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A draw of 100,000 rows: of as many ids, and of numbers.
fn ids(draw: u64) -> String {
    let mut generator = Generator::new(7, draw);
    let row = |_| format!("id-{},{}\n", generator.below(100_000), generator.below(7));
    format!("id,x\n{}", (0..100_000).map(row).collect::<String>())
}

#[test]
fn what_is_odd_and_no_drift_is_said() {
    let workshop = Workshop::new();
    let spelt = |second: &str| {
        let row = |i: usize| format!("{},{},,5\n", i * 7 % 101, ["a", second][i % 2]);
        format!("amount,kind,nothing,five\n{}", (0..400).map(row).collect::<String>())
    };
    workshop.write("before.csv", spelt("b").replacen(",a,", ",A,", 1));
    workshop.write("now.csv", spelt("b"));
    workshop.write("summary.md", "");
    let mut command = workshop.command(&["compare", "before.csv", "now.csv"]);
    let summary = workshop.path().join("summary.md");
    let ran =
        Workshop::ran(command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary));
    let ran = ran.exits(0);
    let summary = std::fs::read_to_string(summary).expect("is written");
    for line in [
        "none of 3 columns drifted over 400 rows",
        "1 of 4 columns could not be compared: `nothing`",
        "constant-column: `five`: both sides hold one value alone",
        "spelled-apart: `kind`: categories differ by case or space only: \"A\" and \"a\"",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
        assert!(summary.replace('\\', "").contains(line), "{line}: {summary}");
    }
}

#[test]
fn a_column_that_is_named_and_that_no_file_has_is_refused() {
    let workshop = Workshop::new();
    workshop.write("good.csv", good());
    workshop.write("good.jsonl", "{\"amount\": 1, \"kind\": \"a\"}\n".repeat(400));
    workshop.run(&["profile", "good.csv", "--out", "good.profile.json"]).exits(0);
    for data in ["good.csv", "good.jsonl", "good.profile.json"] {
        for option in ["--ignore", "--categories"] {
            let ran = workshop.run(&["compare", data, "good.csv", option, "amuont"]).exits(2);
            ran.says(&format!("no column `amuont`, which {option} names, is in the data"));
            let ran = workshop.run(&["compare", data, "good.csv", option, "amuont"]);
            assert!(ran.stderr.contains("did you mean `amount`?"), "{}", ran.stderr);
        }
        workshop.run(&["compare", data, data, "--ignore", "amount"]);
    }
    workshop.run(&["compare", "good.csv", "good.csv", "--ignore", "amount"]).exits(0);
    for data in ["good.csv", "good.jsonl"] {
        for option in ["--ignore", "--categories"] {
            let ran = workshop.run(&["profile", data, option, "amuont"]).exits(2);
            assert!(ran.stderr.contains("did you mean `amount`?"), "{}", ran.stderr);
        }
        workshop.run(&["profile", data, "--ignore", "amount"]).exits(0);
    }
}

#[test]
fn current_data_that_is_not_there_is_said_before_anything_is_recorded() {
    let workshop = Workshop::new();
    workshop.write("good.csv", good());
    workshop.write("outerloop.yaml", "model: acme\npackage: {baseline: {path: good.csv}}\n");
    workshop.register("acme", "one").exits(0);
    workshop.write("newer.profile.json", "{\"profile-version\": 99, \"new\": true}");
    workshop.write("older.profile.json", "{\"profile-version\": 1}");
    std::fs::create_dir(workshop.path().join("empty")).expect("a folder");
    for (current, says, hint) in [
        (&[][..], "no data is named to monitor", "--current FILES, or an endpoint"),
        (&["gone.csv"], "cannot read", "check the path; relative paths start at"),
        (&["go*.parquet"], "no file matches", "`*` and `?` stand within a part of the path"),
        (&["empty"], "empty holds no data file", "known endings: parquet"),
        (
            &["newer.profile.json"],
            "newer.profile.json: the profile has version 99 and this program reads version 2",
            "a later outerloop made it: use that one, or make the profile",
        ),
        (
            &["older.profile.json"],
            "older.profile.json: the profile has version 1",
            "hint: make the profile, or package the model, again",
        ),
    ] {
        let named: &[&str] = if current.is_empty() { &[] } else { &["--current"] };
        let monitor = ["monitor", "--model", "acme@1.0.0"];
        let ran = workshop.run(&[&monitor[..], named, current].concat()).exits(2);
        for text in [says, hint] {
            assert!(ran.stderr.contains(text), "{current:?}: {text}: {}", ran.stderr);
        }
        assert_eq!(ran.stdout, "", "{current:?}");
    }
    let history = workshop.run(&["history", "acme", "--json"]).exits(0).json();
    let events = history["events"].as_array().expect("events");
    assert!(!events.is_empty() && !history.to_string().contains("monitored"), "{history}");
}

#[test]
fn a_time_that_the_configuration_names_need_not_be_in_the_data() {
    let workshop = Workshop::new();
    workshop.write("outerloop.yaml", "model: acme\nmonitor: {time: at, id: request}\n");
    workshop.write("good.csv", good());
    workshop.run(&["profile", "good.csv"]).exits(0);
    let ran = workshop.run(&["profile", "good.csv", "--ignore", "at"]).exits(2);
    ran.says("no column `at`, which --ignore names, is in the data");
}

#[test]
fn a_hundred_thousand_categories_are_compared_and_kept() {
    let workshop = Workshop::new();
    workshop.write("ids.csv", ids(0));
    workshop.write("more.csv", ids(1));
    let ran = workshop.run(&["compare", "ids.csv", "more.csv"]).exits(0);
    assert!(ran.stdout.contains("none of 2 columns drifted over 100000 rows"), "{ran:?}");
    assert!(ran.stdout.contains("not-comparable: `id`: "), "{ran:?}");
    workshop.run(&["profile", "ids.csv", "--out", "ids.profile.json"]).exits(0);
    workshop.run(&["profile", "more.csv", "--out", "more.profile.json"]).exits(0);
    for current in ["more.csv", "more.profile.json"] {
        let ran = workshop.run(&["compare", "ids.profile.json", current]).exits(0);
        assert!(ran.stdout.contains("not-comparable: `id`: "), "{current}: {ran:?}");
    }
    // All of them replaced by ten: no id that the profile leaves out had so many rows.
    let rows: String = (0..100_000).map(|i| format!("new-{},{}\n", i % 10, i % 7)).collect();
    workshop.write("replaced.csv", format!("id,x\n{rows}"));
    for baseline in ["ids.csv", "ids.profile.json"] {
        let ran = workshop.run(&["compare", baseline, "replaced.csv"]).exits(1);
        assert!(ran.stdout.contains("new-categories: "), "{baseline}: {ran:?}");
    }
}

#[test]
fn a_baseline_of_one_row_is_no_answer() {
    let workshop = Workshop::new();
    workshop.write("good.csv", good());
    workshop.write("single.csv", "amount,kind\n7,a\n");
    workshop.run(&["profile", "single.csv", "--out", "single.profile.json"]).exits(0);
    for baseline in ["single.csv", "single.profile.json"] {
        let ran = workshop.run(&["compare", baseline, "good.csv"]).exits(4);
        let says = "too-few-baseline-rows: the baseline has 1 row, at least 200 are needed";
        assert!(ran.stdout.contains(says), "{baseline}: {ran:?}");
    }
}

/// A registered model whose rows have times.
fn monitored() -> Workshop {
    let workshop = Workshop::new();
    workshop.write("good.csv", good());
    workshop.write("model.bin", "one");
    workshop.write(
        "outerloop.yaml",
        "model: acme\nstore: {path: .store}\npackage: {path: model.bin, baseline: {path: good.csv}}\n\
         monitor: {time: at}\n",
    );
    workshop.run(&["package"]).exits(0);
    workshop.run(&["register", "--version", "1.0.0"]).exits(0);
    workshop
}

#[test]
fn times_and_windows_have_their_answers() {
    let workshop = monitored();
    let timed = |at: &dyn Fn(usize) -> String| {
        let row = |i: usize| format!("{},{},{}\n", i * 7 % 101, ["a", "b", "c"][i % 3], at(i));
        format!("amount,kind,at\n{}", (0..400).map(row).collect::<String>())
    };
    let zones = |i: usize| format!("2026-07-01T08:00:00{}", ["Z", "+02:00", "-05:00"][i / 3 % 3]);
    let mixed = |i: usize| format!("2026-07-01T08:00:00{}", ["Z", "", "-05:00"][i % 3]);
    for (name, content, since, exit, says) in [
        ("zones.csv", timed(&zones), "2026-07-01T07:00:00Z", 0, "133 rows are outside"),
        (
            "mixed.csv",
            timed(&mixed),
            "2026-07-01",
            0,
            "133 times in `at` say no zone beside others that do, and count as UTC: the first is \
             `2026-07-01T08:00:00` in row 2",
        ),
        ("words.csv", timed(&|_| "soon".into()), "2026-07-01", 2, "holds `soon`, which is no time"),
        ("none.csv", timed(&|_| String::new()), "2026-07-01", 4, "400 rows have no time in `at`"),
        ("early.csv", timed(&zones), "2027-01-01", 4, "empty-window"),
        ("lacks.csv", good(), "2026-07-01", 2, "lacks.csv has no column `at`"),
    ] {
        workshop.write(name, content);
        let arguments = ["monitor", "--model", "acme@1.0.0", "--current", name, "--since", since];
        let ran = workshop.run(&arguments);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(ran.code == exit && said.contains(says), "{name}: {} {said}", ran.code);
        assert!(exit != 2 || said.contains("hint:"), "{name}: {said}");
    }
    let history = workshop.run(&["history", "acme", "--json"]).exits(0).json();
    let events = history["events"].as_array().map(Vec::len);
    assert_eq!(events, Some(3), "two windows were monitored, no other was recorded");
}
