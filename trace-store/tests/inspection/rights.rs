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
