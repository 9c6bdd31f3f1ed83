//! One file a metric: its name, which way is better, and how it is computed.

pub mod accuracy;
pub mod average_precision;
pub mod balanced_accuracy;
pub mod brier;
pub mod definition;
pub mod ece;
pub mod f1;
pub mod log_loss;
pub mod mae;
pub mod mape;
pub mod mcc;
pub mod mse;
pub mod precision;
pub mod r2;
pub mod recall;
pub mod rmse;
pub mod roc_auc;

pub use definition::{Definition, Prepared};

/// Every metric, in the order in which reports show them.
pub const ALL: &[&Definition] = &[
    &roc_auc::DEFINITION,
    &average_precision::DEFINITION,
    &accuracy::DEFINITION,
    &balanced_accuracy::DEFINITION,
    &precision::DEFINITION,
    &recall::DEFINITION,
    &f1::DEFINITION,
    &mcc::DEFINITION,
    &log_loss::DEFINITION,
    &brier::DEFINITION,
    &ece::DEFINITION,
    &mae::DEFINITION,
    &mse::DEFINITION,
    &rmse::DEFINITION,
    &mape::DEFINITION,
    &r2::DEFINITION,
];
