//! The attribute on the methods of a tonic service.

use ::tonic::{Request, Response, Status};
use behavior_trace::behavior_trace;
use tracing::instrument;

use crate::collected::{block_on, events};

/// Trait in the form that `tonic-build` generates.
#[::tonic::async_trait]
trait Users: Send + Sync + 'static {
    async fn rename(&self, request: Request<u64>) -> Result<Response<u64>, Status>;
    async fn remove(&self, request: Request<u64>) -> Result<Response<u64>, Status>;
}

struct Service;

#[::tonic::async_trait]
impl Users for Service {
    #[behavior_trace(action = "user.rename", resource = "User", resource_id = request.get_ref())]
    #[instrument(skip(self, request), fields(request_id = "r-7"), err)]
    async fn rename(&self, request: Request<u64>) -> Result<Response<u64>, Status> {
        tokio::task::yield_now().await;
        if *request.get_ref() == 0 {
            return Err(Status::not_found("nobody"));
        }
        Ok(Response::new(request.into_inner()))
    }

    #[behavior_trace(action = "user.remove", resource = "User", bind = event, when = |ok| *ok.get_ref() > 1)]
    #[instrument(skip_all, fields(request_id = "r-7"), ret, err)]
    async fn remove(&self, request: Request<u64>) -> Result<Response<u64>, Status> {
        let id = request.into_inner();
        event.resource_id(id);
        id.checked_sub(1)
            .ok_or_else(|| Status::not_found("nobody"))?;
        Ok(Response::new(id))
    }
}

#[test]
fn a_service_is_recorded_in_its_span() {
    let renamed = ["user.rename User id=7 request=r-7"];
    assert_eq!(
        events(|| block_on(Service.rename(Request::new(7)))),
        renamed
    );
    assert_eq!(
        events(|| block_on(Service.rename(Request::new(0)))),
        [""; 0]
    );
    let removed = ["user.remove User id=7 request=r-7"];
    assert_eq!(
        events(|| block_on(Service.remove(Request::new(7)))),
        removed
    );
    assert_eq!(
        events(|| block_on(Service.remove(Request::new(0)))),
        [""; 0]
    );
}
