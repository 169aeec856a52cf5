//! The rule, tried on actions and resources.

use super::*;
use crate::vocabulary::{MUTATIONS, TABLE};

#[test]
fn a_mutation_is_operational_whatever_its_noun_reminds_of() {
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
        assert_eq!(
            classify_action(action),
            Classification::Operational,
            "{action}"
        );
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
        assert_eq!(
            classify_action(action),
            Classification::Other(domain),
            "{action}"
        );
    }
}

#[test]
fn a_malformed_action_has_a_reason() {
    for (action, error) in [
        ("", NameError::Empty),
        ("update", NameError::NoVerb),
        (".update", NameError::EmptySegment),
        ("user.", NameError::EmptySegment),
        ("User.update", NameError::ForbiddenCharacter),
        ("user.update ", NameError::OuterSpace),
        ("user.\nupdate", NameError::ControlCharacter),
    ] {
        assert_eq!(
            classify_action(action),
            Classification::Malformed(error),
            "{action:?}"
        );
    }
    let exact = format!("user.{}", "u".repeat(MAX_CHARACTERS - 5));
    assert_eq!(classify_action(&exact), Classification::Operational);
    assert_eq!(
        classify_action(&format!("{exact}u")),
        Classification::Malformed(NameError::TooLong)
    );
}

#[test]
fn a_resource_is_measured_in_characters() {
    assert_eq!(check_resource(&"é".repeat(MAX_CHARACTERS)), Ok(()));
    assert_eq!(
        check_resource(&"é".repeat(MAX_CHARACTERS + 1)),
        Err(NameError::TooLong)
    );
}

#[test]
fn every_word_of_the_table_could_be_part_of_an_action() {
    for words in TABLE {
        for word in words.nouns.iter().chain(words.verbs) {
            assert_eq!(check_action(&format!("a.{word}")), Ok(()), "{word}");
        }
    }
}

#[test]
fn a_word_is_classified_alike_however_its_parts_are_joined() {
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
            assert_eq!(
                classify_action(&spelled),
                Classification::Other(domain),
                "{spelled}"
            );
        }
    }
    for action in [
        "purchase_order.mark_paid",
        "price-list.set_active",
        "key_account.assign",
    ] {
        for mark in ["_", "-", ""] {
            assert_eq!(
                classify_action(&action.replace('_', mark)),
                Classification::Operational,
                "{action}"
            );
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
                    assert!(
                        matches!(classify_action(&action), Classification::Other(_)),
                        "{action}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_verb_that_changes_a_record_is_found_and_is_no_verb_of_another_domain() {
    assert!(MUTATIONS.is_sorted(), "the search needs an order");
    for verb in MUTATIONS {
        assert!(is_mutating_verb(verb), "{verb}");
        let action = format!("order.{verb}");
        assert_eq!(
            classify_action(&action),
            Classification::Operational,
            "{action}"
        );
    }
    for word in ["find", "export", "", "Create", "created"] {
        assert!(!is_mutating_verb(word), "{word}");
    }
}
