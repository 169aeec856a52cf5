//! The English texts.

use super::PageText;

macro_rules! texts {
    ($($name:ident $key:literal $english:literal;)*) => {
        $(pub(crate) const $name: PageText = PageText { key: $key, english: $english };)*
        /// All texts but the verbs.
        pub(super) const ALL: &[PageText] = &[$($name),*];
    };
}

texts! {
    ACTIVITY "page.activity" "Activity";
    TITLE "page.title" "{page} · BehaviorTrace";
    READ_BY "page.read_by" "Read by {name}, who sees {scope}";
    ALL_RECORDS "page.all_records" "all records";
    AS_OF "page.as_of" "As of {date}, {time} UTC";
    SKIP "page.skip" "Skip to the activity";
    PATH "page.path" "Path";

    DONE "sentence.done" "{actor} {verb} {record}";
    CHANGED "sentence.changed" "{actor} {verb} {fields} of {record}";
    ASSIGNED_TO "sentence.assigned_to" "{actor} {verb} {record} to {value}";
    PERFORMED "sentence.performed" "{actor} {verb} {action} on {record}";
    HERE_DONE "sentence.here.done" "{actor} {verb} it";
    HERE_CHANGED "sentence.here.changed" "{actor} {verb} {fields}";
    HERE_ASSIGNED_TO "sentence.here.assigned_to" "{actor} {verb} it to {value}";
    HERE_PERFORMED "sentence.here.performed" "{actor} {verb} {action}";
    THEIR_DONE "sentence.their.done" "{verb} {record}";
    THEIR_CHANGED "sentence.their.changed" "{verb} {fields} of {record}";
    THEIR_ASSIGNED_TO "sentence.their.assigned_to" "{verb} {record} to {value}";
    THEIR_PERFORMED "sentence.their.performed" "{verb} {action} on {record}";
    VERB_PERFORMED "verb.*" "performed";
    VERB_CHANGED "verb.change_fields" "changed";
    MAYBE "verb.maybe" "may have {verb}";
    COMMIT_UNKNOWN "note.commit_unknown" "commit unknown";
    ACTING_AS "sentence.acting_as" "{impersonator} {mark} {actor}";
    ACTING_AS_MARK "note.acting_as" "acting as";
    FIELDS_1 "fields.1" "{a}";
    FIELDS_2 "fields.2" "{a} and {b}";
    FIELDS_3 "fields.3" "{a}, {b} and {c}";
    FIELDS_MORE "fields.more" "{a}, {b} and {count} more fields";
    MORE "fields.rest" "{count} more";
    RECORDS "record.many" "{count} {resource} records";
    RECORDS_1 "record.many.1" "{count} {resource} record";
    RECORD_WITHOUT_ID "record.without_id" "a {resource}";
    AMONG_THEM "record.among_them" "among them {ids}";
    THE_SYSTEM "actor.system" "The system";
    SOMEONE "actor.anonymous" "Someone";
    ANONYMOUS "actor.anonymous_note" "anonymous";

    NOT_THERE "value.not_there" "not there";
    NULL "value.null" "null";
    EMPTY "value.empty" "empty";
    EMPTY_LIST "value.empty_list" "empty list";
    MASKED "value.masked" "[masked]";
    OVERSIZE "value.oversize" "too large to be recorded";
    UNRECORDED "value.unrecorded" "could not be recorded";
    REASON "row.reason" "“{reason}”";

    TODAY "day.today" "Today";
    YESTERDAY "day.yesterday" "Yesterday";
    DATE "date" "{day} {month} {year}";
    DATE_OF_WEEK "date.with_weekday" "{weekday} {date}";
    AGE_SECONDS "age.seconds" "{n} s ago";
    AGE_MINUTES "age.minutes" "{n} min ago";
    AGE_HOURS "age.hours" "{n} h ago";
    MONDAY "weekday.1" "Monday";
    TUESDAY "weekday.2" "Tuesday";
    WEDNESDAY "weekday.3" "Wednesday";
    THURSDAY "weekday.4" "Thursday";
    FRIDAY "weekday.5" "Friday";
    SATURDAY "weekday.6" "Saturday";
    SUNDAY "weekday.7" "Sunday";
    JANUARY "month.1" "January";
    FEBRUARY "month.2" "February";
    MARCH "month.3" "March";
    APRIL "month.4" "April";
    MAY "month.5" "May";
    JUNE "month.6" "June";
    JULY "month.7" "July";
    AUGUST "month.8" "August";
    SEPTEMBER "month.9" "September";
    OCTOBER "month.10" "October";
    NOVEMBER "month.11" "November";
    DECEMBER "month.12" "December";

    TABLE_CAPTION "table.caption" "Recorded activity, newest first";
    TIME_UTC "table.time" "Time, UTC";
    WHAT_HAPPENED "table.what" "What happened";
    STORY "row.story" "story";
    OLDER "table.older" "Older events";
    NEWEST "table.newest" "Newest events";
    LATER "table.later" "Later events";
    FIRST "table.first" "First events";

    ACTOR "filter.actor" "Actor";
    ACTION "filter.action" "Action";
    RESOURCE "filter.resource" "Resource";
    TIME "filter.time" "Time";
    APPLY "filter.apply" "Apply";
    MORE_FILTERS "filter.more" "More filters";
    CORRELATION "filter.correlation" "Correlation";
    REQUEST "filter.request" "Request";
    ROUTE "filter.route" "Route";
    ADDRESS "filter.address" "Address";
    KEY "filter.key" "Key of the payload";
    IMPERSONATOR "filter.impersonator" "Acting as others";
    SINCE "filter.since" "From, UTC";
    BEFORE "filter.before" "Before, UTC";
    CHIP "filter.chip" "{name} {value}";
    REMOVE "filter.remove" "Remove this filter";
    ANY_TIME "time.any" "Any time";
    LAST_DAY "time.24h" "Last 24 hours";
    LAST_WEEK "time.7d" "Last 7 days";
    LAST_MONTH "time.30d" "Last 30 days";
    LAST_YEAR "time.365d" "Last 365 days";
    BETWEEN "time.range" "From and before, below";

    NEEDS_TIME "needs_time.title" "Choose a time";
    NEEDS_TIME_WHY "needs_time.why" "No index of every table finds rows by {filters} alone, so the whole table would be read. With a time, only the rows of that time are read:";
    NEEDS_TIME_EXPORT "needs_time.export" "No index of every table serves this filter alone, so the whole table would be read. Choose a time in the filters, and export then.";
    TOO_MANY_TAILS "error.tails" "Too many people follow the activity live";
    TOO_MANY_TAILS_WHY "error.tails.why" "Each live page keeps a connection. Close one, or try again later.";
    TOO_MANY_EXPORTS "error.exports" "Too many people export at the same time";
    TOO_MANY_EXPORTS_WHY "error.exports.why" "An export reads many rows. Try again when one has ended.";
    EXPORT "bar.export" "Export";
    EXPORT_LIMIT "bar.export.limit" "At most {count} rows, the newest first";
    EXPORT_ENDS "export.ends" "The export ends after {count} rows. There are more: choose a shorter time.";
    GO_LIVE "bar.live" "Go live";
    ROOMY "bar.roomy" "Roomy";
    DENSE "bar.dense" "Dense";
    LOCAL_TIME "bar.local" "Local time";
    TIME_LOCAL "table.time.local" "Time, local";
    CONNECTING "live.connecting" "Connecting";
    LIVE "live.on" "Live";
    RECONNECTING "live.again" "Reconnecting";
    NOT_AVAILABLE "live.off" "Not available";
    FAR_BEHIND "live.far" "Too far behind: reload the page";
    SHOW_NEW "live.new" "Show {n} new";
    COPY "script.copy" "Copy";
    KEYS "script.keys" "Keys";
    KEYS_LIST "script.keys.list" "j, k: next, previous · Enter: open · h: history · s: story · a: actor · c: copy the id · /: filters, Esc leaves · o: older · l: live · u: zone · ?: this list";
    KEYS_OFF "script.keys.off" "Turn the keys off";
    KEYS_ON "script.keys.on" "Turn the keys on";
    NOTHING "nothing.title" "Nothing matches these filters";
    NOTHING_WIDEN "nothing.widen" "Widen one of them:";
    WITHOUT "nothing.without" "without {filter}";
    NOTHING_LATE "nothing.late" "Events that waited for the database arrive late, at the time they happened.";
    FIRST_RUN "first.title" "Nothing is recorded yet";
    FIRST_IN_SCOPE "first.scope.title" "Nothing that you may see is recorded yet";
    FIRST_IN_SCOPE_WHY "first.scope.why" "You see {scope}. Other records may be there.";
    FIRST_RUN_HOW "first.how" "Annotate a function that changes something. Each successful call becomes a row here:";

    NOT_FOUND "error.404" "There is no such page";
    NOT_FOUND_WHY "error.404.why" "The address is not complete, the event was removed, or it is not among the records that you may see.";
    TO_ACTIVITY "error.to_activity" "To the activity";
    NO_VIEWER "error.403" "You may not read the activity";
    NO_VIEWER_WHY "error.403.why" "Sign in with an account that may.";
    NOT_ALLOWED "error.405" "This page only reads";
    NOT_ALLOWED_WHY "error.405.why" "Ask for it with GET.";
    UNAVAILABLE "error.503" "The activity cannot be read just now";
    UNAVAILABLE_WHY "error.503.why" "The database did not answer. This page only reads. The services go on recording and, within their limits, store what they hold once it is back.";
    BROKEN "error.500" "The activity cannot be read";
    BROKEN_WHY "error.500.why" "The database refused the query. The log of the application has the cause, with this reference.";
    TRY_AGAIN "error.try_again" "Try again";
    REFERENCE "error.reference" "{status} · reference {reference}";
    NOT_UNDERSTOOD "error.400" "A filter was not understood";
    FILTER_BAD "error.filter" "{name}: {value} is not {form}";
    FORM_TIMESTAMP "form.timestamp" "a time; write 2026-11-29 or 2026-11-29T13:42";
    FORM_PERIOD "form.period" "a period; choose one of the list";
    FORM_ACTOR "form.actor" "an actor; write admin:1, or admin for all of the kind";
    FORM_RESOURCE "form.resource" "a resource; write User:7, or User for all of the kind";
    FORM_ACTION "form.action" "an action; write order.approve, or order.* for all that begin so";
    FORM_EMPTY "form.text" "allowed here; write 1 to 255 characters";
    FORM_HIDDEN "form.hidden" "a filter that you may use, since the column is hidden from you";
    FORM_CURSOR "form.cursor" "the place of a page of these filters; start at the newest events";
    CURSOR "filter.cursor" "Page";

    EVENT "event.title" "Event";
    EVENT_TIME "event.needs_time" "This address has no time, and no index of every table finds an event by its id alone. Only the rows of a time are searched:";
    WHAT_CHANGED "event.changed" "What changed";
    WHAT_ELSE "event.else" "What else was recorded";
    AS_JSON "event.json" "The row as JSON";
    SHOW_JSON "event.json.show" "Show or hide";
    HIDDEN "event.hidden" "hidden from you";
    PAYLOAD "event.payload" "Payload";
    NAME_OF_ACTOR "event.actor_label" "Name of the actor";
    WHEN "event.when" "When";
    AT_UTC "event.at" "{time} UTC";
    RECORD "event.record" "Record";
    BROWSER "event.browser" "Browser";
    DAMAGED "event.damaged" "Columns that other software changed: {columns}";
    TO_STORY "event.to_story" "Story";
    TO_HISTORY "event.to_history" "History";
    CHANGE_BEFORE "event.change_before" "Change before";

    FIELD "diff.field" "Field";
    BEFORE_IT "diff.before" "Before";
    AFTER_IT "diff.after" "After";
    VALUE "diff.value" "Value";
    ENTRY "diff.key" "Key";
    ANOTHER "diff.another" "(another value)";

    HISTORY_OF "history.intro" "Everything recorded about it, newest first";
    OPEN "history.open" "open in the application";
    LAST_CHANGES "history.last" "Last change of each field";
    NOW_AND_BY "history.last.value" "On this page, and by whom";
    BY "history.last.by" "{actor}, {time}";
    NO_OLDER "history.no_older" "There are no older events to show.";
    NO_OLDER_MATCH "history.no_older_match" "No older events match the filters.";

    FOLLOWED "story.followed" "and {count} more events followed";
    FOLLOWED_1 "story.followed.1" "and one more event followed";
    BEGAN "story.began" "Began";
    FIRST_MATCH "story.first_match" "First that matches";
    BEGAN_AT "story.began.at" "{date}, {time} UTC";
    TOOK "story.took" "Took";
    TOOK_IN "story.took.in" "{n} s, {count} requests and jobs";
    TOOK_IN_1 "story.took.in.1" "{n} s, one request or job";
    PART "story.part" "On this page";
    FROM_TO "story.from_to" "+{from} s to +{to} s";
    AFTER_BEGIN "story.offset" "+{n} s";
    FROM_ADDRESS "story.from" "from {address}";
    WITHOUT_REQUEST "story.without_request" "Outside a request";
    STRIP "story.strip" "The events in their time";

    RECORD_TITLE "record.title" "{record}";
    ACTOR_TITLE "actor.title" "{actor}";
    ON_THIS_PAGE "actor.page" "On this page";
    TIMES "actor.times" "{count} {verb}";
    TOUCHED "actor.records" "Records touched";
    FROM "actor.from" "From";
    WITHIN "actor.within" "Newest first, {period}";
    AS_OTHERS "actor.as_others" "acting as others";
}
