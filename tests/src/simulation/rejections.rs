//! Size and power of tests: how often they see a difference that is not there, and one that is.

use outerloop_core::stats::delong;
use outerloop_core::stats::generator::Generator;
use outerloop_core::stats::inference::paired_t::PairedT;
use outerloop_core::stats::inference::permutation::{Options, sign_flip};
use outerloop_core::stats::inference::wilcoxon::signed_rank;
use outerloop_core::stats::inference::{Alternative, mcnemar, multiple, power};

use super::intervals::LEVEL;
use super::population::{
    Answers, Binary, CHAMPION, auc, normal_differences, skewed_differences, strength,
};
use super::study::{Cost, Kind, Study, Try, hit};

const ALPHA: f64 = 0.05;
/// Columns that are tested at once.
const COLUMNS: usize = 20;

/// Every study of tests.
pub fn studies() -> Vec<Study> {
    let mut all = of_differences();
    all.extend(of_answers());
    all.extend(of_curves());
    all.extend(of_many());
    all
}

fn rejection(
    method: &'static str,
    population: &'static str,
    kind: Kind,
    nominal: f64,
    expected: [f64; 2],
    one: impl Fn(&mut Generator, usize) -> Option<f64> + Sync + Send + 'static,
) -> Study {
    let one: Try = Box::new(one);
    Study { method, population, kind, nominal, cost: Cost::Low, expected, one }
}

/// The mean difference that is planned to be seen four times in five, in standard deviations.
fn planned(rows: usize) -> f64 {
    power::smallest_difference(1.0 / (rows as f64).sqrt(), LEVEL, power::USUAL)
}

type PValue = fn(&[f64]) -> Option<f64>;

fn t(differences: &[f64]) -> Option<f64> {
    Some(PairedT::new(differences).ok()?.test(Alternative::TwoSided).p_value)
}

fn wilcoxon(differences: &[f64]) -> Option<f64> {
    Some(signed_rank(differences, Alternative::TwoSided).ok()?.p_value)
}

fn permutation(differences: &[f64]) -> Option<f64> {
    let options = Options { permutations: 999, ..Options::default() };
    Some(sign_flip(differences, &options).ok()?.p_value)
}

fn of_differences() -> Vec<Study> {
    let tests: [(&str, PValue, Cost); 3] = [
        ("paired t", t, Cost::Low),
        ("Wilcoxon", wilcoxon, Cost::Low),
        ("permutation, 999", permutation, Cost::Resampled),
    ];
    let mut all = Vec::new();
    for (name, test, cost) in tests {
        let mut one = vec![
            rejection(
                name,
                "normal, no difference",
                Kind::Size,
                ALPHA,
                [0.04, 0.06],
                move |g, n| Some(hit(test(&normal_differences(g, n, 0.0))? <= ALPHA)),
            ),
            rejection(name, "normal, as planned", Kind::Power, 0.8, [0.7, 0.85], move |g, n| {
                Some(hit(test(&normal_differences(g, n, planned(n)))? <= ALPHA))
            }),
        ];
        // Wilcoxon's asks about the median of sums, which is not 0 where the mean is.
        if name != "Wilcoxon" {
            let (population, expected) = ("exponential, mean 0", [0.03, 0.1]);
            one.push(rejection(name, population, Kind::Size, ALPHA, expected, move |g, n| {
                Some(hit(test(&skewed_differences(g, n, 0.0))? <= ALPHA))
            }));
        }
        all.extend(one.into_iter().map(|study| Study { cost, ..study }));
    }
    all
}

fn of_answers() -> Vec<Study> {
    type Judge = fn(mcnemar::Disagreements) -> f64;
    let tests: [(&str, Judge, [f64; 2]); 2] = [
        ("McNemar, exact", |d| mcnemar::exact(d).p_value, [0.0, 0.05]),
        ("McNemar, corrected", |d| mcnemar::corrected(d).p_value, [0.0, 0.05]),
    ];
    let mut all = Vec::new();
    for (name, test, size) in tests {
        all.push(rejection(name, "20 % disagreements", Kind::Size, ALPHA, size, move |g, n| {
            Some(hit(test(Answers::draw(g, n, [0.1, 0.1]).disagreements()) <= ALPHA))
        }));
        let population = "20 % disagreements, as planned";
        all.push(rejection(name, population, Kind::Power, 0.8, [0.5, 0.85], move |g, n| {
            let gain = planned(n) * 0.2f64.sqrt();
            let alone = [0.1 + gain / 2.0, 0.1 - gain / 2.0];
            Some(hit(test(Answers::draw(g, n, alone).disagreements()) <= ALPHA))
        }));
    }
    all
}

/// The AUC's standard error times the root of the rows, from many rows.
fn auc_error() -> f64 {
    const ROWS: usize = 20_000;
    let rows = Binary::draw(&mut Generator::new(1, 0), ROWS, [CHAMPION; 2]);
    let found = delong::paired(&rows.labels, &rows.scores[0], &rows.scores[1]);
    found.map_or(f64::NAN, |found| found.standard_error * (ROWS as f64).sqrt())
}

/// Whether the interval of the gain in AUC lies above `bound`, as the gates ask.
fn shown(generator: &mut Generator, rows: usize, strengths: [f64; 2], bound: f64) -> Option<f64> {
    let rows = Binary::draw(generator, rows, strengths);
    let found = delong::paired(&rows.labels, &rows.scores[0], &rows.scores[1]).ok()?;
    Some(hit(found.interval(LEVEL).ok()?.low > bound))
}

fn of_curves() -> Vec<Study> {
    let one_sided = (1.0 - LEVEL) / 2.0;
    let (same, margin, error) = ([CHAMPION; 2], 0.02, auc_error());
    vec![
        rejection("DeLong's test", "equal AUCs", Kind::Size, ALPHA, [0.02, 0.08], move |g, n| {
            let rows = Binary::draw(g, n, same);
            let found = delong::paired(&rows.labels, &rows.scores[0], &rows.scores[1]).ok()?;
            Some(hit(found.p <= ALPHA))
        }),
        rejection(
            "superiority",
            "equal AUCs",
            Kind::Size,
            one_sided,
            [0.005, 0.05],
            move |g, n| shown(g, n, same, 0.0),
        ),
        rejection("superiority", "AUCs, as planned", Kind::Power, 0.8, [0.6, 1.0], move |g, n| {
            let gain = planned(n) * error;
            shown(g, n, [strength(auc(CHAMPION) + gain), CHAMPION], 0.0)
        }),
        rejection(
            "non-inferiority",
            "AUC worse by the margin, 0.02",
            Kind::Size,
            one_sided,
            [0.005, 0.05],
            move |g, n| {
                let worse = strength(auc(CHAMPION) - margin);
                shown(g, n, [worse, CHAMPION], -margin)
            },
        ),
    ]
}

/// p-values of many columns at once, which hang together; in the first `real` there is a difference.
fn columns(generator: &mut Generator, rows: usize, real: usize) -> Option<Vec<Option<f64>>> {
    let shared = normal_differences(generator, rows, 0.0);
    (0..COLUMNS)
        .map(|column| {
            let mean = if column < real { planned(rows) } else { 0.0 };
            let own =
                |shared: &f64| mean + (shared + generator.normal()) / std::f64::consts::SQRT_2;
            let differences: Vec<f64> = shared.iter().map(own).collect();
            Some(Some(PairedT::new(&differences).ok()?.test(Alternative::TwoSided).p_value))
        })
        .collect()
}

fn of_many() -> Vec<Study> {
    let any = |p: &[Option<f64>]| hit(p.iter().flatten().any(|p| *p <= ALPHA));
    let population = "20 columns, none differs: any alarm";
    vec![
        rejection("uncorrected", population, Kind::Size, ALPHA, [0.2, 0.7], move |g, n| {
            Some(any(&columns(g, n, 0)?))
        }),
        rejection("Holm", population, Kind::Size, ALPHA, [0.01, 0.05], move |g, n| {
            Some(any(&multiple::holm(&columns(g, n, 0)?)))
        }),
        rejection(
            "Benjamini-Hochberg",
            "20 columns, half differ: false among alarms",
            Kind::Size,
            ALPHA,
            [0.01, 0.05],
            |g, n| {
                let alarm = |p: &Option<f64>| p.is_some_and(|p| p <= ALPHA);
                let adjusted = multiple::benjamini_hochberg(&columns(g, n, COLUMNS / 2)?);
                let alarms = adjusted.iter().filter(|p| alarm(p)).count();
                let wrong = adjusted[COLUMNS / 2..].iter().filter(|p| alarm(p)).count();
                Some(wrong as f64 / alarms.max(1) as f64)
            },
        ),
    ]
}
