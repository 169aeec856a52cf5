use super::mask;

/// Each with its secret between `«` and `»`. The tildes keep those who look for lost keys from finding these.
const SECRETS: &[&str] = &[
    "postgres://u:«p»@h/db",
    "see postgres://app:«s3cr3t»@db.internal:5432/app, then retry",
    "redis://:«pw»@h",
    "a://:«p»@h",
    "mysql://root:«p@ss»@10.0.0.1/db or mysql://root:«w/rd?#x»@10.0.0.1/db",
    "https://x-access-token:«abc»@github.com/a/b.git and https://b:«c»@d",
    r#"postgres://u:«p"w\d»@h/db"#,
    r#"{"url":"amqp://u:«p»@h","email":"a@b.c"}"#,
    "postgres://u:«pass»…",
    "https://h/p?a=1&access_token=«abc.def»&b=2",
    "Server=h;User Id=u;Password=«p»;",
    "Bearer «abcd1234»",
    "Bearer «abc.def.ghi»",
    "bearer «mF_9.B5f-4.1JqM»",
    "Authorization: bearer «s3cr3ts3cr3t», once",
    "BEARER «AbCdEf»",
    "Basic «dXNlcjpwYXNz»",
    "sent Basic «dTpw» twice",
    "authorization=basic «QWxhZGRpbjpvcGVuIHNlc2FtZQ==»",
    "«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk»",
    "(«eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0».)",
    "«eyJhbGciOiJIUzI1NiJ9.eyJzd»…",
    "old «AK~IAIOSFODNN7EXAMPLE» new «AS~IAIOSFODNN7EXAMPLF»",
    "«gh~p_0123456789abcdefghijABCDEFGHIJ012345»",
    "«gh~o_16C7e42F292c6912E7710c838347Ae178B4a» «gh~s_16C7e42F292c6912E7710c838347Ae178B4a»",
    "«gh~u_16C7e42F292c6912E7710c838347Ae178B4a»,«gh~r_16C7e42F292c6912E7710c838347Ae178B4a»",
    "«gi~thub_pat_11ABCDEFG0abcdefghijkl_ABCDEFGHIJKLMNOPQRSTUVWXYZ»",
    "«sk~_live_4eC39HqLyjWDarjtT1zdp7dc» «rk~_live_4eC39HqLyjWDarjtT1zdp7dc»",
    "«wh~sec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH»",
    "«xo~xb-123456789012-abcdefghijkl» «xo~xp-123456789012-abcdefghijkl»",
    "key=«AI~zaSyA-0123456789abcdefghijklmnopqrstu»",
    "«np~m_0123456789abcdefghijABCDEFGHIJ012345»",
    "«gl~pat-0123456789abcdefghij»",
    "«SG~.ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr»",
    "«sk~-ant-api03-0123456789abcdefghij»",
    r"line\n«gh~p_0123456789abcdefghijABCDEFGHIJ012345»\nnext",
    r"\u001f«AK~IAIOSFODNN7EXAMPLE»\u0000",
    "a «-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----» b",
    r"«-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----»\n",
    "«-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn»",
];

const PLAIN: &[&str] = &[
    "",
    "Basic plan",
    "Basic training for all",
    "Bearer bonds",
    "Bearer of good news",
    "bearer certificates",
    "basic: basic needs",
    "https://example.org:8080/a?b=c#d",
    "https://user@example.org/a:b@c",
    "http://[::1]:80/@x",
    "https://registry.example.org:4873/@scope/name",
    "https://h/p?page_token_count=7&sort=name",
    "mail ada@example.org: done",
    "eyJ",
    "eyJ alone",
    "eyJhbGciOiJIUzI1NiJ9",
    "7f8e1f1c-9d0a-4a38-9a53-6f5b6c1a2b3c",
    "2f1acc6c3a606b082e5eef5e54414ffb3b7e4a5d",
    "2026-11-29T22:15:17Z",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "the line -----BEGIN PRIVATE KEY is missing",
    "pk~_live_4eC39HqLyjWDarjtT1zdp7dc",
    "AKIA and ASIA",
    "MAK~IAIOSFODNN7EXAMPLES",
    "a ghp_ prefix, sk_live_ too",
    "npm_config_registry",
    "task-manager-for-the-whole-company",
    "in_progress",
    "größe://naïve:…",
];

#[test]
fn a_secret_is_masked_by_its_shape_and_what_stands_around_it_stays() {
    for marked in SECRETS {
        let text = marked.replace(['«', '»', '~'], "");
        let mut expected = String::new();
        for part in marked.split('«') {
            match part.split_once('»') {
                Some((_, behind)) => expected.extend(["[masked]", behind]),
                None => expected.push_str(part),
            }
        }
        let masked = mask(text.as_bytes()).map(|text| String::from_utf8(text).expect("UTF-8"));
        assert_eq!(masked.as_deref(), Some(&*expected), "{marked}");
        // Once is enough.
        assert_eq!(
            mask(expected.as_bytes()).unwrap_or_else(|| expected.clone().into_bytes()),
            expected.as_bytes()
        );
    }
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    for text in PLAIN {
        assert_eq!(mask(text.replace('~', "").as_bytes()), None, "{text}");
    }
}

/// Beginnings of every shape, as many as there is room for.
#[test]
fn a_text_made_to_take_long_does_not() {
    let start = std::time::Instant::now();
    for part in [
        "a://",
        "a://:",
        "://u:",
        "eyJ",
        "eyJ-",
        "eyJ.",
        "eyJabc.",
        "eyJabcdef ",
        "Bearer ",
        "Basic ",
        "Bearer",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "ghp_",
        "xoxb-",
        "sk-",
        "AKIA",
        ":",
        "=",
        "?token=",
        ":\"",
        "\\\\",
        "…",
    ] {
        let _ = mask(part.repeat(64 * 1024 / part.len()).as_bytes());
    }
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
