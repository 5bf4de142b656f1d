//! What `doctor` says.

use std::fs;

use crate::harness::{Home, with_backend};

type Flags<'f> = &'f [&'f str];
type Variables<'v> = &'v [(&'v str, &'v str)];

#[test]
fn doctor_says_how_pictures_are_drawn_and_why() {
    let home = Home::new();
    let file = home.path().join("my.toml");
    fs::write(&file, "[previews]\npictures = \"kitty\"\n").unwrap();
    let file = file.display().to_string();
    let tmux = ("TMUX", "/tmp/x,1,0");
    let tables: [(Flags<'_>, Variables<'_>, &str); 7] = [
        (&[], &[("TERM", "xterm-kitty")], "ok    pictures  Kitty: TERM is xterm-kitty\n"),
        (
            &[],
            &[("TERM", "foot"), ("SSH_TTY", "/dev/pts/1")],
            "ok    pictures  Sixel: TERM is foot; the terminal doesn't say how large its cells are, so that pictures are \
             small: `cell` in [previews] does; fetched when an asset is opened\n",
        ),
        (&[], &[("TERM", "xterm-kitty"), tmux], "ok    pictures  half blocks: inside tmux\n"),
        (
            &[],
            &[("TERM", "foot"), ("NO_COLOR", "1")],
            "ok    pictures  their measures only: NO_COLOR is set\n",
        ),
        (&["--no-images"], &[("TERM", "foot")], "ok    pictures  --no-images shows none\n"),
        (&["--config", &file], &[("TERM", "xterm")], "ok    pictures  Kitty: the configuration says so\n"),
        (
            &["--config", &file],
            &[("TERM", "xterm"), tmux],
            "warn  pictures  half blocks: the configuration says",
        ),
    ];
    for (flags, variables, line) in tables {
        let doctor = home.run(&[&["doctor"], flags].concat(), variables, "");
        assert!(doctor.out.contains(line), "{variables:?}: {}", doctor.out);
    }
}

#[test]
fn doctor_knows_organization_and_team() {
    with_backend(|url, key| {
        let home = Home::new();
        let variables = [("OURO_BASE_URL", url), ("OURO_API_KEY", key)];
        let team = "0193b2aa-2222-7000-8000-0000000000c1";
        let doctor = home.run(&["doctor", "--org", "nobodys", "--team", team], &variables, "");
        assert_eq!(doctor.code, 2, "{}", doctor.out);
        assert!(
            doctor.out.contains("fail  org       you are in no organization `nobodys`"),
            "{}",
            doctor.out
        );
        let doctor = home.run(&["doctor", "--team", team], &variables, "");
        assert_eq!(doctor.code, 2, "{}", doctor.out);
        assert!(
            doctor.out.contains("fail  team ") && doctor.out.contains("name one you are in: "),
            "{}",
            doctor.out
        );
    });
}
