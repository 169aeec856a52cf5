//! What must hold of anything that arrives; shared by the fuzz targets and the plain test over their seeds.

use std::net::IpAddr;

use behavior_trace_buffer::{BufferFiles, Collector};
use behavior_trace_core::ContextToken;
use behavior_trace_layer::headers::{
    ForwardingHeader, TrustedProxies, client_address, correlation_id, request_id, trace_id,
    user_agent,
};

/// A trace id that is read is one.
pub(crate) fn traceparent(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Some(id) = trace_id(text) {
        assert_eq!(id.len(), 32);
        assert!(
            id.bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        );
        assert!(id.bytes().any(|byte| byte != b'0'));
    }
}

/// Whatever a client sends, the address is that of whom the trusted proxy was asked by.
pub(crate) fn forwarded(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (proxy, client) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([203, 0, 113, 9]));
    for header in [ForwardingHeader::XForwardedFor, ForwardingHeader::Forwarded] {
        let Ok(proxies) = TrustedProxies::parse(["10.0.0.0/8"]) else {
            return;
        };
        let proxies = proxies.with_header(header);
        assert_eq!(client_address(client, &proxies, [text]), client);
        let appended = match header {
            ForwardingHeader::Forwarded => format!("{text}, for={client}"),
            _ => format!("{text}, {client}"),
        };
        assert_eq!(client_address(proxy, &proxies, [appended.as_str()]), client);
    }
}

/// An id or an agent that is kept fits its column and holds nothing that does harm.
pub(crate) fn ids(bytes: &[u8]) {
    if let Some(agent) = user_agent(bytes) {
        assert!(agent.chars().count() <= 512 && !agent.contains(char::is_control));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for (id, limit) in [(request_id(text), 64), (correlation_id(text), 36)] {
        if let Some(id) = id {
            assert!(id.len() <= limit && id.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
}

/// A token that is read writes what it read.
pub(crate) fn token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(token) = text.parse::<ContextToken>() {
        let written = token.to_string();
        let again = written
            .parse::<ContextToken>()
            .map(|token| token.to_string());
        assert_eq!(again.as_deref(), Ok(written.as_str()));
    }
}

/// A file of a dead process holds frames or not, and each process after it finds the same ones with the same ids.
pub(crate) fn buffer(bytes: &[u8]) {
    let name = format!("behavior-trace-fuzz-{}.buffer", std::process::id());
    let path = std::env::temp_dir().join(name);
    let Ok(()) = std::fs::write(&path, bytes) else {
        return;
    };
    if let Ok(mut first) = BufferFiles::adopt(&path) {
        let found = frames(&mut first);
        for (_, _, fields) in &found {
            assert!(fields.is_empty() || bytes.windows(fields.len()).any(|part| part == fields));
        }
        assert!(first.policy().chars().count() <= behavior_trace_buffer::POLICY_NAME);
        // A frame has the rest of its file, so no more of them than that are there.
        assert!(found.len() <= bytes.len() / 24);
        // A file has one owner in a process.
        assert!(BufferFiles::adopt(&path).is_err());
        drop(first);
        if let Ok(mut second) = BufferFiles::adopt(&path) {
            assert_eq!(frames(&mut second), found);
            second.settle(second.collected());
            drop(second);
        }
        if let Ok(mut third) = BufferFiles::adopt(&path) {
            assert!(frames(&mut third).is_empty());
        }
    }
    let _ = std::fs::remove_file(path);
}

fn frames(collector: &mut Collector) -> Vec<(i64, [u8; 16], Vec<u8>)> {
    let mut found = Vec::new();
    collector.collect(usize::MAX, &mut Vec::new(), |frame| {
        found.push((frame.micros, frame.id, frame.fields.as_bytes().to_vec()));
    });
    found
}
