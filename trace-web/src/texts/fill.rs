//! Texts with places.

use maud::{Markup, PreEscaped, Render};

/// Fills the places `{name}` of a text with markup. All else of the text is escaped. A place that has no filling stays as it
/// is written.
pub(crate) fn fill(text: &str, filling: &[(&str, Markup)]) -> Markup {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        before.render_to(&mut html);
        let place = after.split_once('}');
        let found = place.and_then(|(name, end)| {
            let filled = filling.iter().find(|(place, _)| *place == name)?;
            Some((&filled.1, end))
        });
        if let Some((markup, end)) = found {
            html.push_str(&markup.0);
            rest = end;
        } else {
            html.push('{');
            rest = after;
        }
    }
    rest.render_to(&mut html);
    PreEscaped(html)
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    #[test]
    fn places_are_filled_in_any_order_and_the_text_is_escaped() {
        let filling = [("a", html! { b { "<A>" } }), ("b", html! { "B" })];
        assert_eq!(
            fill("<{b}> & {a}{c} {", &filling).0,
            "&lt;B&gt; &amp; <b>&lt;A&gt;</b>{c} {"
        );
    }
}
