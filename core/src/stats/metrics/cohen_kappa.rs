//! `cohen-kappa`: agreement beyond chance; linear and quadratic where classes have an order.

use super::definition::{CLASSES, Definition};

/// `cohen-kappa`
pub const DEFINITION: Definition = Definition::of_answers(
    "cohen-kappa",
    "Agreement of answers and labels beyond what chance gives",
    CLASSES,
    |c, _| c.kappa(|apart| f64::from(u8::from(apart > 0))),
);

/// `cohen-kappa-linear`
pub const LINEAR: Definition = Definition::of_answers(
    "cohen-kappa-linear",
    "Cohen's kappa where being off by two classes is twice as bad",
    CLASSES,
    |c, _| c.kappa(|apart| apart as f64),
);

/// `cohen-kappa-quadratic`
pub const QUADRATIC: Definition = Definition::of_answers(
    "cohen-kappa-quadratic",
    "Cohen's kappa where being off by two classes is four times as bad",
    CLASSES,
    |c, _| c.kappa(|apart| (apart * apart) as f64),
);

#[cfg(test)]
mod tests {
    use crate::stats::{Metric, Sample, measure};

    #[test]
    fn answers_in_the_opposite_order_are_minus_one_and_no_less() {
        let metric = Metric::all().find(|metric| metric.name() == "cohen-kappa-quadratic");
        let sample = Sample::multiclass(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0], 4);
        assert_eq!(measure(metric.unwrap(), sample), Ok(-1.0));
    }
}
