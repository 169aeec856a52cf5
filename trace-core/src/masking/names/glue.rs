//! Words that are joined with a secret's name in lower case: `user` in `userpin`, `hash` in `pwdhash`.

/// Returns words before a secret's name. No entry makes an English word of `card`, `pan`, `pass`, `pin` or `auth`, as `com`
/// in `compass` would.
pub(super) const fn heads(first: u8) -> &'static [&'static str] {
    match first {
        b'a' => &[
            "access", "account", "acct", "admin", "api", "app", "atm", "auth", "aws", "azure",
        ],
        b'b' => &["backup", "bank", "basic", "bind", "bot"],
        b'c' => &[
            "card", "cc", "cert", "client", "confirm", "credit", "current", "cust", "customer",
        ],
        b'd' => &["database", "db", "debit", "default", "device"],
        b'e' => &["email", "emp", "employee", "encoded", "encrypted"],
        b'f' => &["fcm", "ftp"],
        b'g' => &["gcp", "gateway", "github", "gitlab", "google", "guest"],
        b'h' => &["hashed", "host", "http"],
        b'i' => &["imap", "initial"],
        b'j' => &["jwt"],
        b'k' => &["keystore"],
        b'l' => &["ldap", "local", "login"],
        b'm' => &[
            "mail", "master", "member", "mfa", "mobile", "mongo", "my", "mysql",
        ],
        b'n' => &["new"],
        b'o' => &["oauth", "old", "otp"],
        b'p' => &["payment", "pg", "phone", "plain", "postgres", "proxy"],
        b'r' => &[
            "raw", "redis", "refresh", "registry", "remote", "repeat", "reset", "root", "rsa",
        ],
        b's' => &[
            "server", "service", "session", "set", "sftp", "shared", "slack", "sms", "smtp", "sql",
            "ssh", "staff", "stripe", "svc",
        ],
        b't' => &["temp", "tmp", "truststore", "twilio"],
        b'u' => &["unlock", "user", "usr"],
        b'v' => &["verify", "vpn"],
        b'w' => &["webhook", "wifi", "wlan"],
        b'z' => &["zip"],
        _ => &[],
    }
}

/// Returns words after a secret's name. No entry makes another word of the term, as `izer` in `tokenizer` or `ary` in
/// `secretary` would.
pub(super) const fn tails(first: u8) -> &'static [&'static str] {
    match first {
        b'a' => &["again", "access", "answer"],
        b'b' => &["b", "base"],
        b'c' => &["code", "confirm", "confirmation", "cookie"],
        b'd' => &["data", "digest"],
        b'e' => &["encoded", "encrypted"],
        b'h' => &["hash", "hashed", "header", "hex"],
        b'i' => &["id"],
        b'k' => &["key"],
        b'n' => &["new", "no", "num", "number"],
        b'o' => &["old"],
        b'p' => &["pem", "phrase", "plain"],
        b'r' => &["raw", "repeat"],
        b's' => &["salt", "secret", "string"],
        b't' => &["text", "token"],
        b'v' => &["v", "val", "value"],
        _ => &[],
    }
}
