use super::*;

fn pixels(shade: u8) -> Pixels {
    Pixels::new(4, 4, vec![shade; 48]).unwrap()
}

fn area(x: u16, y: u16) -> Rect {
    Rect { x, y, width: 8, height: 4 }
}

fn stage(protocol: Protocol) -> Stage {
    Stage::new(protocol, 0x70, false)
}

/// Pieces of a picture, each of these bytes.
fn paint(stage: &mut Stage, pieces: &[&str]) {
    for job in stage.jobs().unwrap_or_default() {
        let piece = |(at, bytes): (usize, &&str)| Piece {
            at: (stage.protocol != Protocol::Kitty).then_some((0, at as u16)),
            bytes: bytes.as_bytes().to_vec(),
        };
        let pieces = pieces.iter().enumerate().map(piece).collect();
        stage.painted(Painted { number: job.number, pieces: Arc::new(pieces) });
    }
}

/// All that is to be sent, a line each.
fn sent(stage: &mut Stage) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let parts = stage.next();
        if parts.is_empty() {
            return all;
        }
        for (at, bytes) in parts {
            let at = at.map(|(x, y)| format!("{x},{y} ")).unwrap_or_default();
            all.push(format!("{at}{}", String::from_utf8_lossy(&bytes).replace('\u{1b}', "^")));
        }
    }
}

fn beside(stage: &mut Stage) -> String {
    String::from_utf8(stage.take_beside()).unwrap().replace('\u{1b}', "^")
}

#[test]
fn a_picture_is_sent_once_and_kitty_keeps_it() {
    let (mut stage, one) = (stage(Protocol::Kitty), pixels(1));
    stage.frame(vec![(area(2, 3), one.clone())]);
    paint(&mut stage, &["A", "B"]);
    assert_eq!(sent(&mut stage), ["A", "B", "2,3 ^_Ga=p,i=113,p=2,c=8,r=4,C=1,q=2^\\"]);
    stage.frame(vec![(area(2, 3), one.clone())]);
    assert_eq!(
        (sent(&mut stage).len(), stage.jobs().is_none(), beside(&mut stage)),
        (0, true, String::new())
    );
    // Scrolled: taken from one place, shown in the other, not handed over again.
    stage.frame(vec![(area(2, 2), one.clone())]);
    assert_eq!(beside(&mut stage), "^_Ga=d,d=i,i=113,p=2,q=2^\\");
    assert_eq!(sent(&mut stage), ["2,2 ^_Ga=p,i=113,p=3,c=8,r=4,C=1,q=2^\\"]);
    // Covered, and seen again.
    stage.frame(Vec::new());
    assert_eq!(beside(&mut stage), "^_Ga=d,d=i,i=113,p=3,q=2^\\");
    stage.frame(vec![(area(2, 2), one.clone())]);
    assert_eq!(sent(&mut stage).len(), 1);
    // The screen was cleared: nothing of it is there any more.
    stage.forget();
    assert_eq!(beside(&mut stage), "^_Ga=d,d=I,i=113,q=2^\\");
    stage.frame(vec![(area(2, 2), one)]);
    assert_eq!(sent(&mut stage).len(), 3);
}

#[test]
fn what_is_drawn_into_the_screen_is_drawn_where_it_is() {
    for protocol in [Protocol::Sixel, Protocol::Iterm2] {
        let (mut stage, one) = (stage(protocol), pixels(1));
        stage.frame(vec![(area(2, 3), one.clone())]);
        paint(&mut stage, &["A", "B"]);
        assert_eq!(sent(&mut stage), ["2,3 A", "2,4 B"]);
        stage.frame(vec![(area(2, 2), one)]);
        assert_eq!((beside(&mut stage), stage.jobs().is_none()), (String::new(), true));
        assert_eq!(sent(&mut stage), ["2,2 A", "2,3 B"]);
    }
}

#[test]
fn what_nobody_sees_any_more_is_not_sent_on() {
    let large = "x".repeat(PIECE);
    let (mut stage, one) = (stage(Protocol::Kitty), pixels(1));
    stage.frame(vec![(area(0, 0), one.clone())]);
    paint(&mut stage, &[&large, &large, "end"]);
    assert_eq!(stage.next().len(), 1, "one piece at a time");
    stage.frame(Vec::new());
    assert_eq!(beside(&mut stage), "^_Gq=2,m=0^\\^_Ga=d,d=I,i=113,q=2^\\");
    assert!(sent(&mut stage).is_empty());
    stage.frame(vec![(area(0, 0), one)]);
    assert_eq!(sent(&mut stage).len(), 4, "from its beginning");
}

#[test]
fn two_transmissions_do_not_mix() {
    let large = "x".repeat(PIECE);
    let (mut stage, one, two) = (stage(Protocol::Kitty), pixels(1), pixels(2));
    stage.frame(vec![(area(0, 9), two.clone())]);
    paint(&mut stage, &[&large, "end of two"]);
    stage.next();
    stage.frame(vec![(area(0, 0), one), (area(0, 9), two)]);
    paint(&mut stage, &["one"]);
    assert_eq!(sent(&mut stage)[..2], ["end of two", "one"]);
}

#[test]
fn small_pieces_go_together_and_no_more_than_fit() {
    let (mut stage, half) = (stage(Protocol::Sixel), "x".repeat(PIECE / 2));
    stage.frame(vec![(area(0, 0), pixels(1))]);
    paint(&mut stage, &[&half, &half, &half]);
    assert_eq!(stage.next().len(), 2);
    assert_eq!(stage.next().len(), 1);
}

#[test]
fn the_newest_frame_says_what_is_painted() {
    let (mut stage, one, two) = (stage(Protocol::Sixel), pixels(1), pixels(2));
    stage.frame(vec![(area(0, 0), one.clone())]);
    assert_eq!(stage.jobs().unwrap().len(), 1);
    assert!(stage.jobs().is_none(), "asked for once");
    stage.frame(vec![(area(0, 0), one.clone()), (area(9, 0), two)]);
    assert_eq!(stage.jobs().unwrap().len(), 2, "the newest list takes the place of the older one");
    stage.frame(Vec::new());
    stage.frame(vec![(area(0, 0), one)]);
    assert_eq!(stage.jobs().unwrap().len(), 1, "it may have been dropped meanwhile");
}

#[test]
fn the_terminal_never_keeps_more_than_a_few() {
    let mut stage = stage(Protocol::Kitty);
    for shade in 0..20 {
        stage.frame(vec![(area(0, 0), pixels(shade))]);
        paint(&mut stage, &["x"]);
        sent(&mut stage);
    }
    assert_eq!(stage.kept.len(), KEPT);
    let given_up = beside(&mut stage).matches("d=I").count();
    assert_eq!(given_up, 20 - KEPT);
    let undo = String::from_utf8(Stage::undoing(Protocol::Kitty, 0x70)).unwrap();
    for kept in &stage.kept {
        assert!(undo.contains(&format!("i={},", kept.id)));
    }
    let many = (0..20).map(|n| (area(0, 4 * n), pixels(n as u8))).collect();
    assert_eq!(stage.frame(many).len(), KEPT, "the others keep their outline");
}

#[test]
fn a_cell_of_another_size_makes_every_picture_anew() {
    let (mut stage, one) = (stage(Protocol::Sixel), pixels(1));
    stage.frame(vec![(area(0, 0), one.clone())]);
    paint(&mut stage, &["x"]);
    stage.set_cell(Some((9, 18)));
    stage.frame(vec![(area(0, 0), one)]);
    assert_eq!(stage.jobs().unwrap()[0].cell, Some((9, 18)));
}
