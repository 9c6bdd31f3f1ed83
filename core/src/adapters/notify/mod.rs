//! Messages to people and machines when an alert opens or closes: webhooks, in the shape that their
//! receiver takes. Each shape has one writer, in which text from outside stays text.

mod cloudevents;
mod slack;
mod teams;
#[cfg(test)]
mod tests;
mod texts;
mod webhook;

pub use webhook::Webhook;
