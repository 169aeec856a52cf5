//! The user agent, which the client may choose freely.

/// Returns the agent of a `user-agent` header, or `None` if it is empty, not UTF-8 or contains control characters.
///
/// A long agent is not cut here. A context keeps enough of it for the policy to see its length.
///
/// ```
/// use behavior_trace::headers::user_agent;
///
/// assert_eq!(user_agent(b"curl/8.5.0"), Some("curl/8.5.0"));
/// assert_eq!(user_agent(b"\xff"), None);
/// ```
pub fn user_agent(value: &[u8]) -> Option<&str> {
    let agent = std::str::from_utf8(value).ok()?.trim();
    (!agent.is_empty() && !agent.contains(char::is_control)).then_some(agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_agent_is_left_to_the_policy_to_cut() {
        let agent = "é".repeat(600);
        assert_eq!(user_agent(agent.as_bytes()), Some(&*agent));
    }

    #[test]
    fn an_agent_with_control_characters_is_refused() {
        assert_eq!(user_agent(b"a\tb"), None);
        assert_eq!(user_agent(b"\x1b[31mred"), None);
        assert_eq!(user_agent(b"  "), None);
    }
}
