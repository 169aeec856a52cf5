//! Blocking work in actix-web.

use actix_web::{Error, HttpResponse, error, web};
use behavior_trace::behavior_trace;
use behavior_trace_actix::block;

#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
fn approve(id: u64) -> Result<(), String> {
    // … with a connection of diesel …
    Ok(())
}

async fn approve_order(id: web::Path<u64>) -> Result<HttpResponse, Error> {
    let approved = block(move || approve(*id)).await?;
    approved.map_err(error::ErrorConflict)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Returns the route of the approval.
pub fn route() -> actix_web::Route {
    web::post().to(approve_order)
}
