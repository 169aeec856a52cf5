//! The table of names that mean a secret, and its sources.
//!
//! The sources are these:
//!
//! - widely deployed deny-lists: Sentry's Python SDK and Relay, Rails' generated `filter_parameter_logging.rb`, Laravel's
//!   `dontFlash`, Datadog's obfuscation patterns, detect-secrets, gitleaks;
//! - OWASP's Logging Cheat Sheet ("data to exclude": session identifiers, access tokens, passwords, connection strings,
//!   keys, card data);
//! - the parameters of OAuth, PKCE and SAML that are credentials;
//! - PCI DSS 3.3 (card number, verification code, PIN are not to be stored).
//!
//! Personal data that is no credential is left out on purpose, because an activity log has to show who changed it. Examples
//! are e-mail, phone, name, address, date of birth, bank account and IBAN. `signature`, `certificate` and `public_key` are
//! public by nature. `session` and `key` alone are more often a business object than a secret.
//!
//! A term is in lower case without separators, in the singular, and has at least two letters. `api_key`, `apiKey`, `API-KEY`
//! and `apikeys` all match `apikey`.

/// Returns terms that make a name secret at any position: `new_password_hash`, `x-csrf-token`.
#[rustfmt::skip]
pub(super) const fn anywhere(first: u8) -> &'static [&'static str] {
    match first {
        b'2' => &["2facode", "2fasecret"],
        b'a' => &[
            "accesscode", "accesskey", "accesstoken", "accountkey", "adminkey", "aeskey", "alarmcode", "amqpsurl",
            "amqpuri", "amqpurl", "apikey", "apisecret", "apitoken", "apnskey", "appkey", "applicationkey",
            "appsecret", "authcode", "authcookie", "authenticatorcode", "authheader", "authkey", "authorization",
            "authstring", "authticket", "authtoken",
        ],
        b'b' => &["backupcode", "bcrypt", "bearer", "brokeruri", "brokerurl"],
        b'c' => &[
            "cakey", "cardcode", "cardno", "cardnum", "cardnumber", "ccnum", "ccnumber", "certificatekey", "certkey",
            "cipherkey", "clickhouseuri", "clickhouseurl", "clientassertion", "clientkey", "clientsecret",
            "codeverifier", "connectionstring", "connectionuri", "connectsid", "connstr", "connstring", "consumerkey",
            "consumersecret", "contrasena", "contraseña", "cookie", "couchdburl", "credential", "creditcard",
            "cryptokey", "csrf", "cvc", "cvv",
        ],
        b'd' => &[
            "databasekey", "databaseuri", "databaseurl", "datasourceurl", "dbkey", "dbpass", "dburi", "dburl",
            "debitcard", "decryptionkey", "deploykey", "devicecode", "doorcode", "dsakey",
        ],
        b'e' => &["elasticsearchurl", "encryptionkey"],
        b'f' => &["functionkey"],
        b'g' => &["gatecode", "gpgkey"],
        b'h' => &["hmackey", "hmacsecret", "hotp"],
        b'i' => &["idtoken"],
        b'j' => &["jaasconfig", "jdbcuri", "jdbcurl", "jsessionid", "jwt"],
        b'k' => &["kennwort", "kerberosticket", "keypass", "kubeconfig"],
        b'l' => &["licensekey", "logincode", "loginlink"],
        b'm' => &[
            "magiclink", "magstripe", "maileruri", "mailerurl", "mariadburi", "mariadburl", "masterkey", "mfacode",
            "mfasecret", "mnemonic", "mongodburi", "mongodburl", "mongouri", "mongourl", "motdepasse", "mssqlurl",
            "mysqluri", "mysqlurl",
        ],
        b'n' => &["natsurl", "neo4juri", "neo4jurl"],
        b'o' => &["oauthcode", "oauthverifier", "onetimecode", "otp", "otpauth"],
        b'p' => &[
            "pannumber", "passcode", "passphrase", "passw", "passwd", "password", "passwort", "pgpkey", "pguri",
            "pgurl", "phpsessid", "pinblock", "pincode", "pinhash", "pinnumber", "pkceverifier", "postgresqluri",
            "postgresqlurl", "postgresuri", "postgresurl", "presharedkey", "presignedurl", "primaryaccountnumber",
            "privatekey", "privatepem", "privkey", "psk", "pw", "pwd", "pword",
        ],
        b'r' => &[
            "rabbitmquri", "rabbitmqurl", "recoverycode", "recoverykey", "recoveryphrase", "redissurl", "redisuri",
            "redisurl", "refreshtoken", "resetcode", "resetlink", "rootkey", "rsakey",
        ],
        b's' => &[
            "samlassertion", "samlresponse", "sasurl", "scratchcode", "secret", "secretkey", "securityanswer",
            "securitycode", "securityquestionanswer", "seedphrase", "seedwords", "senha", "serialkey", "serverkey",
            "serviceaccountkey", "servicekey", "servicerolekey", "sessid", "sessionid", "sessionkey", "sessiontoken",
            "sharedaccesskey", "sharedkey", "signaturekey", "signedurl", "signingkey", "slackwebhook", "smscode",
            "smtpurl", "socialsecurity", "sqlalchemyuri", "sqlalchemyurl", "sshkey", "sslkey", "ssn", "ssoticket",
            "storagekey", "subscriptionkey",
        ],
        b't' => &[
            "tfacode", "tfasecret", "tkn", "tlskey", "token", "totp", "track1data", "track2data", "trackdata",
            "twofacode", "twofactorcode", "twofasecret",
        ],
        b'u' => &["unlockcode"],
        b'v' => &["verificationcode"],
        b'w' => &["wachtwoord", "walletkey", "walletseed", "writekey"],
        b'x' => &["xsrf"],
        _ => &[],
    }
}

/// Returns terms that make a name secret at its end, because the end of a name is its noun. A `new_card` is a card, a
/// `card_title` a title.
pub(super) const fn at_the_end(first: u8) -> &'static [&'static str] {
    match first {
        b'a' => &["auth"],
        b'c' => &["card", "ccn", "cred", "csc", "cvn"],
        b'd' => &["dsn"],
        b'm' => &["mdp"],
        b'p' => &["pan", "pass", "pin"],
        b't' => &["twofactor"],
        _ => &[],
    }
}

/// Returns terms so distinctive that they also count in the middle of a word: `wifipassword`, `MYAPIKEY`.
pub(super) const fn within(first: u8) -> &'static [&'static str] {
    match first {
        b'a' => &["accesskey", "accesstoken", "apikey"],
        b'c' => &["credential", "creditcard"],
        b'p' => &[
            "passcode",
            "passphrase",
            "passwd",
            "password",
            "passwort",
            "privatekey",
        ],
        b's' => &["secret", "sessionid"],
        b't' => &["token"],
        _ => &[],
    }
}
