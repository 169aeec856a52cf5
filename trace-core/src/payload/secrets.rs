//! Which names mean a secret: the one table, and where it comes from.
//!
//! Gathered from the deny-lists that are widely deployed (Sentry's Python SDK, `scrubber.py`; Rails' generated
//! `filter_parameter_logging.rb`; Laravel's `dontFlash`), from OWASP's Logging Cheat Sheet ("data to exclude": session
//! identifiers, access tokens, passwords, connection strings, keys, card data) and from PCI DSS 3.3 (card number,
//! verification code, PIN are not to be stored).
//!
//! Left out on purpose, because they are personal but no credential, and who changed them is just what an activity log
//! is asked: e-mail, phone, name, address, date of birth, bank account and IBAN. `signature`, `certificate` and
//! `public_key` are public by nature; `session`, `auth` and `key` alone are more often an object of the business than a
//! secret.
//!
//! A term is written in lower case without separators, in the singular. `api_key`, `apiKey`, `API-KEY` and `apikeys` all
//! match `apikey`.

/// Terms that make a name secret wherever they stand in it: `new_password_hash`, `x-csrf-token`.
pub(super) const fn anywhere(first: u8) -> &'static [&'static str] {
    match first {
        b'2' => &["2facode", "2fasecret"],
        b'a' => &[
            "accesskey",
            "accesstoken",
            "accountkey",
            "aeskey",
            "apikey",
            "apisecret",
            "apitoken",
            "appsecret",
            "authcode",
            "authkey",
            "authorization",
            "authtoken",
        ],
        b'b' => &["backupcode", "bearer"],
        b'c' => &[
            "cardcode",
            "cardno",
            "cardnum",
            "cardnumber",
            "ccnumber",
            "clientsecret",
            "connectionstring",
            "connectsid",
            "cookie",
            "credential",
            "creditcard",
            "csrf",
            "csrftoken",
            "currentpassword",
            "cvc",
            "cvv",
        ],
        b'd' => &[
            "databaseurl",
            "dbpass",
            "dbpassword",
            "dburl",
            "debitcard",
            "decryptionkey",
        ],
        b'e' => &["encryptionkey"],
        b'h' => &["hmackey", "hotp"],
        b'i' => &["idtoken"],
        b'j' => &["jsessionid", "jwt"],
        b'm' => &["masterkey", "mfacode", "mfasecret", "mnemonic"],
        b'n' => &["newpassword"],
        b'o' => &["oldpassword", "onetimecode", "otp"],
        b'p' => &[
            "pannumber",
            "passcode",
            "passphrase",
            "passwd",
            "password",
            "passwordconfirmation",
            "passworddigest",
            "passwordhash",
            "phpsessid",
            "pinblock",
            "pincode",
            "pinhash",
            "pinnumber",
            "privatekey",
            "psk",
            "pwd",
        ],
        b'r' => &["recoverycode", "recoveryphrase", "refreshtoken"],
        b's' => &[
            "secret",
            "secretkey",
            "securitycode",
            "seedphrase",
            "sessid",
            "sessionid",
            "sessionkey",
            "sessiontoken",
            "sharedkey",
            "signingkey",
            "socialsecurity",
            "sshkey",
            "ssn",
        ],
        b't' => &["token", "totp"],
        b'u' => &["userpassword"],
        b'v' => &["verificationcode"],
        b'x' => &["xsrf", "xsrftoken"],
        _ => &[],
    }
}

/// Terms that make a name secret where they end it, because what ends a name says what the thing is: a `new_card` is a
/// card, a `card_title` a title.
pub(super) const fn at_the_end(first: u8) -> &'static [&'static str] {
    match first {
        b'c' => &["card"],
        b'd' => &["dsn"],
        b'p' => &["pan", "pass", "pin"],
        _ => &[],
    }
}
