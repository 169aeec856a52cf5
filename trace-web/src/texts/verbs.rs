//! The past forms of verbs.

use super::PageText;

macro_rules! verbs {
    ($($word:literal $past:literal,)*) => {
        /// All past forms, as texts that can be translated.
        pub(crate) const ALL: &[PageText] = &[$(PageText { key: concat!("verb.", $word), english: $past }),*];
    };
}

verbs! {
    "accept" "accepted",
    "activate" "activated",
    "add" "added",
    "approve" "approved",
    "archive" "archived",
    "assign" "assigned",
    "attach" "attached",
    "book" "booked",
    "cancel" "cancelled",
    "capture" "captured",
    "change" "changed",
    "close" "closed",
    "complete" "completed",
    "confirm" "confirmed",
    "copy" "copied",
    "create" "created",
    "deactivate" "deactivated",
    "decline" "declined",
    "delete" "deleted",
    "detach" "detached",
    "disable" "disabled",
    "duplicate" "duplicated",
    "edit" "edited",
    "enable" "enabled",
    "escalate" "escalated",
    "expire" "expired",
    "import" "imported",
    "invite" "invited",
    "link" "linked",
    "lock" "locked",
    "merge" "merged",
    "move" "moved",
    "open" "opened",
    "pause" "paused",
    "place" "placed",
    "publish" "published",
    "refund" "refunded",
    "reject" "rejected",
    "release" "released",
    "remove" "removed",
    "rename" "renamed",
    "renew" "renewed",
    "reopen" "reopened",
    "replace" "replaced",
    "reserve" "reserved",
    "reset" "reset",
    "restore" "restored",
    "resume" "resumed",
    "schedule" "scheduled",
    "send" "sent",
    "set" "set",
    "ship" "shipped",
    "split" "split",
    "start" "started",
    "stop" "stopped",
    "submit" "submitted",
    "suspend" "suspended",
    "transfer" "transferred",
    "unassign" "unassigned",
    "unlink" "unlinked",
    "unlock" "unlocked",
    "unpublish" "unpublished",
    "update" "updated",
    "upload" "uploaded",
}

/// Returns the past form of a verb.
pub(crate) fn past(word: &str) -> Option<PageText> {
    let is = |text: &&PageText| text.key.strip_prefix("verb.") == Some(word);
    ALL.iter().find(is).copied()
}
