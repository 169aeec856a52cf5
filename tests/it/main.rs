//! The integration tests, one binary.

mod actors;
mod alone;
#[path = "../../trace-layer/src/collected.rs"]
mod collected;
mod context;
mod costs;
mod database;
mod end_to_end;
mod equality;
mod faults;
mod first_requests;
mod fuzz_seeds;
mod grpc;
mod hand_offs;
mod health;
mod http;
mod hyper;
mod install;
mod kill_switch;
mod layer;
mod layer_beside;
mod linked;
mod macros;
mod metrics;
mod migrate;
mod moving;
mod outage;
mod policy_source;
mod spans;
mod targets;
mod tasks;
mod test_kit;
mod traits;
mod transaction;
mod verification;
