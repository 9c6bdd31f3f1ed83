//! One file a metric: its name, which way is better, and how it is computed.

pub mod accuracy;
pub mod average_precision;
pub mod average_precision_classes;
pub mod balanced_accuracy;
pub mod best;
pub mod brier;
mod class_ranks;
pub mod cohen_kappa;
pub mod definition;
pub mod ece;
pub mod explained_variance;
pub mod f1;
pub mod family;
pub mod gini;
pub mod ks;
pub mod lift;
pub mod log_loss;
pub mod mae;
pub mod mape;
pub mod max_error;
pub mod mcc;
pub mod median_absolute_error;
pub mod mse;
pub mod precision;
pub mod quantile_loss;
pub mod r2;
pub mod recall;
pub mod rmse;
pub mod roc_auc;
pub mod roc_auc_ovo;
pub mod roc_auc_ovr;
pub mod smape;
pub mod specificity;
pub mod top_accuracy;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod reference_tests;

pub(super) use definition::one_by_one;
pub use definition::{Definition, InLanes, Prepared};
pub use family::Family;

/// Every metric with a fixed name, in the order in which reports show them.
pub const ALL: &[&Definition] = &[
    &roc_auc::DEFINITION,
    &average_precision::DEFINITION,
    &accuracy::DEFINITION,
    &balanced_accuracy::DEFINITION,
    &precision::DEFINITION,
    &recall::DEFINITION,
    &specificity::DEFINITION,
    &f1::DEFINITION,
    &f1::HALF,
    &f1::TWO,
    &precision::MACRO,
    &precision::MICRO,
    &precision::WEIGHTED,
    &recall::MACRO,
    &recall::MICRO,
    &recall::WEIGHTED,
    &f1::MACRO,
    &f1::MICRO,
    &f1::WEIGHTED,
    &mcc::DEFINITION,
    &cohen_kappa::DEFINITION,
    &cohen_kappa::LINEAR,
    &cohen_kappa::QUADRATIC,
    &roc_auc_ovr::MACRO,
    &roc_auc_ovr::WEIGHTED,
    &roc_auc_ovo::MACRO,
    &roc_auc_ovo::WEIGHTED,
    &average_precision_classes::MACRO,
    &average_precision_classes::WEIGHTED,
    &top_accuracy::DEFINITION,
    &ks::DEFINITION,
    &gini::DEFINITION,
    &lift::DEFINITION,
    &best::ACCURACY,
    &best::BALANCED_ACCURACY,
    &best::F1,
    &best::MCC,
    &log_loss::DEFINITION,
    &brier::DEFINITION,
    &ece::DEFINITION,
    &ece::QUANTILE,
    &mae::DEFINITION,
    &mse::DEFINITION,
    &rmse::DEFINITION,
    &median_absolute_error::DEFINITION,
    &max_error::DEFINITION,
    &mape::DEFINITION,
    &smape::DEFINITION,
    &quantile_loss::LOW,
    &quantile_loss::MEDIAN,
    &quantile_loss::HIGH,
    &r2::DEFINITION,
    &explained_variance::DEFINITION,
];

/// Metrics with a number in their name.
pub const FAMILIES: &[Family] = &[
    f1::FAMILIES[0],
    f1::FAMILIES[1],
    f1::FAMILIES[2],
    f1::FAMILIES[3],
    lift::FAMILY,
    top_accuracy::FAMILY,
    ece::FAMILY,
    quantile_loss::FAMILY,
];
