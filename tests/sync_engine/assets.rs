//! Looking into assets and saving them, against a storage that stalls.

use std::fs;
use std::path::PathBuf;

use questdesk::domain::{AssetId, Inside, SafeText, Shown};
use questdesk::preview::Decoder;
use questdesk::sync::{Link, News, Options, Order, Previews, Saving, Wish};
use tempfile::TempDir;

use crate::desk::Desk;
use crate::files::{Files, SIZE};
use crate::options;
use crate::server::{Fault, Server, closed_port};

fn asset(n: u8) -> AssetId {
    AssetId::from_bytes([n; 16])
}

fn wish(n: u8) -> Wish {
    Wish { asset: asset(n), kind: "file".into(), known: None, pictures: true, compared: false }
}

fn looking() -> Options {
    let program = Decoder::new(env!("CARGO_BIN_EXE_questdesk").into());
    let previews = Previews { decoder: Some(program), whole_bytes: 8 << 20, ..Previews::default() };
    Options { previews, ..options() }
}

fn world() -> (Server, Files, Desk) {
    let (server, files) = (Server::with(3), Files::start());
    server.world().files = Some(files.address);
    let mut desk = Desk::at(&server, looking());
    desk.until_whole();
    (server, files, desk)
}

/// What was told of an asset.
fn told(desk: &Desk, n: u8) -> bool {
    desk.news.iter().any(|news| matches!(news, News::Asset(view) if view.id == asset(n)))
}

#[test]
fn what_nobody_looks_at_any_more_is_given_up() {
    let (_server, files, mut desk) = world();
    desk.order(Order::Look { wishes: vec![wish(1), wish(2)], ahead: Vec::new() });
    desk.until("two requests", |_| files.asked().len() == 2);
    // On to the next entry: one of them is there, too.
    desk.order(Order::Look { wishes: vec![wish(2), wish(3)], ahead: Vec::new() });
    files.wait_given_up(&asset(1).to_string());
    desk.until("the third", |_| files.asked().len() == 3);
    files.open();
    desk.until("both", |desk| told(desk, 2) && told(desk, 3));
    let asked = files.asked();
    assert_eq!(asked.iter().filter(|name| **name == asset(2).to_string()).count(), 1, "{asked:?}");
    assert!(!told(&desk, 1));
    let text = desk.news.iter().rev().find_map(|news| match news {
        News::Asset(view) => Some(view.shown.clone()),
        _ => None,
    });
    let Some(Shown::Preview(preview)) = text else { panic!("{text:?}") };
    assert!(matches!(preview.inside, Inside::Text(_)), "{preview:?}");
}

fn saving(n: u8, to: PathBuf) -> Order {
    Order::Save(Saving { asset: asset(n), kind: "file".into(), to, private: false })
}

fn saved(desk: &Desk) -> Vec<(PathBuf, Result<SafeText, SafeText>)> {
    let saved = desk.news.iter().filter_map(|news| match news {
        News::Saved(to, words) => Some((to.clone(), words.clone())),
        _ => None,
    });
    saved.collect()
}

#[test]
fn saving_says_how_far_it_is_and_leaves_nothing_behind_when_it_is_stopped() {
    let (_server, files, mut desk) = world();
    let folder = TempDir::new().unwrap();
    let (one, two) = (folder.path().join("one.bin"), folder.path().join("two.bin"));
    desk.order(saving(1, one.clone()));
    let how_far = |desk: &Desk, to: &PathBuf| {
        desk.news.iter().any(|news| {
            matches!(news, News::SaveProgress { to: at, bytes, of: Some(of) }
                if at == to && *bytes > 0 && *of == SIZE as u64)
        })
    };
    desk.until("how far it is", |desk| how_far(desk, &one));
    assert!(!one.exists(), "half a file does not stand where a whole one is expected");
    assert_eq!(names_in(&folder), ["one.bin.part"]);
    desk.order(Order::StopSaving(one.clone()));
    files.wait_given_up(&asset(1).to_string());
    desk.until("nothing left behind", |_| names_in(&folder).is_empty());
    // What is there already is left alone.
    fs::write(&two, "mine").unwrap();
    desk.order(saving(2, two.clone()));
    desk.until("the refusal", |desk| saved(desk).len() == 1);
    assert!(saved(&desk)[0].1.as_ref().unwrap_err().as_str().contains("is there already"));
    assert_eq!(fs::read_to_string(&two).unwrap(), "mine");
    fs::remove_file(&two).unwrap();
    desk.order(saving(2, two.clone()));
    desk.until("how far it is", |desk| how_far(desk, &two));
    files.open();
    desk.until("its end", |desk| saved(desk).len() == 2);
    assert_eq!(names_in(&folder), ["two.bin"]);
    let (to, words) = saved(&desk).remove(1);
    assert_eq!((to, fs::metadata(&two).unwrap().len()), (two.clone(), SIZE as u64));
    assert!(words.unwrap().as_str().contains(two.to_str().unwrap()), "the path is said");
    assert!(saved(&desk).iter().all(|(to, _)| *to != one), "nothing more is told of what was stopped");
}

#[test]
fn a_desk_that_ends_while_it_saves_leaves_no_half_file() {
    let (_server, _files, mut desk) = world();
    let folder = TempDir::new().unwrap();
    let to = folder.path().join("one.bin");
    desk.order(saving(1, to.clone()));
    desk.until("its beginning", |_| !names_in(&folder).is_empty());
    // So much at the most: nothing else is under way.
    desk.stop(std::time::Duration::from_secs(5));
    assert!(names_in(&folder).is_empty());
}

#[test]
fn what_takes_the_name_meanwhile_is_left_alone() {
    let (_server, files, mut desk) = world();
    let folder = TempDir::new().unwrap();
    let to = folder.path().join("one.bin");
    desk.order(saving(1, to.clone()));
    desk.until("its beginning", |_| !names_in(&folder).is_empty());
    fs::write(&to, "mine").unwrap();
    files.open();
    desk.until("its end", |desk| saved(desk).len() == 1);
    assert!(saved(&desk)[0].1.as_ref().unwrap_err().as_str().contains("is there already"));
    assert_eq!((fs::read_to_string(&to).unwrap().as_str(), names_in(&folder).len()), ("mine", 1));
    // What a desk left that was killed says so by its name.
    fs::write(folder.path().join("two.bin.part"), "half").unwrap();
    desk.order(saving(2, folder.path().join("two.bin")));
    desk.until("the refusal", |desk| saved(desk).len() == 2);
    assert!(saved(&desk)[1].1.as_ref().unwrap_err().as_str().contains("never whole"));
}

fn names_in(folder: &TempDir) -> Vec<String> {
    let found = fs::read_dir(folder.path()).into_iter().flatten().flatten();
    found.map(|found| found.file_name().to_string_lossy().into_owned()).collect()
}

/// How often it was asked which quests there are: seldom, unless something is in doubt.
fn discoveries(server: &Server) -> usize {
    server.world().count("/search/assets")
}

#[test]
fn a_look_that_fails_lets_the_server_be_asked_at_once_whether_it_is_there() {
    let (server, _files, mut desk) = world();
    let before = discoveries(&server);
    server.world().faults.push_back(("GET /files/", Fault::Refused(500)));
    desk.order(Order::Look { wishes: vec![wish(1)], ahead: Vec::new() });
    desk.until("the question", |_| discoveries(&server) > before);
    // It answers: one thing that failed alone is no trouble of the connection.
    let reads = server.world().requests.len();
    desk.until("more reads", |_| server.world().requests.len() > reads + 4);
    let troubled = |news: &News| matches!(news, News::Link(Link::Offline { .. } | Link::Slow { .. }));
    assert!(!desk.news.iter().any(troubled));
}

#[test]
fn a_storage_that_is_out_of_reach_is_not_the_server() {
    let (server, files, mut desk) = world();
    let (_port, closed) = closed_port();
    server.world().files = Some(closed);
    let before = discoveries(&server);
    desk.order(Order::Look { wishes: vec![wish(1)], ahead: Vec::new() });
    desk.until("the failure", |desk| told(desk, 1));
    let reads = server.world().requests.len();
    desk.until("more reads", |_| server.world().requests.len() > reads + 4);
    assert_eq!(discoveries(&server), before);
    assert!(!desk.news.iter().any(|news| matches!(news, News::Link(Link::Offline { .. }))));
    drop(files);
}
