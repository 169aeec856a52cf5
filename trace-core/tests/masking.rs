use super::*;

#[test]
fn a_secret_is_known_however_its_words_are_joined() {
    let masks = Masks::default();
    for key in [
        "password",
        "Password",
        "PASSWORD",
        "newPassword",
        "new_password_hash",
        "password1",
        "passwords",
        "passwordHash",
        "api_key",
        "apiKey",
        "API-KEY",
        "APIKey",
        "apikeys",
        "x-api-key",
        "accessToken",
        "accesstoken",
        "refresh_token",
        "idToken",
        "clientSecret",
        "secrets",
        "Authorization",
        "proxy-authorization",
        "Set-Cookie",
        "cookies",
        "sessionId",
        "session_id",
        "JSESSIONID",
        "privateKey",
        "private_key_pem",
        "card",
        "cards",
        "new_card",
        "card_2",
        "cardNumber",
        "credit_card",
        "cvv",
        "cvv2",
        "cvc",
        "pan",
        "otp",
        "otpCode",
        "OTPCode",
        "totp_secret",
        "pin",
        "userPIN",
        "pin_code",
        "pwd",
        "db_pass",
        "passphrase",
        "ssn",
        "credentials",
        "bearer",
        "jwt",
        "JWTs",
        "csrf",
        "connect.sid",
        "databaseUrl",
        "recovery_codes",
        "secret answer",
        "2fa_code",
    ] {
        assert!(masks.is_masked(key), "{key}");
    }
}

#[test]
fn a_name_that_merely_contains_a_secret_stays() {
    let masks = Masks::default();
    for key in [
        "",
        "monkey",
        "keyboard",
        "tokenizer",
        "tokenize",
        "secretary",
        "passport",
        "passenger",
        "compass",
        "bypass",
        "discard",
        "cardinal",
        "card_title",
        "card_id",
        "cardBrand",
        "dashboard",
        "pinned",
        "spin",
        "pinterest",
        "panel",
        "expand",
        "company",
        "optional",
        "cookiecutter",
        "key",
        "keys",
        "public_key",
        "primaryKey",
        "session",
        "author",
        "authorized_by",
        "email",
        "iban",
        "signature",
        "username",
        "id",
        "_",
        "--",
        "größe",
        "шпион",
        "боtoken",
    ] {
        assert!(!masks.is_masked(key), "{key}");
    }
}

#[test]
fn names_are_added_and_let_through() {
    let masks = Masks::default()
        .add("base.salary")
        .add("email")
        .allow("pinHash")
        .allow("max-tokens")
        .add("-");
    assert!(
        masks.is_masked("base_salary")
            && masks.is_masked("BaseSalary")
            && masks.is_masked("contact_email")
    );
    assert!(!masks.is_masked("salary") && !masks.is_masked("emailed"));
    assert!(!masks.is_masked("pin_hash") && !masks.is_masked("maxTokens"));
    assert!(masks.is_masked("max_tokens_secret"));
}

#[test]
fn an_empty_list_covers_only_what_is_added() {
    let masks = Masks::none().add("salary");
    assert!(masks.is_masked("salary") && !masks.is_masked("password"));
}

#[test]
fn words_run_together_are_told_apart_where_they_are_known() {
    let masks = Masks::default();
    for key in [
        "customerpw",
        "wifipasswordhash",
        "MYAPIKEYV2",
        "stripewebhooksecret",
        "userauth",
        "keystorepass",
        "snmp_auth_key",
        "otpauth_url",
        "X-Vault-Token",
        "pw",
        "db-pw-2",
    ] {
        assert!(masks.is_masked(key), "{key}");
    }
    for key in [
        "userspin",
        "helpass",
        "betokened",
        "shipping",
        "mapping",
        "pwa",
        "newpanel",
    ] {
        assert!(!masks.is_masked(key), "{key}");
    }
}

#[test]
fn a_name_longer_than_any_is_read_as_one() {
    let masks = Masks::default();
    let long = "some_part_".repeat(20);
    assert!(masks.is_masked(&format!("{long}userpassword")) && !masks.is_masked(&long));
    assert!(masks.is_masked(&format!("password_{long}")));
}
