//! Signing in and out: where keys come from, what becomes of them, and servers that refuse or are not there.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::harness::{Home, WRONG_KEY, nobody, with_backend};

#[test]
fn a_key_is_not_sent_in_the_open() {
    let home = Home::new();
    let run = home.run(&["--base-url", "http://ouro.example.org", "login"], &[], WRONG_KEY);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("would send the API key unencrypted"), "{}", run.err);
}

#[test]
fn a_server_that_is_not_there_ends_with_4() {
    let home = Home::new();
    let url = nobody();
    let run = home.run(&["--base-url", &url, "login"], &[], WRONG_KEY);
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(
        run.err.starts_with("questdesk: the server is out of reach") && run.err.contains("mend: "),
        "{}",
        run.err
    );
    assert!(!home.path().join("state/profiles/default/key").exists(), "an unchecked key is not kept");
    let doctor = home.run(&["doctor"], &[("OURO_BASE_URL", &url), ("OURO_API_KEY", WRONG_KEY)], "");
    assert_eq!(doctor.code, 4);
    assert!(doctor.out.contains("fail  server "), "{}", doctor.out);
}

#[test]
fn a_wrong_key_ends_with_3_and_says_where_keys_come_from() {
    with_backend(|url, _| {
        let home = Home::new();
        let run = home.run(&["login", "--base-url", url], &[], &format!("{WRONG_KEY}\n"));
        assert_eq!(run.code, 3, "{}", run.err);
        assert!(run.err.starts_with("questdesk: the API key was refused"), "{}", run.err);
        assert!(run.err.contains("mend: make a key on the site"), "{}", run.err);
        assert!(!home.path().join("state/profiles/default/key").exists());
        let doctor = home.run(&["doctor", "--base-url", url], &[("OURO_API_KEY", WRONG_KEY)], "");
        assert_eq!(doctor.code, 3, "{}", doctor.out);
        assert!(
            doctor.out.contains("ok    server ") && doctor.out.contains("fail  account "),
            "{}",
            doctor.out
        );
    });
}

#[test]
fn what_is_no_key_is_refused_before_it_is_sent() {
    let home = Home::new();
    for input in ["\n", "two words\n", "caf\u{e9}\n"] {
        let run = home.run(&["login", "--base-url", &nobody()], &[], input);
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.starts_with("questdesk: that is no API key"), "{}", run.err);
    }
}

#[test]
fn login_keeps_the_key_doctor_finds_it_and_logout_forgets_it() {
    with_backend(|url, key| {
        let home = Home::new();
        let server = ("OURO_BACKEND_URL", url);
        let run = home.run(&["login"], &[server], &format!("  {key}\r\n"));
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.starts_with(&format!("signed in as @ana on {url}\n")), "{}", run.out);
        assert!(!run.out.contains(key));
        let file = home.path().join("state/profiles/default/key");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let doctor = home.run(&["doctor"], &[server], "");
        assert_eq!(doctor.code, 0, "{}", doctor.out);
        assert!(
            doctor.out.contains("warn  key ") && doctor.out.contains("others could read"),
            "{}",
            doctor.out
        );
        for fine in ["account   @ana", "link ", "clock "] {
            assert!(doctor.out.contains(&format!("ok    {fine}")), "{}", doctor.out);
        }
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "tightened");
        assert!(home.run(&["doctor"], &[server], "").out.contains("ok    key "));

        let elsewhere = home.run(&["--base-url", &nobody()], &[], "");
        assert_eq!(elsewhere.code, 3, "the key is for one server only: {}", elsewhere.err);

        let run = home.run(&["logout"], &[server, ("OURO_API_KEY", WRONG_KEY)], "");
        assert_eq!(run.code, 0);
        assert!(
            run.out.starts_with("signed out") && run.err.contains("OURO_API_KEY is set"),
            "{}{}",
            run.out,
            run.err
        );
        assert!(!file.exists());
        assert!(home.run(&["logout"], &[server], "").out.starts_with("no key was kept"));
    });
}

#[test]
fn a_token_command_gives_the_key_and_its_failure_is_told() {
    with_backend(|url, key| {
        let home = Home::new();
        let secret = home.path().join("secret");
        fs::write(&secret, key).unwrap();
        let file = home.path().join("config.toml");
        let text = format!("base_url = \"{url}\"\ntoken_command = [\"cat\", \"{}\"]\n", secret.display());
        fs::write(&file, text).unwrap();
        let path = std::env::var("PATH").unwrap();
        let variables = [("QUESTDESK_CONFIG", file.to_str().unwrap()), ("PATH", path.as_str())];
        let doctor = home.run(&["doctor"], &variables, "");
        assert!(doctor.out.contains("ok    key       from token_command"), "{}", doctor.out);
        assert!(doctor.out.contains("ok    account   @ana") && !doctor.out.contains(key), "{}", doctor.out);
        fs::remove_file(&secret).unwrap();
        let run = home.run(&[], &variables, "");
        assert_eq!(run.code, 3);
        assert!(run.err.starts_with("questdesk: token_command failed (exit status: 1): "), "{}", run.err);
        assert!(home.log().contains("token_command: "), "its words are in the log");
    });
}
