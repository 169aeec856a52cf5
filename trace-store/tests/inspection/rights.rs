//! Rights that are missing, and rights that are too many.

use behavior_trace_servers::{Kind, Server};

use super::{
    Check, FindingLevel, Inspection, account, account_of, checked, finds, inspected, migrated_on,
    of, on_both_servers, run,
};
use crate::grants::Role;

on_both_servers! {
    a_missing_right_is_named_with_the_statement_that_gives_it
    a_right_that_is_too_much_is_warned_of
}

async fn a_missing_right_is_named_with_the_statement_that_gives_it(kind: Kind) {
    const NAME: &str = "a_missing_right";
    let server = Server::start(kind).expect("a server");
    migrated_on(&server, NAME).await;
    let writer = if kind == Kind::MySql {
        "bt_writer"
    } else {
        "bt_mariadbwriter"
    };
    for (role, name, revoke, lacks) in [
        (
            Role::Writer,
            writer,
            "INSERT ON operational_activity",
            "may not INSERT",
        ),
        (
            Role::Writer,
            writer,
            "UPDATE (event_id) ON operational_activity",
            "may not UPDATE",
        ),
        (
            Role::Maintainer,
            "bt_maintainer",
            "DELETE ON operational_activity",
            "may not DELETE",
        ),
        (
            Role::Maintainer,
            "bt_maintainer",
            "UPDATE ON operational_activity_archive",
            "may not UPDATE",
        ),
        (
            Role::Reader,
            "bt_reader",
            "SELECT ON operational_activity_archive",
            "may not SELECT",
        ),
        (
            Role::Migrator,
            "bt_migrator",
            "DROP ON operational_activity",
            "may not DROP",
        ),
    ] {
        let url = account_of(&server, NAME, role);
        run(&server, NAME, &format!("REVOKE {revoke} FROM '{name}'@'%'"));
        let inspection = Inspection::new(&url).role(role);
        let findings = checked(inspection.run().await);
        let remedy = finds(&findings, Check::Rights, FindingLevel::Fail, lacks);
        assert!(remedy.starts_with("GRANT "), "{remedy}");
        server.sql(remedy).expect("the remedy is a statement");
        finds(
            &inspection.run().await,
            Check::Rights,
            FindingLevel::Ok,
            "has the rights",
        );
        server
            .sql(&format!("DROP USER '{name}'@'%'"))
            .expect("dropped");
    }
}

async fn a_right_that_is_too_much_is_warned_of(kind: Kind) {
    const NAME: &str = "a_right_too_much";
    let server = Server::start(kind).expect("a server");
    migrated_on(&server, NAME).await;
    let all = account(&server, NAME, "everything");
    run(
        &server,
        NAME,
        &format!("GRANT ALL PRIVILEGES ON {NAME}.* TO 'everything'@'%'"),
    );
    let findings = inspected(&all).await;
    let remedy = finds(
        &findings,
        Check::Rights,
        FindingLevel::Warn,
        "ALL PRIVILEGES on `a_right_too_much`.*",
    );
    assert!(
        remedy.contains("GRANT SELECT, INSERT, UPDATE (event_id"),
        "{remedy}"
    );

    // A right that comes from a role counts as one of the account.
    let writer = account_of(&server, NAME, Role::Writer);
    let name = if kind == Kind::MySql {
        "bt_writer"
    } else {
        "bt_mariadbwriter"
    };
    let default = if kind == Kind::MySql { "TO" } else { "FOR" };
    run(
        &server,
        NAME,
        &format!(
            "CREATE ROLE cleaner; GRANT DELETE ON {NAME}.* TO cleaner; GRANT cleaner TO '{name}'@'%'; \
             SET DEFAULT ROLE cleaner {default} '{name}'@'%'"
        ),
    );
    finds(
        &inspected(&writer).await,
        Check::Rights,
        FindingLevel::Warn,
        "DELETE on `a_right_too_much`.*",
    );

    // Rights of another kind than the role's are both missing and too many.
    let findings = Inspection::new(&writer).role(Role::Maintainer).run().await;
    let levels: Vec<_> = of(&findings, Check::Rights)
        .iter()
        .map(|finding| finding.level)
        .collect();
    assert_eq!(
        levels,
        [FindingLevel::Fail, FindingLevel::Fail, FindingLevel::Warn],
        "{findings:#?}"
    );
}

/// MySQL shows what is taken back on one database beside the rights on the server.
#[tokio::test]
async fn a_right_that_is_taken_back_on_the_database_is_missing_and_not_too_much() {
    const NAME: &str = "a_right_taken_back";
    let server = Server::start(Kind::MySql).expect("a server");
    migrated_on(&server, NAME).await;
    let url = account(&server, NAME, "partly");
    let given = format!(
        "SET GLOBAL partial_revokes = ON; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES \
         ON *.* TO partly; REVOKE DROP, DELETE ON {NAME}.* FROM partly"
    );
    server.sql(&given).expect("granted");
    let findings = Inspection::new(&url).role(Role::Migrator).run().await;
    let lacks = of(&findings, Check::Rights);
    assert!(
        lacks
            .iter()
            .any(|finding| finding.found.contains("may not") && finding.found.contains("DROP")),
        "{findings:#?}"
    );
    let findings = inspected(&url).await;
    let excess = of(&findings, Check::Rights).pop().expect("a finding");
    assert_eq!(excess.level, FindingLevel::Warn, "{excess:#?}");
    let is_warned = |right: &str| excess.found.contains(right);
    assert!(
        is_warned("ALTER") && !is_warned("DROP") && !is_warned("DELETE"),
        "{excess:#?}"
    );
}

/// MariaDB shows the limits of an account behind the right to give rights.
#[tokio::test]
async fn the_right_to_give_rights_is_too_much_also_before_limits() {
    const NAME: &str = "a_right_with_limits";
    let server = Server::start(Kind::MariaDb).expect("a server");
    migrated_on(&server, NAME).await;
    let url = account(&server, NAME, "limited");
    let given =
        "GRANT SELECT, INSERT ON *.* TO limited WITH GRANT OPTION MAX_QUERIES_PER_HOUR 100000";
    server.sql(given).expect("granted");
    let findings = inspected(&url).await;
    let excess = of(&findings, Check::Rights).pop().expect("a finding");
    assert!(excess.found.contains("GRANT OPTION on *.*"), "{excess:#?}");
}
