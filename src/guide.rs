//! The guide, so that its examples are compiled.

#[doc = include_str!("../docs/guide/src/getting-started.md")]
struct GettingStarted;

#[doc = include_str!("../docs/guide/src/installing.md")]
struct Installing;

#[doc = include_str!("../docs/guide/src/context.md")]
struct Context;

#[doc = include_str!("../docs/guide/src/transactions.md")]
struct Transactions;

#[doc = include_str!("../docs/guide/src/masking.md")]
struct Masking;

#[doc = include_str!("../docs/guide/src/durability.md")]
struct Durability;

#[doc = include_str!("../docs/guide/src/settings.md")]
struct Settings;

#[doc = include_str!("../docs/guide/src/operating.md")]
struct Operating;

#[doc = include_str!("../docs/guide/src/querying.md")]
struct Querying;

#[doc = include_str!("../docs/guide/src/testing.md")]
struct Testing;

#[doc = include_str!("../docs/guide/src/performance.md")]
struct Performance;

#[doc = include_str!("../docs/guide/src/security.md")]
struct Security;

#[doc = include_str!("../docs/guide/src/troubleshooting.md")]
struct Troubleshooting;

#[doc = include_str!("../docs/guide/src/compatibility.md")]
struct Compatibility;

#[cfg(feature = "web")]
#[doc = include_str!("../docs/guide/src/timeline-page.md")]
struct TimelinePage;

#[cfg(feature = "import")]
#[doc = include_str!("../docs/guide/src/migrating-from-php.md")]
struct MigratingFromPhp;
