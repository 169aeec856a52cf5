//! The agent, which a client may choose freely.

use behavior_trace_core::limits;

/// The agent of a `user-agent` header, cut to 512 characters; nothing if it is empty, no UTF-8 or holds control
/// characters.
///
/// ```
/// use behavior_trace_layer::headers::user_agent;
///
/// assert_eq!(user_agent(b"curl/8.5.0"), Some("curl/8.5.0"));
/// assert_eq!(user_agent(b"\xff"), None);
/// ```
pub fn user_agent(value: &[u8]) -> Option<&str> {
    let agent = std::str::from_utf8(value).ok()?.trim();
    if agent.is_empty() || agent.contains(char::is_control) {
        return None;
    }
    let end = agent.char_indices().nth(limits::USER_AGENT);
    Some(&agent[..end.map_or(agent.len(), |(at, _)| at)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_agent_is_cut_by_characters() {
        let agent = "é".repeat(600);
        let kept = user_agent(agent.as_bytes()).unwrap();
        assert_eq!(kept.chars().count(), 512);
    }

    #[test]
    fn an_agent_with_control_characters_is_refused() {
        assert_eq!(user_agent(b"a\tb"), None);
        assert_eq!(user_agent(b"\x1b[31mred"), None);
        assert_eq!(user_agent(b"  "), None);
    }
}
