//! Places and sizes that the design gives.

use behavior_trace_servers::{Browser, Media};
use serde_json::{Value, json};

use super::rows;
use super::served::Served;
use super::start;

fn measured(browser: &Browser, expression: &str) -> Value {
    let script = format!(
        "const $ = s => document.querySelector(s), $$ = s => [...document.querySelectorAll(s)];
         const box = e => (typeof e === 'string' ? $(e) : e).getBoundingClientRect(), font = s => getComputedStyle($(s)).fontSize;
         return {expression};"
    );
    browser.run_script(&script).expect(expression)
}

fn open(path: &str) -> (Browser, Served) {
    let (browser, served) = (start(), Served::with(&rows::all()));
    browser.goto(&served.at(path)).expect("opened");
    (browser, served)
}

/// Returns the distances of marks from the middle of the first line beside them.
const ASIDE: &str = "$$('.m + p').map(p => {
    const line = p.getClientRects()[0].top + parseFloat(getComputedStyle(p).lineHeight) / 2, mark = box(p.previousElementSibling);
    return Math.abs(line - mark.top - mark.height / 2);
}).filter(distance => distance > 2)";

#[test]
fn rows_and_controls_have_the_sizes_of_the_design() {
    let (browser, served) = open("");
    let rows = "new Set($$('.t').map(t => Math.round(box(t.closest('tr')).height)))";
    assert_eq!(measured(&browser, &format!("[...{rows}]")), json!([58]));
    assert_eq!(measured(&browser, "box('.l td').width"), 100);
    assert_eq!(
        measured(&browser, "[box('.m').width, box('.m').height]"),
        json!([20, 20])
    );
    assert_eq!(
        measured(
            &browser,
            "$$('form > label > *, form > button').map(e => box(e).height).filter(h => h !== 34)"
        ),
        json!([])
    );
    assert_eq!(
        measured(
            &browser,
            "[font('h1'), font('.t'), font('.t + small'), font('.f')]"
        ),
        json!(["24px", "14px", "12px", "13px"])
    );
    assert_eq!(measured(&browser, ASIDE), json!([]));
    browser.goto(&served.at("?dense=1")).expect("opened");
    let dense = format!("[...{rows}].filter(height => height < 26 || height > 30)");
    assert_eq!(measured(&browser, &dense), json!([]));
    assert_eq!(measured(&browser, ASIDE), json!([]));
    browser.set_viewport(2000, 800).expect("a size");
    assert_eq!(measured(&browser, "box('main').width / 16"), 76);
}

#[test]
fn the_line_of_a_story_joins_its_marks() {
    let (browser, served) = open("");
    let gaps = "$$('.l .j').map(row => {
        const cell = row.lastElementChild, line = getComputedStyle(cell, ':after');
        const bottom = box(cell).bottom - parseFloat(line.bottom), next = box(row.nextElementSibling.querySelector('.m')).top;
        return [parseFloat(line.height), next - bottom];
    })";
    for query in ["", "?dense=1"] {
        browser.goto(&served.at(query)).expect("opened");
        let gaps = measured(&browser, gaps);
        let gaps = gaps.as_array().expect("gaps");
        assert_eq!(gaps.len(), 6);
        let joins = |gap: &Value| {
            gap[0].as_f64() > Some(3.0) && gap[1].as_f64().is_some_and(|gap| gap.abs() <= 2.0)
        };
        assert!(gaps.iter().all(joins), "{gaps:?}");
    }
}

#[test]
fn an_entry_begins_at_the_edge_and_its_mark_is_beside_its_sentence() {
    let (browser, served) = open("/resource/User/7");
    assert_eq!(
        measured(
            &browser,
            "$$('.n .t').filter(t => box(t).left !== box('.day').left).length"
        ),
        0
    );
    assert_eq!(measured(&browser, ASIDE), json!([]));
    let columns = "$$('.g:has(th:nth-child(3)) tbody tr').map(r => box(r.cells[1]).width - box(r.cells[2]).width).filter(d => Math.abs(d) > 1)";
    assert_eq!(measured(&browser, columns), json!([]));
    assert_eq!(measured(&browser, "box('aside').width / 16"), 22);
    browser
        .goto(&served.at(&format!("/story/{}", rows::APPROVAL)))
        .expect("opened");
    assert_eq!(
        measured(
            &browser,
            "[font('h1'), $('h1').firstElementChild.className]"
        ),
        json!(["20px", "m p o"])
    );
}

#[test]
fn a_printed_time_is_two_lines_and_a_change_keeps_its_columns() {
    let (browser, served) = open("");
    let print = Media {
        print: true,
        ..Media::default()
    };
    browser.set_media(print).expect("media");
    browser.set_viewport(718, 1000).expect("a sheet");
    let lines = "[...new Set($$('.t').map(t => Math.round(box(t).height / parseFloat(getComputedStyle(t).lineHeight))))]";
    assert_eq!(measured(&browser, lines), json!([2]));
    browser
        .goto(&served.at("/resource/User/7"))
        .expect("opened");
    assert_eq!(
        measured(&browser, "getComputedStyle($('.g td')).display"),
        "table-cell"
    );
}

#[test]
fn a_sign_is_bound_to_its_value_by_a_space_that_does_not_break() {
    let (browser, _served) = open("");
    let signs = "$$('.f ins').map(e => getComputedStyle(e, ':before').content).filter(c => c !== '\"+\\u00a0\"').length";
    assert_eq!(measured(&browser, signs), 0);
}

#[test]
fn tables_stay_tables_for_a_screen_reader_where_their_cells_are_blocks() {
    let (browser, served) = open("");
    browser.set_viewport(320, 800).expect("a size");
    let role = |selector: &str| {
        let element = browser.find(selector).expect(selector);
        element.role().expect("a role")
    };
    let roles = |list: &[(&str, &str)]| {
        for (selector, wanted) in list {
            assert_eq!(role(selector), *wanted, "{selector}");
        }
    };
    roles(&[
        (".l", "table"),
        (".l .t", "link"),
        (".l td + td", "cell"),
        (".l .h th", "rowheader"),
    ]);
    browser
        .goto(&served.at("/resource/User/7"))
        .expect("opened");
    roles(&[
        (".g", "table"),
        (".g tbody tr", "row"),
        (".g th[scope=row]", "rowheader"),
        (".g td", "cell"),
    ]);
}
