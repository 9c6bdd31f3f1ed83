//! CloudEvents 1.0, structured mode in JSON: the event and its data in one object. The receiver
//! tells a notice that arrives twice by `source` and `id`.

use serde_json::{Value, json};

use crate::ports::notifier::Notice;

/// The type of the event.
const TYPE: &str = "outerloop.monitor.alerts-changed.v1";

/// The body of the call. Names of models have no character that a URI would not.
pub(super) fn body(notice: &Notice) -> Value {
    json!({
        "specversion": "1.0",
        "id": notice.event,
        "source": format!("/outerloop/models/{}", notice.model),
        "type": TYPE,
        "subject": notice.version,
        "time": notice.time,
        "datacontenttype": "application/json",
        "data": notice,
    })
}
