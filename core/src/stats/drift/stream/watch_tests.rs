use proptest::prelude::*;

use super::{Change, Detector, Told, Watch, Window};
use crate::stats::generator::Generator;

const ADWIN: Detector = Detector::Adwin { delta: 0.002 };
const PAGE_HINKLEY: Detector = Detector::PageHinkley { allowance: 0.5, threshold: 5.0 };
const DDM: Detector = Detector::Ddm { deviations: 3.0 };
const ALL: [Detector; 3] = [ADWIN, PAGE_HINKLEY, DDM];

fn told(detector: Detector, values: &[f64], rows: u64) -> Vec<Told> {
    let mut watch = Watch::new(detector);
    values.iter().map(|value| watch.take(Window { value: *value, rows })).collect()
}

fn changes(told: &[Told]) -> Vec<(usize, Change)> {
    let change = |(at, told): (usize, &Told)| match told {
        Told::Changed(change) => Some((at, *change)),
        _ => None,
    };
    told.iter().enumerate().filter_map(change).collect()
}

/// Accuracies of windows of 500 rows: 0.9, and from `at` on lower by `fall` standard deviations.
fn accuracies(count: usize, at: usize, fall: f64) -> Vec<f64> {
    let mut generator = Generator::new(5, 0);
    let value = |i| 0.9 + 0.0134 * (generator.normal() - if i < at { 0.0 } else { fall });
    (0..count).map(value).collect()
}

#[test]
fn a_fall_is_told_with_its_levels_and_where_it_began() {
    let values = accuracies(40, 30, 3.0);
    for detector in [PAGE_HINKLEY, DDM] {
        let found = changes(&told(detector, &values, 500));
        let [(at, change)] = found[..] else { panic!("{detector:?}: {found:?}") };
        assert!((31..36).contains(&at), "{detector:?}: {at}");
        assert!(!change.up && change.before.windows + change.after.windows == at + 1);
        assert!(change.before.windows.abs_diff(30) <= 2, "{change:?}");
        assert!((change.before.mean - 0.9).abs() < 0.01, "{change:?}");
        assert!((change.after.mean - 0.86).abs() < 0.015, "{change:?}");
    }
}

#[test]
fn a_rise_is_told_as_one_and_by_ddm_not_at_all() {
    let mirrored: Vec<f64> = accuracies(40, 30, 3.0).iter().map(|v| 1.7 - v).collect();
    let found = changes(&told(PAGE_HINKLEY, &mirrored, 500));
    assert!(matches!(found[..], [(_, Change { up: true, .. })]), "{found:?}");
    assert!(changes(&told(DDM, &mirrored, 500)).is_empty());
}

#[test]
fn adwin_needs_many_windows_and_large_shifts() {
    let steps = |before: usize, low: f64| -> Vec<f64> {
        (0..before + 60).map(|i| if i < before { 0.9 } else { low }).collect()
    };
    let found = changes(&told(ADWIN, &steps(100, 0.5), 500));
    let [(at, change)] = found[..] else { panic!("{found:?}") };
    assert!((130..145).contains(&at), "{at}");
    assert!(!change.up && change.before.windows.abs_diff(100) <= 8, "{change:?}");
    assert!((change.before.mean - 0.9).abs() < 0.05 && (change.after.mean - 0.5).abs() < 0.05);
    assert!(changes(&told(ADWIN, &steps(20, 0.8), 500)).is_empty());
}

#[test]
fn too_few_windows_are_said_and_a_change_begins_anew() {
    let values = [&[0.8, 0.81, 0.79, 0.8, 0.81, 0.8, 0.79][..], &[0.4; 8]].concat();
    let found = told(PAGE_HINKLEY, &values, 500);
    for (earlier, told) in found.iter().take(5).enumerate() {
        assert_eq!(*told, Told::Few { earlier, anew: false });
    }
    assert_eq!(found[5..7], [Told::Calm; 2]);
    let at = changes(&found)[0].0;
    assert!((7..9).contains(&at), "{at}");
    for (earlier, told) in found[at + 1..].iter().take(5).enumerate() {
        assert_eq!(*told, Told::Few { earlier, anew: true });
    }
    assert_eq!(changes(&found).len(), 1, "the new level is the reference");
    assert_eq!(told(ADWIN, &values, 500)[9], Told::Few { earlier: 9, anew: false });
    assert_eq!(told(DDM, &values, 500)[..2], [Told::Few { earlier: 0, anew: false }, Told::Calm]);
}

proptest! {
    #[test]
    fn what_is_constant_does_not_change(
        value in prop::sample::select(vec![0.0, 0.1, 1.0 / 3.0, 0.9, 1.0]),
        rows in prop::collection::vec(30..2000u64, 1..150),
    ) {
        for detector in ALL {
            let mut watch = Watch::new(detector);
            for rows in &rows {
                let told = watch.take(Window { value, rows: *rows });
                prop_assert!(!matches!(told, Told::Changed(_)), "{:?}: {:?}", detector, told);
            }
        }
        for detector in [ADWIN, PAGE_HINKLEY] {
            let found = told(detector, &vec![-1e6 * value; 60], 500);
            prop_assert!(changes(&found).is_empty());
        }
    }

    #[test]
    fn what_is_told_of_a_window_hangs_on_those_before_it_alone(
        values in prop::collection::vec(0.0..1.0f64, 1..80), at in 0..80usize,
    ) {
        let at = at % values.len() + 1;
        for detector in ALL {
            let mut all = told(detector, &values, 200);
            all.truncate(at);
            prop_assert_eq!(told(detector, &values[..at], 200), all);
        }
    }

    #[test]
    fn a_change_is_of_the_windows_since_the_one_before_and_in_its_direction(
        values in prop::collection::vec(0.0..1.0f64, 1..150),
        steps in prop::collection::vec(0.0..8.0f64, 3),
    ) {
        let step = |(i, v): (usize, &f64)| (v + steps[i * steps.len() / values.len()]) / 9.0;
        let values: Vec<f64> = values.iter().enumerate().map(step).collect();
        for detector in ALL {
            let mut last = 0;
            for (at, change) in changes(&told(detector, &values, 300)) {
                let Change { up, before, after } = change;
                prop_assert_eq!(before.windows + after.windows, at + 1 - last);
                prop_assert!(before.windows > 0 && after.windows > 0);
                prop_assert_eq!(up, after.mean > before.mean, "{:?}: {:?}", detector, change);
                last = at + 1;
            }
        }
    }
}
