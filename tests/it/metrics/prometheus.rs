//! Questions to a running Prometheus.

use std::time::{Duration, Instant};

use behavior_trace::Timestamp;
use behavior_trace_servers::Prometheus;
use form_urlencoded::Serializer;
use http::{Request, StatusCode};
use serde_json::Value;

use crate::http::send;

/// Time limit for a scrape.
const PATIENCE: Duration = Duration::from_secs(30);
/// Interval of the questions for a scrape that is still to come.
const LOOK: Duration = Duration::from_millis(50);
/// Prometheus moves the time of a scrape by up to 2 ms, so that times take less room.
const MOVED: Duration = Duration::from_millis(2);

/// Interface of a running Prometheus.
pub(super) struct Api<'a>(pub(super) &'a Prometheus);

impl Api<'_> {
    /// Returns the `data` of an answer.
    pub(super) async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let parameters = Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let url = format!("http://{}/api/v1/{path}?{parameters}", self.0.address());
        let answer = send(Request::get(url), "").await;
        assert_eq!(answer.status(), StatusCode::OK, "{parameters}: {answer:?}");
        let mut answer: Value = serde_json::from_str(answer.body()).expect("it is JSON");
        answer["data"].take()
    }

    /// Returns the samples of an expression, now or at a time.
    pub(super) async fn query(&self, expression: &str, at: Option<&str>) -> Vec<Value> {
        let mut parameters = vec![("query", expression)];
        parameters.extend(at.map(|at| ("time", at)));
        let data = self.get("query", &parameters).await;
        data["result"].as_array().expect("a vector").clone()
    }

    /// Returns the one value of an expression at a time, as Prometheus writes it.
    pub(super) async fn value(&self, expression: &str, at: &str) -> String {
        let samples = self.query(expression, Some(at)).await;
        let [sample] = &samples[..] else {
            panic!("{expression} at {at}: {samples:?}");
        };
        sample["value"][1].as_str().expect("a text").to_owned()
    }

    /// Waits for the first scrape that began after a moment, and returns its time in Prometheus's own digits.
    pub(super) async fn first_scrape_after(&self, moment: Timestamp) -> String {
        let begun = Instant::now();
        loop {
            // All samples of the last minute, with the times at which they were scraped.
            let series = self.query("behavior_trace_accepted_total[1m]", None).await;
            let samples = series.first().map(|series| &series["values"]);
            let times = samples.and_then(Value::as_array).into_iter().flatten();
            let is_after = |time: &f64| *time > seconds(moment) + MOVED.as_secs_f64();
            let first = times.filter_map(|sample| sample[0].as_f64()).find(is_after);
            if let Some(time) = first {
                return format!("{time:.3}");
            }
            assert!(begun.elapsed() < PATIENCE, "no scrape: {series:?}");
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn seconds(moment: Timestamp) -> f64 {
    let micros = u64::try_from(moment.as_micros()).expect("after 1970");
    Duration::from_micros(micros).as_secs_f64()
}
