//! A session with the driver, in WebDriver's JSON over HTTP (<https://www.w3.org/TR/webdriver2/>).

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Response;

use super::driver::Driver;
use super::launch;
use crate::{ChromiumBinaries, ServerError};

/// Time limit of a call, above those of pages and scripts.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time limit of the browser's own end.
const END: Duration = Duration::from_secs(5);
/// Maximum bytes of an answer: a picture of a long page.
const ANSWER: u64 = 256 << 20;

/// Session with one browser, which ends with it.
#[derive(Debug)]
pub(super) struct Session {
    address: String,
    agent: Agent,
    driver: Driver,
}

impl Session {
    pub(super) fn start(binaries: &ChromiumBinaries) -> Result<Self, ServerError> {
        let driver = Driver::start(binaries)?;
        let configuration = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            // The machine's proxy does not know its loopback.
            .proxy(None);
        let mut session = Self {
            address: format!("http://127.0.0.1:{}/session", driver.port()),
            agent: configuration.build().into(),
            driver,
        };
        let wanted = launch::capabilities(binaries, session.driver.home());
        let response = session.agent.post(&session.address).send_json(wanted);
        let made = answer("start", response)
            .map_err(|error| session.driver.failed(&format!("has no browser ({error})")))?;
        let id = made["sessionId"].as_str().unwrap_or_default();
        session.address = format!("{}/{id}", session.address);
        Ok(session)
    }

    /// Asks the driver. `what` completes "the browser cannot …" in an error.
    pub(super) fn get(&self, what: &str, path: &str) -> Result<Value, ServerError> {
        answer(what, self.agent.get(self.url(path)).call())
    }

    /// Asks the driver for a text.
    pub(super) fn text(&self, what: &str, path: &str) -> Result<String, ServerError> {
        let value = self.get(what, path)?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Has the driver do something.
    pub(super) fn post(&self, what: &str, path: &str, body: &Value) -> Result<Value, ServerError> {
        answer(what, self.agent.post(self.url(path)).send_json(body))
    }

    /// Runs a command of the DevTools protocol, for what WebDriver lacks.
    pub(super) fn devtools(&self, command: &str, parameters: &Value) -> Result<Value, ServerError> {
        let body = json!({ "cmd": command, "params": parameters });
        let what = format!("run `{command}`");
        self.post(&what, "goog/cdp/execute", &body)
    }

    pub(super) const fn driver(&self) -> &Driver {
        &self.driver
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.address)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The driver waits for the end of the browser, and the kill after it finds no more than the driver.
        let request = self.agent.delete(&self.address).config();
        let _ = request.timeout_global(Some(END)).build().call();
    }
}

/// Returns the value of an answer, or the error in it.
fn answer(
    what: &str,
    response: Result<Response<ureq::Body>, ureq::Error>,
) -> Result<Value, ServerError> {
    let failed = |error: ureq::Error| ServerError::browser(what, error.to_string());
    let mut response = response.map_err(failed)?;
    let body = response.body_mut().with_config().limit(ANSWER);
    let mut answer: Value = body.read_json().map_err(failed)?;
    let value = answer["value"].take();
    if response.status().is_success() {
        return Ok(value);
    }
    let part = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let message = part("message");
    // Lines after the first name the driver's version.
    let first = message.lines().next().unwrap_or_default();
    let first = first.strip_prefix(&part("error")).unwrap_or(first);
    Err(ServerError::browser(
        what,
        format!("{}{first}", part("error")),
    ))
}
