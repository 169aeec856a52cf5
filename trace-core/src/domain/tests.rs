//! What the rule says of actions and resources.

use super::*;

#[test]
fn a_mutation_is_ours_whatever_its_noun_reminds_of() {
    for action in [
        "user.create",
        "user.update",
        "order.approve",
        "ticket.assign",
        "job.create",
        "view.update",
        "mail.update",
        "report.delete",
        "search.update",
        "billing.invoice.void",
        "leave-request.deny",
        "notification.create",
    ] {
        assert_eq!(judge(action), Verdict::Ours, "{action}");
    }
}

#[test]
fn the_verb_and_some_pairs_belong_to_another_domain() {
    for (action, domain) in [
        ("report.export", Domain::AuditTrail),
        ("billing.invoice.view", Domain::AuditTrail),
        ("user.login", Domain::SecuritySignals),
        ("access.deny", Domain::SecuritySignals),
        ("role.grant", Domain::AuthoritativeAudit),
        ("secret.rotate", Domain::AuthoritativeAudit),
        ("password_policy.update", Domain::AuthoritativeAudit),
        ("cache.hit", Domain::DiagnosticsTelemetry),
        ("mail.send", Domain::DeliveryOperations),
        ("job.retry", Domain::DeliveryOperations),
    ] {
        assert_eq!(judge(action), Verdict::Elsewhere(domain), "{action}");
    }
}

#[test]
fn what_is_no_action_says_why() {
    for (action, fault) in [
        ("", Fault::Empty),
        ("update", Fault::NoVerb),
        (".update", Fault::EmptySegment),
        ("user.", Fault::EmptySegment),
        ("User.update", Fault::ForbiddenCharacter),
        ("user.update ", Fault::OuterSpace),
        ("user.\nupdate", Fault::ControlCharacter),
    ] {
        assert_eq!(judge(action), Verdict::Malformed(fault), "{action:?}");
    }
    let exact = format!("user.{}", "u".repeat(COLUMN - 5));
    assert_eq!(judge(&exact), Verdict::Ours);
    assert_eq!(
        judge(&format!("{exact}u")),
        Verdict::Malformed(Fault::TooLong)
    );
}

#[test]
fn a_resource_is_measured_in_characters() {
    assert_eq!(resource_fault(&"é".repeat(COLUMN)), None);
    assert_eq!(
        resource_fault(&"é".repeat(COLUMN + 1)),
        Some(Fault::TooLong)
    );
}

#[test]
fn every_word_of_the_table_could_be_part_of_an_action() {
    for words in TABLE {
        for word in words.nouns.iter().chain(words.verbs) {
            assert_eq!(action_fault(&format!("a.{word}")), None, "{word}");
        }
    }
}

#[test]
fn a_word_is_judged_alike_however_its_parts_are_joined() {
    for (action, domain) in [
        ("user.log_in", Domain::SecuritySignals),
        ("api_key.rotate", Domain::AuthoritativeAudit),
        ("second_factor.enroll", Domain::SecuritySignals),
        ("password_policy.update", Domain::AuthoritativeAudit),
        ("user.reset_password", Domain::AuthoritativeAudit),
        ("service.health_check", Domain::DiagnosticsTelemetry),
        ("item.look_up", Domain::AuditTrail),
    ] {
        for mark in ["_", "-", ""] {
            let spelled = action.replace('_', mark);
            assert_eq!(judge(&spelled), Verdict::Elsewhere(domain), "{spelled}");
        }
    }
    for action in [
        "purchase_order.mark_paid",
        "price-list.set_active",
        "key_account.assign",
    ] {
        for mark in ["_", "-", ""] {
            assert_eq!(judge(&action.replace('_', mark)), Verdict::Ours, "{action}");
        }
    }
}

#[test]
fn every_word_of_the_table_is_known_by_all_its_spellings() {
    for words in TABLE.iter().filter(|words| !words.verbs.is_empty()) {
        let nouns = if words.nouns.is_empty() {
            &["thing"]
        } else {
            words.nouns
        };
        for noun in nouns {
            for verb in words.verbs {
                for mark in ["-", ""] {
                    let action = format!("{noun}.{verb}").replace('_', mark);
                    assert!(matches!(judge(&action), Verdict::Elsewhere(_)), "{action}");
                }
            }
        }
    }
}
