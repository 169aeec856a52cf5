//! Streams of NATS as places of copies.

use std::env;

use behavior_trace_nats::JetStream;

use super::login::{NatsLoginArgs, VARIABLE};
use crate::failure::Failure;
use crate::secret::has_user_info;

const FORM: &str = "write it as nats://HOST,HOST/STREAM, or as nats:STREAM with the servers in BEHAVIOR_TRACE_NATS_URL";

/// Returns the stream that a target names, or nothing if it names files.
pub(crate) fn stream_of(target: &str, login: &NatsLoginArgs) -> Result<Option<JetStream>, Failure> {
    let Some((scheme, rest)) = target.split_once(':') else {
        return Ok(None);
    };
    if !matches!(scheme, "nats" | "tls") {
        return Ok(None);
    }
    if has_user_info(target) {
        return Err(Failure::usage(format!(
            "a password or token in an argument is visible to every user of this machine; set {VARIABLE} and write nats:STREAM \
             instead, and change it"
        )));
    }
    let form = || Failure::usage(format!("`{target}` names no stream of NATS; {FORM}"));
    let (url, stream) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (hosts, stream) = rest.split_once('/').ok_or_else(form)?;
            (format!("{scheme}://{hosts}"), stream)
        }
        None => (env::var(VARIABLE).map_err(|_| form())?, rest),
    };
    let usage = |error: behavior_trace_nats::NatsError| Failure::usage(error.to_string());
    let servers = JetStream::new(url).map_err(usage)?;
    let stream = servers.stream(stream).map_err(usage)?;
    Ok(Some(login.add_to(stream)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_a_stream_or_files_and_has_no_login() {
        let stream_of = |target| stream_of(target, &NatsLoginArgs::default());
        for files in ["parquet:/srv/a", "s3://bucket/prefix", "folder"] {
            assert!(stream_of(files).expect("no stream").is_none(), "{files}");
        }
        let stream = stream_of("tls://one,two:4333/copies").expect("a stream");
        assert!(format!("{stream:?}").contains("one:4222,two:4333"));
        for bad in [
            "nats://one",
            "nats://app:canary77@one/copies",
            "nats://one/a.b",
            "nats://one:port/copies",
        ] {
            let failure = stream_of(bad).expect_err(bad);
            assert!(!failure.to_string().contains("canary77"), "{failure}");
        }
    }
}
