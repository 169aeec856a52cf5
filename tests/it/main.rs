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
mod fuzz_seeds;
mod grpc;
mod hand_offs;
mod http;
mod hyper;
mod importing;
mod kill_switch;
mod layer;
mod layer_beside;
mod linked;
mod macros;
mod migrate;
mod moving;
mod outage;
mod php;
mod policy_source;
mod spans;
mod takeover;
mod targets;
mod tasks;
mod test_kit;
mod traits;
mod transaction;
mod verification;
