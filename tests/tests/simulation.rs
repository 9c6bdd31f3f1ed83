//! A small version of `cargo xtask simulate`: intervals hold the truth, and tests see differences,
//! about as often as they should. The numbers are seeded, so that it fails always or never.

use outerloop_tests::simulation::studies;
use outerloop_tests::simulation::study::{Cost, ROWS};

#[test]
fn methods_are_right_about_as_often_as_they_should_be() {
    let mut wrong = Vec::new();
    for study in studies() {
        let runs = if study.cost == Cost::Low { 600 } else { 60 };
        let share = study.run(ROWS[0], runs);
        // Four standard errors of a share among so many runs, at least that of 5 %.
        let slack = 4.0 * share.error.max((0.05f64 * 0.95 / runs as f64).sqrt());
        let [low, high] = study.expected;
        if share.value < low - slack || share.value > high + slack {
            let (method, population, value) = (study.method, study.population, share.value);
            wrong.push(format!("{method}, {population}: {value:.3} not {low} to {high}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_answer_does_not_hang_on_the_number_of_threads() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| studies().iter().map(|study| study.run(20, 5)).collect::<Vec<_>>())
    };
    assert_eq!(run(1), run(3));
}
