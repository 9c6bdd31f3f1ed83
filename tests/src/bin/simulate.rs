//! Prints the table of docs/statistics.md: `cargo xtask simulate`. Takes a word that lines must
//! contain, or `drift` for the comparisons of data sets, or `names` for those of columns of many
//! names, or `windows` for what a metric's own history tells, and divides the number of runs by the
//! number in `SIMULATE_FEWER`.

use outerloop_tests::simulation::study::{Kind, ROWS};
use outerloop_tests::simulation::{Study, drift, names, studies, table, windows};

fn main() {
    let word = std::env::args().nth(1).unwrap_or_default();
    let fewer = std::env::var("SIMULATE_FEWER").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    if word == "drift" {
        return drift::print(fewer);
    }
    if word == "names" {
        return names::print(fewer);
    }
    if word == "windows" {
        return windows::print(fewer);
    }
    let asked = |s: &Study| s.method.contains(&word) || s.population.contains(&word);
    let all = studies();
    for kind in [Kind::Coverage, Kind::Size, Kind::Power] {
        println!("{}", table::head(kind));
        for study in all.iter().filter(|s| s.kind == kind && asked(s)) {
            let start = std::time::Instant::now();
            let runs = study.cost.runs();
            let shares: Vec<_> = (ROWS.into_iter().zip(runs))
                .map(|(rows, runs)| study.run(rows, (runs / fewer).max(1)))
                .collect();
            println!("{}", table::line(study, &shares));
            eprintln!("  {} s", start.elapsed().as_secs_f32());
        }
    }
}
