//! A query and its answer. The answer can be taken up again after a connection broke, and has to be
//! where a server ends streams that take long.

use std::time::Duration;

use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;

use super::answer::Arrived;
use super::client::{SparkConnect, WAITS, path, ready, unique};
use super::failure::{is_forgotten, may_pass};
use super::messages::{
    ExecutePlanRequest, ExecutePlanResponse, InterruptRequest, InterruptType, Interrupted, Nothing,
    Plan, ReattachExecuteRequest, ReattachOptions, Relation, ReleaseAll, ReleaseExecuteRequest,
    RequestOption, Sql,
};
use crate::domain::error::Result;
use crate::ports::engine::Rows;

/// Longest time for a small call beside a query.
const BESIDE: Duration = Duration::from_secs(5);

/// How a stream ended.
enum End {
    /// All of the answer is there.
    Whole,
    /// The stream ended before the answer did.
    Cut(Option<Status>),
}

/// An answer while it comes.
struct Coming {
    operation: String,
    last: Option<String>,
    arrived: Arrived,
}

impl SparkConnect {
    pub(super) fn execute(&self, sql: &str) -> Result<Rows> {
        let mut coming = Coming { operation: unique(), last: None, arrived: Arrived::default() };
        let timeout = self.options.timeout;
        let mut odd = None;
        let outcome = self.block_on(async {
            let all = self.whole(sql, &mut coming, &mut odd);
            match tokio::time::timeout(timeout, all).await {
                Ok(result) => result,
                Err(_) => Err(Status::deadline_exceeded("")),
            }
        });
        let outcome = match odd {
            Some(error) => Err(error),
            None => outcome,
        };
        match outcome {
            Ok(()) => {
                self.release(&coming.operation);
                coming.arrived.rows()
            }
            Err(error) => {
                self.call_off(&coming.operation);
                Err(error)
            }
        }
    }

    /// Takes the whole answer, in as many streams as it needs.
    async fn whole(
        &self,
        sql: &str,
        coming: &mut Coming,
        odd: &mut Option<crate::domain::error::Error>,
    ) -> std::result::Result<(), Status> {
        let mut waits = WAITS.iter();
        let mut begun = false;
        loop {
            let stream = match begun {
                false => self.begin(sql, coming).await,
                true => self.reattach(coming).await,
            };
            begun = true;
            let before = coming.last.clone();
            let end = match stream {
                Ok(stream) => take(stream, coming, odd).await,
                Err(status) => End::Cut(Some(status)),
            };
            match end {
                End::Whole => return Ok(()),
                _ if odd.is_some() => return Err(Status::data_loss("")),
                // The server knows nothing of the question any more: it is asked once more, and what
                // came of the answer is dropped.
                End::Cut(Some(status)) if is_forgotten(&status) => {
                    let Some(wait) = waits.next() else { return Err(status) };
                    tokio::time::sleep(*wait).await;
                    self.use_utc().await?;
                    *coming =
                        Coming { operation: unique(), last: None, arrived: Arrived::default() };
                    begun = false;
                }
                End::Cut(Some(status)) if !may_pass(&status) => return Err(status),
                End::Cut(status) => {
                    if coming.last != before {
                        waits = WAITS.iter();
                    }
                    let gone = || Status::unavailable("the answer ended before it was whole");
                    let Some(wait) = waits.next() else {
                        return Err(status.unwrap_or_else(gone));
                    };
                    tokio::time::sleep(*wait).await;
                }
            }
        }
    }

    async fn begin(
        &self,
        sql: &str,
        coming: &Coming,
    ) -> std::result::Result<Streaming<ExecutePlanResponse>, Status> {
        let reattachable = ReattachOptions { reattachable: true };
        let request = self.request(ExecutePlanRequest {
            session_id: self.session.clone(),
            user_context: Some(self.user()),
            plan: Some(Plan { root: Some(Relation { sql: Some(Sql { query: sql.to_owned() }) }) }),
            client_type: Some(self.client()),
            request_options: vec![RequestOption { reattach_options: Some(reattachable) }],
            operation_id: Some(coming.operation.clone()),
        })?;
        let mut grpc = self.grpc();
        ready(&mut grpc).await?;
        let codec = ProstCodec::default();
        grpc.server_streaming(request, path("ExecutePlan")?, codec).await.map(|r| r.into_inner())
    }

    async fn reattach(
        &self,
        coming: &Coming,
    ) -> std::result::Result<Streaming<ExecutePlanResponse>, Status> {
        let request = self.request(ReattachExecuteRequest {
            session_id: self.session.clone(),
            user_context: Some(self.user()),
            operation_id: coming.operation.clone(),
            client_type: Some(self.client()),
            last_response_id: coming.last.clone(),
        })?;
        let mut grpc = self.grpc();
        ready(&mut grpc).await?;
        let codec = ProstCodec::default();
        grpc.server_streaming(request, path("ReattachExecute")?, codec)
            .await
            .map(|r| r.into_inner())
    }

    /// Lets the server forget the answer. One that keeps it will forget it with the session.
    fn release(&self, operation: &str) {
        let request = ReleaseExecuteRequest {
            session_id: self.session.clone(),
            user_context: Some(self.user()),
            operation_id: operation.to_owned(),
            client_type: Some(self.client()),
            release_all: Some(ReleaseAll {}),
        };
        let _ = self.block_on(self.unary::<_, Nothing>("ReleaseExecute", request, BESIDE));
    }

    /// Ends the query on the server, as far as that is still there.
    fn call_off(&self, operation: &str) {
        let request = InterruptRequest {
            session_id: self.session.clone(),
            user_context: Some(self.user()),
            client_type: Some(self.client()),
            interrupt_type: InterruptType::OperationId.into(),
            interrupted: Some(Interrupted::OperationId(operation.to_owned())),
        };
        self.farewell(self.unary::<_, Nothing>("Interrupt", request, BESIDE));
    }
}

/// Takes what one stream gives.
async fn take(
    mut stream: Streaming<ExecutePlanResponse>,
    coming: &mut Coming,
    odd: &mut Option<crate::domain::error::Error>,
) -> End {
    loop {
        match stream.message().await {
            Ok(Some(message)) => {
                if !message.response_id.is_empty() {
                    coming.last = Some(message.response_id);
                }
                if let Some(batch) = message.arrow_batch
                    && let Err(error) = coming.arrived.add(batch.data, batch.row_count)
                {
                    *odd = Some(error);
                    return End::Cut(None);
                }
                if message.result_complete.is_some() {
                    return End::Whole;
                }
            }
            Ok(None) => return End::Cut(None),
            Err(status) => return End::Cut(Some(status)),
        }
    }
}
