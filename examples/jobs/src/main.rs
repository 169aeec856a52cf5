//! A job queue that keeps who asked for a job, through a restart of the process.
//!
//! ```sh
//! cargo run -- request 12   # a request of user 7, which creates order 12 and queues its invoice
//! cargo run -- work         # another process, which creates the invoice; Ctrl-C stops it
//! ```
//!
//! The queue is in `queue.db`, the activity in `activity.db`. Both rows are user 7's, through the same request.

use std::error::Error;
use std::io;
use std::time::Duration;

use apalis::prelude::*;
use apalis_sqlite::{SqlitePool, SqliteStorage};
use behavior_trace::context::ContextToken;
use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace};
use serde::{Deserialize, Serialize};

/// A job: what it is about, and the context of the request that queued it.
#[derive(Serialize, Deserialize)]
struct InvoiceJob {
    order: u64,
    context: ContextToken,
}

type Queue = SqliteStorage<InvoiceJob>;

#[behavior_trace(action = "order.create", resource = "Order", resource_id = order)]
async fn create_order(queue: &mut Queue, order: u64) -> Result<(), BoxDynError> {
    let context = Context::current().unwrap_or_default().token();
    Ok(queue.push(InvoiceJob { order, context }).await?)
}

#[behavior_trace(action = "invoice.create", resource = "Invoice", resource_id = order)]
async fn create_invoice(order: u64) -> Result<(), BoxDynError> {
    println!("invoice for order {order}");
    Ok(())
}

/// Runs a job in the context of its request.
async fn run_job(job: InvoiceJob) -> Result<(), BoxDynError> {
    let context = Context::from(job.context);
    context.scope(create_invoice(job.order)).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let recorder = BehaviorTrace::start("sqlite:activity.db")?;
    recorder.install()?;

    let pool = SqlitePool::connect("sqlite:queue.db?mode=rwc").await?;
    SqliteStorage::setup(&pool).await?;
    let mut queue = Queue::new(&pool);
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["request", order] => {
            // A web framework's middleware makes this context.
            let request = Context::new().actor(Actor::user(7)).request_id("r-1");
            request
                .scope(create_order(&mut queue, order.parse()?))
                .await?;
        }
        ["work"] => {
            let worker = WorkerBuilder::new("invoices").backend(queue).build(run_job);
            worker.run_until(tokio::signal::ctrl_c()).await?;
        }
        _ => return Err(io::Error::other("pass `request ORDER` or `work`").into()),
    }
    println!("{}", recorder.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
